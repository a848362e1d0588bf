import { afterEach, describe, expect, test } from 'bun:test';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asFailure } from '../generation/failure.ts';
import { makeMediaFetcher } from './fetch-media.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const PNG = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1');
const ANY_PORT = { has: () => true } as unknown as ReadonlySet<string>;
const never = new AbortController().signal;
/** Names ending in `.inside` lead inside; all others to this machine, which here stands for the outside. */
const fetcher = makeMediaFetcher({
  resolve: async (name) => (name.endsWith('.inside') ? ['10.0.0.7'] : ['127.0.0.1']),
  userAgent: 'trunkline-test',
  isForbidden: (address) => address !== '127.0.0.1',
  ports: ANY_PORT,
});
const fetchIt = (address: string) => fetcher.fetch(address, never);
const refusal = (address: string) =>
  fetchIt(address).then(
    () => 'fetched',
    (error: unknown) => asFailure(error).message,
  );

test('a file comes with the type that it begins with, whatever its server calls it', async () => {
  const port = await serve((_, answer) => answer.setHeader('content-type', 'text/plain').end(PNG));
  expect(await fetchIt(`http://pictures.example:${port}/a`)).toEqual({
    mediaType: 'image/png',
    base64: PNG.toString('base64'),
  });
});

test('a redirect is followed to where a first address could lead as well', async () => {
  const port = await serve((request, answer) => {
    if (request.url === '/from') answer.writeHead(302, { location: '/to' }).end();
    else answer.end(PNG);
  });
  expect((await fetchIt(`http://pictures.example:${port}/from`)).mediaType).toBe('image/png');
});

describe('nothing inside is reached', () => {
  test('by a name that leads there', async () => {
    expect(await refusal('http://db.inside/x')).toContain('private and loopback addresses are not fetched');
  });

  test('by a literal address, in any spelling', async () => {
    const real = makeMediaFetcher({ resolve: async () => ['127.0.0.1'], userAgent: 'test' });
    const hosts = [
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '2130706433',
      '[::1]',
      '[::ffff:7f00:1]',
      '169.254.169.254',
      '10.1.2.3',
    ];
    for (const host of [...hosts, 'localhost', '0.0.0.0', '[fd00::1]']) {
      const message = await real
        .fetch(`http://${host}/latest/meta-data`, never)
        .catch((error) => asFailure(error).message);
      expect([host, message]).toEqual([
        host,
        'A file given by address was not fetched: private and loopback addresses are not fetched',
      ]);
    }
  });

  test('by a redirect', async () => {
    const port = await serve((_, answer) => answer.writeHead(302, { location: 'http://db.inside/' }).end());
    expect(await refusal(`http://pictures.example:${port}/a`)).toContain('private and loopback');
  });

  test('by a name that changes its address between judging and connecting', async () => {
    let lookups = 0;
    const port = await serve((_, answer) => answer.end(PNG));
    const rebinding = makeMediaFetcher({
      resolve: async () => (++lookups === 1 ? ['127.0.0.1'] : ['10.0.0.7']),
      userAgent: 'test',
      isForbidden: (address) => address !== '127.0.0.1',
      ports: ANY_PORT,
    });
    expect((await rebinding.fetch(`http://rebind.example:${port}/`, never)).mediaType).toBe('image/png');
    expect(lookups).toBe(1);
  });

  test('by another scheme, a password in the address or the port of another service', async () => {
    expect(await refusal('file:///etc/passwd')).toContain('only http and https');
    expect(await refusal('ftp://pictures.example/a')).toContain('only http and https');
    expect(await refusal('http://user:secret@pictures.example/a')).toContain('user name or a password');
    const real = makeMediaFetcher({ resolve: async () => ['93.184.216.34'], userAgent: 'test' });
    const message = await real.fetch('http://pictures.example:6379/', never).catch((error) => asFailure(error).message);
    expect(message).toContain('port');
  });
});

describe('it is said plainly', () => {
  test('when the server answers with something else', async () => {
    const port = await serve((request, answer) => {
      if (request.url === '/missing') answer.writeHead(404).end();
      else if (request.url === '/page') answer.setHeader('content-type', 'text/html').end('<html>');
      else if (request.url === '/empty') answer.end();
      else answer.writeHead(302, { location: request.url! }).end();
    });
    const at = (path: string) => refusal(`http://pictures.example:${port}${path}`);
    expect(await at('/missing')).toContain('answered 404');
    expect(await at('/page')).toContain('web page');
    expect(await at('/empty')).toContain('empty');
    expect(await at('/loop')).toContain('redirects too often');
  });

  test('when it is too large, however small it was announced', async () => {
    const port = await serve((_, answer) => {
      answer.setHeader('content-type', 'image/png');
      for (let i = 0; i < 22; i++) answer.write(Buffer.alloc(1024 * 1024));
      answer.end();
    });
    expect(await refusal(`http://pictures.example:${port}/`)).toContain('more than 20 MB');
  });

  test('when the connection breaks off', async () => {
    const port = await serve((_, answer) => {
      answer.writeHead(200, { 'content-length': '1000', 'content-type': 'image/png' });
      answer.write(PNG);
      setTimeout(() => answer.destroy(), 5);
    });
    expect(await refusal(`http://pictures.example:${port}/`)).toContain('broke off');
  });

  test('when nobody listens there', async () => {
    const port = await serve(() => {});
    servers.pop()!.close();
    expect(await refusal(`http://pictures.example:${port}/`)).toContain('cannot be reached');
  });
});
