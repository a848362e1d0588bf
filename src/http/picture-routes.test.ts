import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeMediaFetcher } from '../gateway/fetch-media.ts';
import { asFailure } from '../generation/failure.ts';
import { pictureRoutes } from './picture-routes.ts';
import type { RouteCall } from './route.ts';

const PNG = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1');
const WAITS = '/waits';
const FILES: Readonly<Record<string, readonly [type: string, body: Buffer]>> = {
  '/cat.png': ['image/svg+xml', PNG],
  '/page': ['image/png', Buffer.from('<script>globalThis.canary = 1</script>')],
  '/drawing.svg': ['image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>')],
  '/paper.pdf': ['application/pdf', Buffer.from('%PDF-1.7')],
  '/large.png': ['image/png', Buffer.concat([PNG, Buffer.alloc(8 * 1024 * 1024)])],
};

let server: Server;
let origin: string;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer((request, answer) => {
    seen.push(JSON.stringify(request.headers));
    const file = FILES[request.url ?? ''];
    if (request.url === WAITS) answer.writeHead(200, { 'content-type': 'image/png' }).write(PNG);
    else if (file) answer.writeHead(200, { 'content-type': file[0] }).end(file[1]);
    else answer.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://pictures.example:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const resolve = async () => ['127.0.0.1'];
/** This machine stands for the outside. */
const outside = makeMediaFetcher({
  ...{ resolve, userAgent: 'trunkline-test', isForbidden: () => false },
  ports: { has: () => true } as unknown as ReadonlySet<string>,
});

function ask(url: unknown, [route] = pictureRoutes(outside), signal?: AbortSignal): Promise<Response> {
  const request = new Request('http://127.0.0.1/api/x/pictures', {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: 'trunkline-session=secret' },
    body: JSON.stringify({ url }),
    ...(signal && { signal }),
  });
  const caller = { key: { accountId: 'home' } };
  return Promise.resolve(route!.answer({ request, caller } as unknown as RouteCall));
}

const refusal = (url: unknown, table = pictureRoutes(outside)) =>
  ask(url, table).then(
    () => 'answered',
    (error: unknown) => asFailure(error).message,
  );

test('a picture comes as the kind that its bytes are, as a file in which nothing could run', async () => {
  const answer = await ask(`${origin}/cat.png`);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(PNG);
  expect(Object.fromEntries(answer.headers)).toEqual({
    'content-type': 'image/png',
    'content-disposition': 'attachment; filename="picture"',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
});

test('nothing of the reader goes to the picture’s host', () => {
  expect(seen.join()).toContain('trunkline-test');
  expect(seen.join()).not.toContain('secret');
});

test('what is no picture by its bytes is not passed on, whatever its server calls it', async () => {
  for (const path of ['/page', '/drawing.svg', '/paper.pdf'])
    expect([path, await refusal(origin + path)]).toEqual([
      path,
      'What stands at this address is no PNG, JPEG, GIF or WebP',
    ]);
  expect(await refusal(`${origin}/large.png`)).toContain('more than 8 MB');
  expect(await refusal(`${origin}/missing`)).toContain('404');
});

test('addresses inside are refused, and those that are none', async () => {
  const real = pictureRoutes(makeMediaFetcher({ resolve, userAgent: 'test' }));
  for (const url of ['http://127.0.0.1/x.png', 'http://169.254.169.254/latest', 'http://inside.example/x.png'])
    expect(await refusal(url, real)).toContain('private and loopback addresses are not fetched');
  for (const url of ['file:///etc/passwd', 'javascript:alert(1)', 'https://a:b@good.example/', 7, ''])
    expect(await refusal(url, real)).not.toBe('answered');
});

test('four are fetched at once for one account, and the next when one of them has ended', async () => {
  const table = pictureRoutes(outside);
  const leave = new AbortController();
  const before = seen.length;
  const waiting = Array.from({ length: 4 }, () => ask(origin + WAITS, table, leave.signal).catch(() => 'left'));
  while (seen.length < before + 4) await new Promise((done) => setTimeout(done, 5));
  expect(await refusal(`${origin}/cat.png`, table)).toContain('try again');
  leave.abort();
  expect(await Promise.all(waiting)).toEqual(['left', 'left', 'left', 'left']);
  expect((await ask(`${origin}/cat.png`, table)).status).toBe(200);
});
