import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { isPrivateAddress } from './addresses.ts';

const hostOf = (text: string): string => new URL(`http://${text}/`).hostname;

test.each([
  ['a decimal number', '2130706433'],
  ['hexadecimal with a missing part', '0x7f.1'],
  ['octal', '017700000001'],
  ['missing parts', '127.1'],
  ['circled digits', '①②⑦.0.0.1'],
  ['zero', '0'],
  ['a trailing dot', '169.254.169.254.'],
  ['IPv4 mapped into IPv6', '[::ffff:169.254.169.254]'],
  ['IPv4 mapped, in hexadecimal', '[::ffff:7f00:1]'],
  ['the unspecified address', '[::]'],
  ['loopback', '[::1]'],
  ['site-local', '[fec0::1]'],
  ['NAT64', '[64:ff9b::a9fe:a9fe]'],
  ['6to4', '[2002:a9fe:a9fe::]'],
  ['compatible IPv4', '[::127.0.0.1]'],
])('an address written as %s is refused as the parser reads it', (_, host) => {
  expect(isPrivateAddress(hostOf(host))).toBe(true);
});

test('a zone in an address is no URL', () => {
  expect(URL.canParse('http://[fe80::1%25eth0]/')).toBe(false);
});

test.each([
  ['0.0.0.0/8', '0.255.255.255'],
  ['10.0.0.0/8', '10.0.0.1'],
  ['100.64.0.0/10, carrier NAT', '100.64.0.1'],
  ['100.64.0.0/10, its end', '100.127.255.255'],
  ['127.0.0.0/8', '127.255.255.254'],
  ['169.254.0.0/16, link-local', '169.254.169.254'],
  ['172.16.0.0/12', '172.16.0.1'],
  ['172.16.0.0/12, its end', '172.31.255.255'],
  ['192.0.0.0/24', '192.0.0.170'],
  ['192.0.2.0/24', '192.0.2.1'],
  ['192.88.99.0/24, 6to4 relays', '192.88.99.1'],
  ['192.168.0.0/16', '192.168.178.1'],
  ['198.18.0.0/15', '198.19.255.255'],
  ['198.51.100.0/24', '198.51.100.7'],
  ['203.0.113.0/24', '203.0.113.7'],
  ['224.0.0.0/4, multicast', '224.0.0.1'],
  ['240.0.0.0/4', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['mapped, private', '::ffff:10.0.0.1'],
  ['translated (SIIT)', '::ffff:0:127.0.0.1'],
  ['NAT64, whatever is inside', '64:ff9b::8.8.8.8'],
  ['NAT64 for local use', '64:ff9b:1::1'],
  ['discard', '100::1'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['ORCHID', '2001:20::1'],
  ['documentation', '2001:db8::1'],
  ['documentation, the newer one', '3fff::1'],
  ['6to4 around a public address', '2002:808:808::1'],
  ['unique local', 'fd00:ec2::254'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['multicast', 'ff02::1'],
  ['unassigned', '4000::1'],
])('%s is private', (_, address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '2001:4860:4860::8888',
  '2606:4700:4700::1111',
  '[2a00:1450:4001:81b::200e]',
])('%s is public', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

test('what is no address is refused', () => {
  for (const text of ['', 'localhost', 'example.com', '1.2.3', '1.2.3.4.5', '1:2', ':::', '8.8.8.8 ', '08.8.8.8']) {
    expect(isPrivateAddress(text)).toBe(true);
  }
});

test('an IPv4 address is judged alike in IPv6 clothes, however they are written', () => {
  fc.assert(
    fc.property(fc.ipV4(), (plain) => {
      const [a = 0, b = 0, c = 0, d = 0] = plain.split('.').map(Number);
      const hex = `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      const expected = isPrivateAddress(plain);
      expect(isPrivateAddress(hex)).toBe(expected);
      expect(isPrivateAddress(`::ffff:${plain}`)).toBe(expected);
      expect(isPrivateAddress(`[0:0:0:0:0:FFFF:${plain}]`)).toBe(expected);
    }),
  );
});

test('an IPv6 address outside 2000::/3 is private, short or long', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      fc.pre((bytes[0]! & 0xe0) !== 0x20);
      const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2]! << 8) | bytes[i * 2 + 1]!).toString(16));
      expect(isPrivateAddress(groups.join(':'))).toBe(true);
      expect(isPrivateAddress(hostOf(`[${groups.join(':')}]`))).toBe(true);
    }),
  );
});
