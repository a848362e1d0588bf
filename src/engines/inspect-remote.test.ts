import { afterEach, expect, test } from 'bun:test';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../base/clock.ts';
import { inspectRemote } from './inspect-remote.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Looks at a file of which a server sends a little, and then does what it does. */
async function look(then: (response: ServerResponse) => void, clock: Clock = systemClock) {
  server = createServer((_, response) => {
    response.writeHead(206, { 'content-length': '1000', 'content-range': 'bytes 0-999/5000' });
    response.write('GGUF', () => then(response));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server!.address() as AddressInfo).port}/poet.gguf`;
  return inspectRemote([{ url, name: 'poet.gguf' }], undefined, {
    ...{ clock, signal: new AbortController().signal },
    fetch: (address, init) => fetch(address, init),
    resolve: async () => [],
  }).catch((error: Error) => error.message);
}

test('a look that is broken off says so, and that it may be tried again', async () => {
  expect(await look((response) => response.socket?.destroy())).toMatch(
    /^127\.0\.0\.1:\d+ broke off in the header of poet\.gguf: the same command tries again$/,
  );
});

test('a server that falls silent is not waited for for ever', async () => {
  let silence = () => {};
  const clock: Clock = {
    ...systemClock,
    after(ms, call) {
      if (ms !== 60_000) return systemClock.after(ms, call);
      silence = call;
      return () => {};
    },
  };
  expect(await look(() => silence(), clock)).toMatch(
    /^127\.0\.0\.1:\d+ sent nothing more of the header of poet\.gguf for 60 s: the same command tries again$/,
  );
});
