import { expect, test } from 'bun:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { encodeMessage } from './event-stream.test-data.ts';
import { EventStreamBroken, EventStreamReader } from './event-stream.ts';

function read(pieces: readonly Uint8Array[]) {
  const seen: (readonly [object, string])[] = [];
  const reader = new EventStreamReader(({ headers, payload }) => {
    seen.push([Object.fromEntries(headers), new TextDecoder().decode(payload)]);
  });
  for (const piece of pieces) reader.push(piece);
  return { seen, isInside: reader.isInsideMessage };
}

/** As AWS's own test vectors give it: no headers, no payload. */
const EMPTY = Uint8Array.from([0, 0, 0, 16, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff]);

test('the shortest message is read as AWS writes it down', () => {
  expect(read([EMPTY])).toEqual({ seen: [[{}, '']], isInside: false });
  expect(encodeMessage({}, '')).toEqual(EMPTY);
});

test('messages are the same however the network cuts them', () => {
  const message = fc.tuple(fc.dictionary(fc.stringMatching(/^[a-z:-]{1,20}$/), fc.string()), fc.string());
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 10 }), (messages, at) => {
      const whole = Buffer.concat(messages.map(([headers, payload]) => encodeMessage(headers, payload)));
      const bounds = [0, ...at.map((each) => each % (whole.length + 1)).toSorted((a, b) => a - b), whole.length];
      const pieces = bounds.slice(1).map((end, i) => new Uint8Array(whole.subarray(bounds[i], end)));
      const { seen, isInside } = read(pieces);
      expect([seen, isInside]).toEqual([messages.map(([headers, payload]) => [{ ...headers }, payload]), false]);
    }),
    { numRuns: 200 },
  );
});

test('a message with one wrong bit is an error, and half a message is none', () => {
  const whole = encodeMessage({ ':event-type': 'messageStop' }, '{"stopReason":"end_turn"}');
  for (let at = 0; at < whole.length; at++) {
    const damaged = whole.slice();
    damaged[at]! ^= 1;
    expect(() => read([damaged])).toThrow(EventStreamBroken);
    expect(read([whole.subarray(0, at)])).toEqual({ seen: [], isInside: at > 0 });
  }
});

test('values of other types are passed over', () => {
  const headers = Buffer.from([1, 0x61, 0, 1, 0x62, 4, 0, 0, 0, 9, 1, 0x63, 6, 0, 2, 1, 2, 1, 0x64, 7, 0, 1, 0x78]);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headers.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, headers]);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(message));
  expect(read([new Uint8Array(Buffer.concat([message, end]))]).seen).toEqual([[{ d: 'x' }, '']]);
});
