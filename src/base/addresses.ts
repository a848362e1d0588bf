import { isIP } from 'node:net';

/** Decided on bytes, never on text: `::ffff:7f00:1`, `0x7f.1` and `127.0.0.1` are one address (security.md E6). */
export function isPrivateAddress(address: string): boolean {
  const bytes = addressBytes(address);
  if (bytes === undefined) return true;
  if (bytes.length === 4) return isPrivateV4(bytes);
  return isPrivateV6(bytes);
}

function addressBytes(address: string): readonly number[] | undefined {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 4) return plain.split('.').map(Number);
  if (family === 6) return v6Bytes(plain);
  return undefined;
}

function v6Bytes(address: string): readonly number[] {
  const embedded = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = embedded
    ? `${embedded[1]}${pair(embedded[2]!, embedded[3]!)}:${pair(embedded[4]!, embedded[5]!)}`
    : address;
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const middle = tail === undefined ? [] : new Array<number>(8 - front.length - back.length).fill(0);
  return [...front, ...middle, ...back].flatMap((group) => [group >> 8, group & 0xff]);
}

function pair(a: string, b: string): string {
  return ((Number(a) << 8) | Number(b)).toString(16);
}

function isPrivateV4(bytes: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0] = bytes;
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113)
  );
}

function isPrivateV6(bytes: readonly number[]): boolean {
  const startsWith = (...prefix: number[]): boolean => prefix.every((byte, i) => bytes[i] === byte);
  const zeros = (count: number): boolean => bytes.slice(0, count).every((byte) => byte === 0);
  // IPv4 in IPv6 clothes: mapped, compatible (with :: and ::1), NAT64, 6to4.
  if (zeros(10) && bytes[10] === 0xff && bytes[11] === 0xff) return isPrivateV4(bytes.slice(12));
  if (zeros(12)) return true;
  if (startsWith(0x00, 0x64, 0xff, 0x9b)) return true;
  if (startsWith(0x20, 0x02)) return isPrivateV4(bytes.slice(2, 6));
  const first = bytes[0]!;
  const second = bytes[1]!;
  return (
    (first & 0xfe) === 0xfc || // unique local
    (first === 0xfe && (second & 0xc0) !== 0x00) || // link-local, site-local
    first === 0xff || // multicast
    startsWith(0x20, 0x01, 0x00, 0x00) || // Teredo
    startsWith(0x20, 0x01, 0x0d, 0xb8) || // documentation
    startsWith(0x01, 0x00) // discard
  );
}
