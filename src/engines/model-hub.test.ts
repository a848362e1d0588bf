import { describe, expect, test } from 'bun:test';
import { Secret } from '../base/secret.ts';
import { chooseHubFiles, type HubFile, listHubFiles } from './model-hub.ts';
import { readModelSource } from './model-source.ts';

const file = (path: string, gb = 1): HubFile => ({ path, bytes: gb * 1e9, url: `https://hub.test/${path}` });
const SCOUT = [
  file('Llama-4-Scout-17B-16E-Instruct-Q8_0/Llama-4-Scout-17B-16E-Instruct-Q8_0-00002-of-00003.gguf', 40),
  file('Llama-4-Scout-17B-16E-Instruct-Q8_0/Llama-4-Scout-17B-16E-Instruct-Q8_0-00001-of-00003.gguf', 40),
  file('Llama-4-Scout-17B-16E-Instruct-Q8_0/Llama-4-Scout-17B-16E-Instruct-Q8_0-00003-of-00003.gguf', 34),
  file('Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf', 65),
  file('Llama-4-Scout-17B-16E-Instruct-UD-Q4_K_M.gguf', 62),
  file('Llama-4-Scout-17B-16E-Instruct-UD-IQ1_S.gguf', 33.8),
  file('mmproj-Llama-4-Scout-17B-16E-Instruct-F32.gguf'),
  file('mmproj-Llama-4-Scout-17B-16E-Instruct-f16.gguf'),
];
const choose = (format?: string, files = SCOUT) => chooseHubFiles(files, 'meta/scout', format);
const names = (files: readonly HubFile[]) => files.map(({ path }) => path.split('/').at(-1));

describe('choosing files of a repository', () => {
  test('the usual format unless another is asked for, with the projector that is exact enough', () => {
    const choice = choose();
    expect([choice.format, names(choice.weights)]).toEqual(['Q4_K_M', ['Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf']]);
    expect(choice.projector?.path).toContain('f16');
  });

  test('all parts of a split one, in order', () => {
    expect(names(choose('Q8_0').weights).map((name) => name!.slice(-19))).toEqual([
      ...['-00001-of-00003.gguf', '-00002-of-00003.gguf', '-00003-of-00003.gguf'].map((name) => name.slice(-19)),
    ]);
  });

  test.each([
    ['ud-iq1_s', 'UD-IQ1_S'],
    ['IQ1_S', 'UD-IQ1_S'],
    ['UD-Q4_K_M', 'UD-Q4_K_M'],
  ])('%s means %s', (asked, format) => {
    expect(choose(asked).format).toBe(format);
  });

  test('a repository with one model needs no format', () => {
    expect(choose(undefined, [file('poet-F16.gguf')]).format).toBe('F16');
    expect(choose(undefined, [file('poet-F16.gguf')]).projector).toBeUndefined();
  });

  test('what is not there is told with what is', () => {
    const list = 'Q8_0 (114.0 GB), Q4_K_M (65.0 GB), UD-Q4_K_M (62.0 GB), UD-IQ1_S (33.8 GB)';
    expect(() => choose('Q5_K_M')).toThrow(`meta/scout has no Q5_K_M; it has ${list}`);
    expect(() => choose(undefined, [file('a-Q4_K_M.gguf'), file('b-Q4_K_M.gguf')])).toThrow('has more than one Q4_K_M');
    expect(() => choose('Q8_0', SCOUT.slice(1))).toThrow('lacks parts of');
  });
});

describe('listing a repository', () => {
  const parts = (answer: (url: string, headers: Headers) => Response) => ({
    fetch: async (url: string, init: RequestInit) => answer(url, new Headers(init.headers)),
    resolve: async () => ['93.184.216.34'],
    signal: new AbortController().signal,
  });
  const hub = { baseUrl: 'https://hub.test', token: new Secret('hf_x') };
  const oid = 'ab'.repeat(32);

  test('its GGUF files come with size and checksum, over all pages, with the key', async () => {
    const next = { link: '<https://hub.test/page2>; rel="next"' };
    const seen: string[] = [];
    const files = await listHubFiles(
      hub,
      'meta/scout',
      parts((url, headers) => {
        seen.push(`${url} ${headers.get('authorization')}`);
        if (url.endsWith('page2')) return Response.json([{ type: 'file', path: 'b.gguf', size: 7 }]);
        const lfs = { oid, size: 65e9, pointerSize: 135 };
        const tree = [
          { type: 'directory', path: 'x.gguf' },
          { type: 'file', path: 'README.md', size: 3 },
          { type: 'file', path: 'Q4 x/a.gguf', size: 135, lfs },
        ];
        return Response.json(tree, { headers: next });
      }),
    );
    expect(files).toEqual([
      { path: 'Q4 x/a.gguf', bytes: 65e9, url: 'https://hub.test/meta/scout/resolve/main/Q4%20x/a.gguf', sha256: oid },
      { path: 'b.gguf', bytes: 7, url: 'https://hub.test/meta/scout/resolve/main/b.gguf' },
    ]);
    expect(seen).toEqual([
      'https://hub.test/api/models/meta/scout/tree/main?recursive=true Bearer hf_x',
      'https://hub.test/page2 Bearer hf_x',
    ]);
  });

  test.each([
    ['a repository that is not shown', () => new Response('', { status: 404 }), 'shows no repository meta/scout (404)'],
    ['a hub that is down', () => new Response('', { status: 502 }), 'answered 502'],
    ['something else that answers', () => new Response('<html>'), 'does not list files as a model hub does'],
    ['a repository without GGUF', () => Response.json([]), 'meta/scout has no GGUF files'],
  ])('%s is told', async (_name, answer, message) => {
    await expect(listHubFiles(hub, 'meta/scout', parts(answer))).rejects.toThrow(message);
  });
});

describe('what somebody typed', () => {
  const read = (text: string, there: readonly string[] = []) => readModelSource(text, (path) => there.includes(path));

  test.each([
    ['ggml-org/Scout-GGUF', { type: 'hub', repository: 'ggml-org/Scout-GGUF' }],
    ['ggml-org/Scout-GGUF:Q4_K_M', { type: 'hub', repository: 'ggml-org/Scout-GGUF', format: 'Q4_K_M' }],
    ['hf.co/ggml-org/Scout-GGUF:Q8_0', { type: 'hub', repository: 'ggml-org/Scout-GGUF', format: 'Q8_0' }],
    ['https://huggingface.co/ggml-org/Scout-GGUF', { type: 'hub', repository: 'ggml-org/Scout-GGUF' }],
    ['https://host.test/a/b.gguf', { type: 'address', url: 'https://host.test/a/b.gguf' }],
    ['http://host.test/a/b.gguf', { type: 'address', url: 'http://host.test/a/b.gguf' }],
    ['/models/scout.gguf', { type: 'file', path: '/models/scout.gguf' }],
    ['models/scout.gguf', { type: 'file', path: `${process.cwd()}/models/scout.gguf` }],
    ['./models/scout', { type: 'file', path: `${process.cwd()}/models/scout` }],
    ['scout', { type: 'file', path: `${process.cwd()}/scout` }],
  ] as const)('%s is %j', (text, source) => {
    expect(read(text)).toEqual(source);
  });

  test('a file that is there is meant before a repository', () => {
    expect(read('models/scout', ['models/scout'])).toEqual({ type: 'file', path: `${process.cwd()}/models/scout` });
  });
});
