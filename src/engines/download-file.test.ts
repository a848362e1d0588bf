import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { Secret } from '../base/secret.ts';
import { type DownloadOrder, type DownloadTools, downloadFile } from './download-file.ts';

const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
const SUM = createHash('sha256').update(BYTES).digest('hex');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let folder: string;
let target: string;
let answer: Answer;
let server: Server;
let url: string;
let asked: IncomingMessage[];
let cut: { readonly at: number; now(): void } | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-download-'));
  target = join(folder, 'models', 'poet.gguf');
  asked = [];
  cut = undefined;
  server = createServer((request, response) => {
    if (request.url!.endsWith('.sha256')) return neighbour(request, response);
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/poet.gguf`;
  neighbour = notFound;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const notFound: Answer = (_, response) => void response.writeHead(404).end();
let neighbour: Answer = notFound;

interface Offer {
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection ends so many bytes into this answer. */
  readonly cutAfter?: number;
  /** Announces another length. */
  readonly claims?: number;
  readonly ignoresRange?: boolean;
}

/** A server of files as they are: ranges, and `If-Range` by tag or date. */
function offer(...offers: readonly Offer[]): Answer {
  let count = 0;
  return (request, response) => {
    const {
      bytes = BYTES,
      headers = {},
      cutAfter,
      claims,
      ignoresRange,
    } = offers[Math.min(count++, offers.length - 1)]!;
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const ifRange = request.headers['if-range'];
    const isSame = ifRange === undefined || ifRange === headers.etag || ifRange === headers['last-modified'];
    if (start >= bytes.length) return void response.writeHead(416).end();
    const isPartial = start > 0 && isSame && !ignoresRange;
    const body = isPartial ? bytes.subarray(start) : bytes;
    response.writeHead(isPartial ? 206 : 200, {
      ...headers,
      'content-length': String(claims ?? body.length),
      ...(isPartial && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    if (cutAfter === undefined) return void response.end(body);
    response.flushHeaders();
    if (cutAfter > 0) response.write(body.subarray(0, cutAfter));
    // What was sent and not read yet would be lost with the connection: it ends when its reader has all of it.
    cut = { at: (isPartial ? start : 0) + cutAfter, now: () => response.socket?.destroy() };
  };
}

/** Pauses between tries are over at once. */
const clock: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms === 60_000 ? ms : 0, call) };

function download(order: Partial<DownloadOrder> = {}, tools: Partial<DownloadTools> = {}) {
  const progress: [string, number, number | undefined][] = [];
  const done = downloadFile(
    { url, target, ...order },
    {
      clock,
      fetch: (address, init) => fetch(address, init),
      resolve: async () => ['93.184.216.34'],
      signal: new AbortController().signal,
      onProgress(...step) {
        progress.push(step);
        if (cut && step[0].startsWith('Downloading') && step[1] >= cut.at) cut.now();
      },
      ...tools,
    },
  );
  return { done, progress };
}

const left = () => readdirSync(join(folder, 'models')).sort();

test('a file comes whole, with its length and checksum, and nothing else is left', async () => {
  answer = offer({});
  const { done, progress } = download();
  expect(await done).toEqual({ bytes: BYTES.length, sha256: SUM });
  expect(readFileSync(target).equals(BYTES)).toBe(true);
  expect(left()).toEqual(['poet.gguf']);
  expect(progress.at(-1)).toEqual(['Downloading poet.gguf', BYTES.length, BYTES.length]);
});

describe('a download that breaks off', () => {
  test('goes on by itself where it ended, in as many tries as bring something', async () => {
    const part = { headers: { etag: '"one"' }, cutAfter: 40_000 };
    answer = offer(part, part, part, part, part, part, { headers: { etag: '"one"' } });
    expect(await download().done).toMatchObject({ bytes: BYTES.length, sha256: SUM });
    expect(asked.slice(1).every(({ headers }) => headers['if-range'] === '"one"')).toBe(true);
    expect(asked.length).toBe(7);
  });

  test('is left to the next command after five tries without a byte more, and that one goes on', async () => {
    answer = offer({ headers: { etag: '"one"' }, cutAfter: 100_000 }, { headers: { etag: '"one"' }, cutAfter: 0 });
    await expect(download().done).rejects.toThrow(
      /was broken off after \d+ kB of 300 kB. \d+ kB are kept, and the same command goes on from there/,
    );
    expect(asked.length).toBeLessThanOrEqual(7);
    expect(existsSync(target)).toBe(false);
    expect(left()).toEqual(['poet.gguf.part', 'poet.gguf.part.json']);
    asked = [];
    answer = offer({ headers: { etag: '"one"' } });
    const { done, progress } = download();
    expect(await done).toMatchObject({ sha256: SUM });
    expect(asked[0]!.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(progress[0]![0]).toBe('Checking poet.gguf');
  });

  test('by the person keeps what is there', async () => {
    const leaving = new AbortController();
    answer = offer({ headers: { etag: '"one"' } });
    const onProgress = (_: string, done: number) => {
      if (done > 0) leaving.abort(new Error('stopped'));
    };
    await expect(download({}, { signal: leaving.signal, onProgress }).done).rejects.toThrow('stopped');
    expect(left()).toEqual(['poet.gguf.part', 'poet.gguf.part.json']);
    expect(await download().done).toMatchObject({ sha256: SUM });
  });

  test('because nothing comes any more is tried again', async () => {
    let isFirst = true;
    const whole = offer({ headers: { etag: '"one"' } });
    answer = (request, response) => {
      if (!isFirst) return whole(request, response);
      isFirst = false;
      response.writeHead(200, { etag: '"one"', 'content-length': String(BYTES.length) });
      response.write(BYTES.subarray(0, 1000));
    };
    // The first minute of silence after the first bytes is over at once, no other is.
    let isThere = false;
    let isOver = false;
    const after: Clock['after'] = (ms, call) => {
      if (ms !== 60_000) return clock.after(ms, call);
      const isNow = isThere && !isOver;
      isOver ||= isNow;
      return systemClock.after(isNow ? 0 : 1e6, call);
    };
    const onProgress = (_: string, done: number) => {
      isThere ||= done > 0;
    };
    expect(await download({}, { clock: { ...clock, after }, onProgress }).done).toMatchObject({ sha256: SUM });
    expect(asked).toHaveLength(2);
  });

  test('starts anew at a server that cannot begin in the middle', async () => {
    const headers = { etag: '"one"' };
    answer = offer({ headers, cutAfter: 90_000 }, { headers, ignoresRange: true });
    expect(await download().done).toMatchObject({ sha256: SUM });
  });

  test('starts anew where nothing says that the file is still the same, unless a checksum will tell', async () => {
    answer = offer({ cutAfter: 90_000 }, {});
    expect(await download().done).toMatchObject({ sha256: SUM });
    expect(asked.map(({ headers }) => headers.range !== undefined)).toEqual([false, true, false]);
    asked = [];
    rmSync(target);
    answer = offer({ cutAfter: 90_000 }, {});
    await download({ sha256: { hex: SUM, from: 'the model hub' } }).done;
    expect(asked.map(({ headers }) => headers.range !== undefined)).toEqual([false, true]);
  });

  test('does not go on with a file that is another one now', async () => {
    answer = offer({ headers: { etag: '"one"' }, cutAfter: 90_000 }, { headers: { etag: '"two"' } });
    await expect(download().done).rejects.toThrow(/poet.gguf changed on the server since its download began: --force/);
    expect(left()).toEqual(['poet.gguf.part', 'poet.gguf.part.json']);
    expect(await download({ startsAnew: true }).done).toMatchObject({ sha256: SUM });
  });

  test('of another address under the same name is not taken up', async () => {
    answer = offer({ headers: { etag: '"one"' }, cutAfter: 90_000 }, notServed());
    await expect(download().done).rejects.toThrow('broken off');
    asked = [];
    answer = offer({ headers: { etag: '"one"' } });
    await download({ url: `${url}?other` }).done;
    expect(asked[0]!.headers.range).toBeUndefined();
  });
});

function notServed(): Offer {
  return { headers: { etag: '"one"' }, cutAfter: 0 };
}

describe('checksums', () => {
  const wrong = 'ab'.repeat(32);

  test('a wrong one deletes the file and says who expected what', async () => {
    answer = offer({});
    const order = { sha256: { hex: wrong, from: 'the command' } } as const;
    const message = `poet.gguf has the wrong checksum and was deleted: the command says ${wrong}, and it is ${SUM}`;
    await expect(download(order).done).rejects.toThrow(message);
    expect(left()).toEqual([]);
  });

  test.each([
    ['the command', {}, { hex: SUM, from: 'the command' }, notFound, 'the command'],
    ['the server’s tag', { etag: `"${SUM}"` }, undefined, notFound, 'the server'],
    ['the hub’s tag of what is linked', { 'x-linked-etag': `"${SUM}"` }, undefined, notFound, 'the server'],
    ['the file beside it', {}, undefined, sums(`${SUM}  poet.gguf\n${wrong}  other.gguf\n`), 'the file beside it'],
    ['a bare one beside it', {}, undefined, sums(SUM), 'the file beside it'],
    ['nobody', {}, undefined, sums(`${SUM}  a.gguf\n${wrong}  b.gguf\n`), undefined],
  ] as const)('are checked by %s', async (_name, headers, sha256, beside, checkedBy) => {
    answer = offer({ headers });
    neighbour = beside;
    const done = await download(sha256 ? { sha256 } : {}).done;
    expect(done.checkedBy).toBe(checkedBy);
  });

  test('one of the server’s that is wrong is not overlooked', async () => {
    answer = offer({ headers: { etag: `"${wrong}"` } });
    await expect(download().done).rejects.toThrow(`the server says ${wrong}`);
  });

  function sums(text: string): Answer {
    return (_, response) => void response.end(text);
  }
});

describe('what does not add up', () => {
  test('a file that is shorter than its server said is not taken for whole', async () => {
    answer = offer({ bytes: BYTES.subarray(0, 1000), claims: 2000, cutAfter: 1000, headers: { etag: '"x"' } });
    await expect(download().done).rejects.toThrow('has less of it than it said: --force begins anew');
    expect(existsSync(target)).toBe(false);
  });

  test('more bytes than announced are not kept', async () => {
    answer = (_, response) =>
      void response.writeHead(200, { etag: '"one"', 'content-length': '1000' }).end(BYTES.subarray(0, 1000));
    const fetchMore: DownloadTools['fetch'] = async (address, init) => {
      const honest = await fetch(address, init);
      return new Response(BYTES, { status: honest.status, headers: honest.headers });
    };
    await expect(download({}, { fetch: fetchMore }).done).rejects.toThrow(
      'poet.gguf is longer than the 1 kB that its server said: not kept',
    );
    expect(left()).toEqual([]);
  });

  test('a file that is packed on the way is refused', async () => {
    answer = offer({ headers: { 'content-encoding': 'br' } });
    await expect(
      download({}, { fetch: (address, init) => fetch(address, { ...init, decompress: false } as RequestInit) }).done,
    ).rejects.toThrow('is sent packed');
  });

  test.each([
    [401, 'refuses to hand it out (401): if it is the model hub, accept its terms there and set HF_TOKEN'],
    [403, 'refuses to hand it out (403)'],
    [404, 'has no such file (404)'],
    [400, 'answered 400'],
  ])('status %p is told at once', async (status, message) => {
    answer = (_, response) => void response.writeHead(status).end();
    await expect(download().done).rejects.toThrow(message);
    expect(asked).toHaveLength(1);
  });

  test('a busy server is asked again', async () => {
    let count = 0;
    const whole = offer({});
    answer = (request, response) => (count++ < 3 ? void response.writeHead(503).end() : whole(request, response));
    expect(await download().done).toMatchObject({ sha256: SUM });
  });

  test('a machine without a network is told so', async () => {
    const offline: DownloadTools['fetch'] = async () => {
      throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    };
    await expect(download({}, { fetch: offline }).done).rejects.toThrow(
      /cannot be reached \(ENOTFOUND\): is this machine offline\?. Nothing was downloaded/,
    );
  });

  test('more than the disk has is refused before a byte comes', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': String(9e15).replace(/0$/, '') });
      response.flushHeaders();
    };
    await expect(download().done).rejects.toThrow(/not enough room on the disk of .*: \d+.* are needed/);
    expect(left()).toEqual(['poet.gguf.part.json']);
  });

  test('a second command leaves the first alone', async () => {
    answer = offer({});
    await download().done;
    rmSync(target);
    writeFileSync(`${target}.lock`, String(process.ppid));
    await expect(download().done).rejects.toThrow(`poet.gguf is being downloaded already, by process ${process.ppid}`);
    // One that died holds nothing.
    writeFileSync(`${target}.lock`, '999999999');
    expect(await download().done).toMatchObject({ sha256: SUM });
  });
});

describe('addresses', () => {
  test.each([
    ['http://93.184.216.34/x.gguf', 'http://93.184.216.34 is refused: only https addresses are downloaded from'],
    ['ftp://127.0.0.1/x.gguf', 'is refused: only https'],
    ['https://me:secret@example.test/x.gguf', 'an address with a password in it is refused'],
    ['nonsense', 'nonsense is not an address'],
  ])('%s is refused', async (address, message) => {
    await expect(download({ url: address }).done).rejects.toThrow(message);
  });

  /** Answers for hosts of the internet, by their address. */
  function internet(pages: Readonly<Record<string, () => Response>>) {
    const seen: [string, string | null][] = [];
    const fetchPage: DownloadTools['fetch'] = async (address, init) => {
      seen.push([address, new Headers(init.headers).get('authorization')]);
      return pages[address]?.() ?? new Response('', { status: 404 });
    };
    return { seen, fetch: fetchPage };
  }
  const redirect =
    (location: string, headers: Readonly<Record<string, string>> = {}) =>
    () =>
      new Response('', { status: 302, headers: { location, ...headers } });
  const file = () => new Response(BYTES, { headers: { 'content-length': String(BYTES.length) } });

  test('a redirect is followed without the key of the first host, which said the checksum', async () => {
    const { seen, fetch: fetchPage } = internet({
      'https://hub.test/poet.gguf': redirect('https://store.test/blob', { 'x-linked-etag': `"${SUM}"` }),
      'https://store.test/blob': file,
    });
    const order = { url: 'https://hub.test/poet.gguf', token: new Secret('hf_secret') };
    expect(await download(order, { fetch: fetchPage }).done).toMatchObject({ checkedBy: 'the server' });
    expect(seen).toEqual([
      ['https://hub.test/poet.gguf', 'Bearer hf_secret'],
      ['https://store.test/blob', null],
    ]);
  });

  test.each([
    ['https://10.0.0.5/blob', 'redirects to an address inside this network, which is refused'],
    ['https://inside.test/blob', 'redirects to an address inside this network, which is refused'],
    ['http://127.0.0.1:9/blob', 'redirects to an address inside this network, which is refused'],
    ['http://store.test/blob', 'is refused: only https'],
    ['https://hub.test/poet.gguf', 'hub.test redirects too often'],
  ])('a redirect to %s is not followed', async (location, message) => {
    const { fetch: fetchPage } = internet({ 'https://hub.test/poet.gguf': redirect(location) });
    const resolve = async (name: string) => [name === 'inside.test' ? '192.168.1.9' : '93.184.216.34'];
    await expect(download({ url: 'https://hub.test/poet.gguf' }, { fetch: fetchPage, resolve }).done).rejects.toThrow(
      message,
    );
  });
});
