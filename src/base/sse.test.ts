import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { SseReader } from './sse.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function read(chunks: readonly Uint8Array[]): { frames: string[]; comments: number; inside: boolean } {
  const frames: string[] = [];
  let comments = 0;
  const reader = new SseReader(
    {
      frame: (data, event) => frames.push(`${event ?? '-'}|${new TextDecoder().decode(data)}`),
      comment: () => comments++,
    },
    1 << 20,
  );
  // A network buffer is reused after the callback: what the reader keeps must be its own.
  for (const chunk of chunks) {
    const shared = chunk.slice();
    reader.push(shared);
    shared.fill(0x58);
  }
  return { frames, comments, inside: reader.isInsideFrame };
}

const stream =
  '\ufeff: hello\n\ndata: {"a":"é"}\n\nevent: ping\r\ndata:\r\n\r\ndata: one\rdata: two\r\rid: 7\ndata:x\n\ndata: [DONE]\n\n';
const frames = ['-|{"a":"é"}', 'ping|', '-|one\ntwo', '-|x', '-|[DONE]'];

test('fields, comments, all three line ends and joined data lines are read', () => {
  expect(read([encode(stream)])).toEqual({ frames, comments: 1, inside: false });
});

test('any cutting of the bytes gives the same frames', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(encode(stream).length), { maxLength: 12 }), (cuts) => {
      const bytes = encode(stream);
      const bounds = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      expect(read(bounds.slice(1).map((end, i) => bytes.slice(bounds[i], end))).frames).toEqual(frames);
    }),
  );
});

test('a frame without its empty line is not a frame', () => {
  expect(read([encode('data: {"a":1}\n')])).toEqual({ frames: [], comments: 0, inside: true });
});

test('an endless line is refused instead of being kept', () => {
  expect(() => read(Array.from({ length: 20 }, () => encode('x'.repeat(100_000))))).toThrow('too large');
});

test('a frame of a million lines is read once, not once for each line', () => {
  const lines = 1_000_000;
  const bytes = encode(`${'data: 1\n'.repeat(lines)}\n`);
  const read: number[] = [];
  const before = process.cpuUsage();
  const reader = new SseReader({ frame: (data) => read.push(data.length), comment: () => {} }, 1 << 24);
  for (let at = 0; at < bytes.length; at += 65_536) reader.push(bytes.subarray(at, at + 65_536));
  const { user, system } = process.cpuUsage(before);
  expect(read).toEqual([2 * lines - 1]);
  // Some 200 ms; with a copy for each line, minutes.
  expect((user + system) / 1_000).toBeLessThan(5_000);
});
