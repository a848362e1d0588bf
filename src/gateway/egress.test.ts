import { expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import { Failure } from '../generation/failure.ts';
import { Egress } from './egress.ts';

/** What became of a check: `now` without waiting, `public` after it, else the failure's message. */
async function outcome(egress: Egress, address: string, allowPrivateNetwork = false): Promise<string> {
  try {
    const check = egress.check(new URL(address), allowPrivateNetwork);
    if (check === undefined) return 'now';
    await check;
    return 'public';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.kind).toBe('provider-unreachable');
    return error.message;
  }
}

const PRIVATE = "The provider's address was refused: private and loopback addresses are refused";
const names: Readonly<Record<string, readonly string[]>> = {
  'api.example': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'evil.com': ['93.184.215.14'],
  'mixed.example': ['93.184.215.14', '10.0.0.7'],
  'mapped.example': ['::ffff:169.254.169.254'],
  'empty.example': [],
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  '127.0.0.1.evil.com': ['10.1.2.3'],
  'metadata.google.internal': ['93.184.215.14'],
};

function makeEgress(clock = new WoundClock()) {
  const asked: string[] = [];
  const egress = new Egress(clock, async (hostname) => {
    asked.push(hostname);
    const addresses = names[hostname];
    if (!addresses) throw new Error(`internal resolver 10.9.8.7 does not know ${hostname}`);
    return addresses;
  });
  return { egress, asked };
}

test('a public name is called after a look at its addresses', async () => {
  const { egress, asked } = makeEgress();
  expect(await outcome(egress, 'https://api.example/v1')).toBe('public');
  expect(asked).toEqual(['api.example']);
});

test.each([
  'http://2130706433/',
  'http://0x7f.1/',
  'http://017700000001/',
  'http://127.1/',
  'http://①②⑦.0.0.1/',
  'http://0/',
  'http://169.254.169.254./latest/meta-data',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:7f00:1]/',
  'http://[::]/',
  'http://[fec0::1]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::]/',
  'https://10.0.0.1:8443/v1',
])('%s is refused without asking anybody for its name', async (address) => {
  const { egress, asked } = makeEgress();
  expect(await outcome(egress, address)).toBe(PRIVATE);
  expect(asked).toEqual([]);
});

test.each([
  ['loopback by name', 'http://localhost/'],
  ['loopback by name with a trailing dot', 'http://localhost./'],
  ['one private address among public ones', 'https://mixed.example/'],
  ['a mapped private address', 'https://mapped.example/'],
  ['a public suffix behind an address', 'http://127.0.0.1%2eevil.com/'],
  ['no address at all', 'https://empty.example/'],
])('a name is refused that resolves to %s', async (_, address) => {
  expect(await outcome(makeEgress().egress, address)).toBe(PRIVATE);
});

test.each(['http://metadata.google.internal/', 'http://METADATA.google.internal./', 'http://instance-data/'])(
  '%s is refused whatever it resolves to',
  async (address) => {
    expect(await outcome(makeEgress().egress, address)).toBe(PRIVATE);
  },
);

test('the host that is judged is the one the parser gives to the sender', async () => {
  const { egress, asked } = makeEgress();
  expect(await outcome(egress, 'http://evil.com\\@127.0.0.1/')).toBe('public');
  expect(asked).toEqual(['evil.com']);
});

test.each(['http://a@127.0.0.1:80@evil.com/', 'https://user@api.example/', 'https://:secret@api.example/'])(
  'user information is refused, also for an allowed private network: %s',
  async (address) => {
    const refused = "The provider's address was refused: addresses with user information are refused";
    expect(await outcome(makeEgress().egress, address)).toBe(refused);
    expect(await outcome(makeEgress().egress, address, true)).toBe(refused);
  },
);

test.each(['file:///etc/passwd', 'ftp://api.example/', 'gopher://api.example/', 'data:text/plain,x', 'unix:/run/x'])(
  'no other scheme leaves: %s',
  async (address) => {
    const refused = "The provider's address was refused: only http and https addresses are called";
    expect(await outcome(makeEgress().egress, address, true)).toBe(refused);
  },
);

test('an allowed private network is called without a look', async () => {
  const { egress, asked } = makeEgress();
  expect(await outcome(egress, 'http://127.0.0.1:11434/v1', true)).toBe('now');
  expect(asked).toEqual([]);
});

test('what is allowed for one provider is not allowed for the next', async () => {
  const { egress } = makeEgress();
  await outcome(egress, 'http://localhost:9000/v1', true);
  expect(await outcome(egress, 'http://localhost:9000/v1', false)).toBe(PRIVATE);
});

test('a name is looked at again after a minute, and a refusal is never remembered as good', async () => {
  const clock = new WoundClock();
  let addresses: readonly string[] = ['93.184.215.14'];
  const egress = new Egress(clock, async () => addresses);
  expect(await outcome(egress, 'https://api.example/')).toBe('public');
  addresses = ['127.0.0.1'];
  await clock.advance(59_000);
  expect(await outcome(egress, 'https://api.example/')).toBe('now');
  await clock.advance(1_001);
  expect(await outcome(egress, 'https://api.example/')).toBe(PRIVATE);
  expect(await outcome(egress, 'https://api.example/')).toBe(PRIVATE);
  addresses = ['93.184.215.14'];
  expect(await outcome(egress, 'https://api.example/')).toBe('public');
});

test('a failed look-up tells the caller nothing of the inside', async () => {
  const message = await outcome(makeEgress().egress, 'https://unknown.example/');
  expect(message).toContain('does not resolve');
  expect(message).not.toContain('10.9.8.7');
});
