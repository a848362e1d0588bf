const POLYNOMIAL = 0xedb88320;

/** Tables for four bytes at once: the n-th is the first one after n further zero bytes. */
const TABLES = makeTables();

/** The checksum of PNG's chunks over part of the bytes, as an unsigned number. Source: PNG specification, annex D. */
export function crc32(bytes: Uint8Array, from = 0, to = bytes.length): number {
  const [one, two, three, four] = TABLES;
  let crc = -1;
  let i = from;
  for (const end = to - 3; i < end; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = four[crc & 255]! ^ three[(crc >>> 8) & 255]! ^ two[(crc >>> 16) & 255]! ^ one[crc >>> 24]!;
  }
  for (; i < to; i++) crc = (crc >>> 8) ^ one[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}

function makeTables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const one = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    one[byte] = crc;
  }
  const after = (table: Int32Array) => table.map((crc) => (crc >>> 8) ^ one[crc & 255]!);
  const two = after(one);
  const three = after(two);
  return [one, two, three, after(three)];
}
