import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** One request as it stood on the wire. */
export interface SeenRequest {
  readonly head: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The provider's side of one request, byte by byte. */
export interface ScriptCall {
  readonly request: SeenRequest;
  readonly socket: Socket;
  /** Counts from 0 over all connections. */
  readonly index: number;
  /** True when the caller asked for a stream. */
  readonly stream: boolean;
  /** Resolves when the bytes left for the kernel; false when the socket is gone. */
  write(bytes: string | Uint8Array): Promise<boolean>;
  /** Closes with FIN, after what was written. */
  end(): void;
  /** Closes with RST, at once. */
  reset(): void;
  /** Says that nothing more will come; tests then move time on. */
  stall(): void;
  /** Resolves when the test says that the caller has read what was sent so far. */
  readonly delivered: Promise<void>;
}

export type Script = (call: ScriptCall) => void | Promise<void>;

export interface ScriptedProvider {
  readonly baseUrl: string;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  readonly openSockets: number;
  readonly connections: number;
  /** Bytes written to the kernel so far. */
  readonly sentBytes: number;
  /** Resolves when a script stalls. */
  readonly stalled: Promise<void>;
  /** Lets scripts that wait for `delivered` go on. */
  deliver(): void;
  /** Resolves with `performance.now()` of the moment at which the caller's side closed a socket. */
  readonly closed: Promise<number>;
  close(): Promise<void>;
}

export interface ScriptedProviderOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Sockets that open without a request are the script's too: for silence before any byte. */
  readonly onConnection?: (socket: Socket) => void;
  /** Where to listen; 0 takes any free port. */
  readonly port?: number;
}

/** A provider on a raw socket: what it sends is exactly what the script says, right or wrong. */
export async function openScriptedProvider(
  script: Script,
  options: ScriptedProviderOptions = {},
): Promise<ScriptedProvider> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const stalled = Promise.withResolvers<void>();
  const delivered = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  let connections = 0;
  let sentBytes = 0;
  let index = 0;

  const accept = (socket: Socket): void => {
    connections++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    const gone = Promise.withResolvers<void>();
    socket.on('close', () => {
      gone.resolve();
      sockets.delete(socket);
      closed.resolve(performance.now());
    });
    options.onConnection?.(socket);
    let rest = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      const parsed = parseRequest(rest);
      if (!parsed) return;
      rest = rest.subarray(parsed.length);
      requests.push(parsed.request);
      void script({
        request: parsed.request,
        socket,
        index: index++,
        stream: /"stream":\s*true/.test(parsed.request.body),
        write: (data) => {
          const { promise, resolve } = Promise.withResolvers<boolean>();
          if (socket.destroyed || !socket.writable) return Promise.resolve(false);
          const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
          void gone.promise.then(() => resolve(false));
          socket.write(data, (error) => {
            if (!error) sentBytes += length;
            resolve(!error);
          });
          return promise;
        },
        end: () => void socket.end(),
        reset: () => void socket.resetAndDestroy(),
        stall: () => stalled.resolve(),
        delivered: delivered.promise,
      });
    });
  };

  const server: Server = options.tls ? createTlsServer({ ...options.tls }, accept) : createServer(accept);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    baseUrl: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/v1`,
    port,
    requests,
    get openSockets() {
      return sockets.size;
    },
    get connections() {
      return connections;
    },
    get sentBytes() {
      return sentBytes;
    },
    stalled: stalled.promise,
    deliver: delivered.resolve,
    closed: closed.promise,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port on which nobody listens: the connection is refused. */
export async function findClosedPort(): Promise<number> {
  const provider = await openScriptedProvider(() => {});
  await provider.close();
  return provider.port;
}

function parseRequest(bytes: Buffer): { request: SeenRequest; length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.subarray(0, headEnd).toString('latin1');
  const headers = new Map(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const length = headEnd + 4 + Number(headers.get('content-length') ?? 0);
  if (bytes.length < length) return undefined;
  return { request: { head, headers, body: bytes.subarray(headEnd + 4, length).toString('utf8') }, length };
}

/** `HTTP/1.1 200 OK` with these headers. Without a length or a coding the answer ends with the connection. */
export function head(status: number, headers: Readonly<Record<string, string | number>> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\n${lines.join('')}\r\n`;
}

export const STREAM_HEAD = head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' });

/** One chunk of the chunked transfer coding. */
export function chunk(bytes: string | Uint8Array): Buffer {
  const data = Buffer.from(bytes as string);
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';

export function sse(...frames: readonly (object | string)[]): string {
  return frames.map((frame) => `data: ${typeof frame === 'string' ? frame : JSON.stringify(frame)}\n\n`).join('');
}

export function delta(content: string, rest: object = {}): object {
  return {
    id: 'up-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'talker-native',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    ...rest,
  };
}

export function finish(reason = 'stop', rest: object = {}): object {
  return { id: 'up-1', choices: [{ index: 0, delta: {}, finish_reason: reason }], ...rest };
}

export function usageFrame(prompt: number, completion: number, rest: object = {}): object {
  const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion, ...rest };
  return { id: 'up-1', choices: [], usage };
}

export function completion(content: string, rest: object = {}): object {
  return {
    id: 'up-1',
    object: 'chat.completion',
    created: 1,
    model: 'talker-native',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
    ...rest,
  };
}

/** A whole JSON answer. */
export function json(status: number, body: object | string, headers: Readonly<Record<string, string>> = {}): Buffer {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const own = { 'content-type': 'application/json', 'content-length': bytes.length, ...headers };
  return Buffer.concat([Buffer.from(head(status, own)), bytes]);
}

/** Answers rightly, streamed or not, in three pieces of text. */
export function answers(...pieces: readonly string[]): Script {
  const texts = pieces.length > 0 ? pieces : ['the ', 'right ', 'answer'];
  return async (call) => {
    if (!call.stream) {
      await call.write(json(200, completion(texts.join(''))));
      return;
    }
    await call.write(STREAM_HEAD);
    for (const text of texts) if (!(await call.write(chunk(sse(delta(text)))))) return;
    await call.write(chunk(sse(finish(), usageFrame(10, 3), '[DONE]')));
    await call.write(LAST_CHUNK);
  };
}
