import { crc32 } from 'node:zlib';

/** One message as AWS frames it, with headers of text. */
export function encodeMessage(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  const parts = Object.entries(headers).map(([name, value]) => {
    const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
    const head = Buffer.from([nameBytes.length]);
    const type = Buffer.from([7, valueBytes.length >> 8, valueBytes.length & 0xff]);
    return Buffer.concat([head, nameBytes, type, valueBytes]);
  });
  const headerBytes = Buffer.concat(parts);
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headerBytes.length + body.length, 0);
  prelude.writeUInt32BE(headerBytes.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, headerBytes, body]);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(message));
  return new Uint8Array(Buffer.concat([message, end]));
}
