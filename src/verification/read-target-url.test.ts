import { expect, test } from 'bun:test';
import { readTargetUrl } from './read-target-url.ts';

test.each([
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1', true],
  ['http://localhost:11434/', 'http://localhost:11434/v1', true],
  ['http://[::1]:8000/v1/', 'http://[::1]:8000/v1', true],
  ['http://192.168.1.20:8000/v1', 'http://192.168.1.20:8000/v1', true],
  ['http://gpu-box:8000', 'http://gpu-box:8000/v1', true],
  ['http://vllm.ai.svc.cluster.local/v1', 'http://vllm.ai.svc.cluster.local/v1', true],
  ['http://127.0.0.1:7117/api/v1/chat/completions', 'http://127.0.0.1:7117/api/v1', true],
  ['https://api.example.com/openai/v1', 'https://api.example.com/openai/v1', false],
  ['http://8.8.8.8', 'http://8.8.8.8/v1', false],
  ['https://localhost.example.com?x=1#y', 'https://localhost.example.com/v1', false],
])('%s', (text, baseUrl, isHere) => expect(readTargetUrl(text, false)).toEqual({ baseUrl, isHere }));

test.each(['127.0.0.1:8080', 'ftp://x', 'file:///etc/passwd', '', 'http://', 'http://user:pass@host/'])(
  '"%s" is refused',
  (text) => expect(() => readTargetUrl(text, false)).toThrow('--url takes'),
);

test('a key goes over http only to near machines', () => {
  expect(() => readTargetUrl('http://api.example.com', true)).toThrow('use https');
  expect(readTargetUrl('https://api.example.com', true).isHere).toBe(false);
  expect(readTargetUrl('http://10.0.0.7:8000', true).isHere).toBe(true);
});
