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
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
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
    (a === 192 && b === 88 && c === 99) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113)
  );
}

/**
 * Only global unicast (2000::/3) is public, and of it not what carries an IPv4 address (6to4, Teredo) or is set aside. Loopback,
 * link-local, unique local, multicast, NAT64 and compatible IPv4 are all outside of it.
 */
function isPrivateV6(bytes: readonly number[]): boolean {
  const startsWith = (...prefix: number[]): boolean => prefix.every((byte, i) => bytes[i] === byte);
  if (startsWith(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)) return isPrivateV4(bytes.slice(12));
  return (
    (bytes[0]! & 0xe0) !== 0x20 ||
    (startsWith(0x20, 0x01) && bytes[2]! < 0x02) || // 2001::/23: Teredo, ORCHID, benchmarks
    startsWith(0x20, 0x01, 0x0d, 0xb8) || // documentation
    startsWith(0x20, 0x02) || // 6to4
    (startsWith(0x3f, 0xff) && bytes[2]! < 0x10) // documentation
  );
}
