/** The engine's HTTP door: loopback only, behind a bearer key that its parent made up. */
import { timingSafeEqual } from 'node:crypto';
import { answerChat } from './chat/chat.ts';
import type { ChatEvent } from './chat/chat-event.ts';
import { type ChatRequest, decodeChatRequest } from './chat/chat-request.ts';
import { AnswerBuilder, type AnswerHead, StreamEncoder } from './chat/encode-answer.ts';
import type { Engine } from './open-engine.ts';
import { Rejection } from './rejection.ts';

/** Room for a few pictures as base64. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;
/** A slot of a model this small is free again within a second. */
const RETRY_AFTER_SECONDS = 1;

export interface DoorOptions {
  readonly engine: Engine;
  readonly key: string;
  readonly model: string;
  /** Printed by `/health` beside the load: how long the weights took to load, and what is not there. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Door {
  readonly port: number;
  stop(): void;
}

export function openDoor(options: DoorOptions): Door {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: BODY_BYTES_MAX,
    fetch: async (request) => {
      try {
        return await route(request, options);
      } catch (error) {
        return refuse(error);
      }
    },
  });
  return { port: server.port ?? 0, stop: () => void server.stop(true) };
}

async function route(request: Request, { engine, key, model, facts }: DoorOptions): Promise<Response> {
  if (!isKey(request.headers.get('authorization'), key)) {
    throw new Rejection(401, 'invalid_api_key', 'this engine answers its own gateway only');
  }
  const { pathname } = new URL(request.url);
  const route = `${request.method} ${pathname}`;
  if (route === 'GET /health') {
    return Response.json({ status: 'ok', ...engine.loop.status(), sharedSteps: engine.sharedSteps(), ...facts });
  }
  if (route === 'GET /v1/models') {
    const facts = { object: 'model', created: 0, owned_by: 'trunkline', max_model_len: engine.contextTokensMax };
    return Response.json({ object: 'list', data: [{ id: model, ...facts }] });
  }
  if (route === 'POST /v1/chat/completions') return answer(request, engine, model);
  throw new Rejection(404, 'not_found', `no such address: ${pathname.slice(0, 100)}`);
}

async function answer(request: Request, engine: Engine, model: string): Promise<Response> {
  const chat = decodeChatRequest(readJson(await request.text()));
  // A stream is given up by its reader, a plain answer by its request.
  const leaving = new AbortController();
  request.signal.addEventListener('abort', () => leaving.abort(), { once: true });
  request.signal.throwIfAborted();
  const id = `chatcmpl-${crypto.randomUUID().replaceAll('-', '')}`;
  const head = { id, createdSeconds: Math.floor(Date.now() / 1000), model };
  return chat.stream ? streamAnswer(engine, chat, head, leaving) : wholeAnswer(engine, chat, head, leaving);
}

async function wholeAnswer(
  engine: Engine,
  chat: ChatRequest,
  head: AnswerHead,
  leaving: AbortController,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const answer = new AnswerBuilder(head, { wantsScores: chat.logprobs ?? false });
  const sink = (event: ChatEvent) => {
    if (event.type === 'failed') return reject(event.error);
    answer.add(event);
    if (event.type === 'ended') resolve(Response.json(answer.build()));
  };
  leaving.signal.addEventListener('abort', () => reject(leaving.signal.reason), { once: true });
  answerChat(engine, chat, sink, leaving.signal).catch(reject);
  return promise;
}

/** The response begins when the model does, so that whatever keeps it from beginning has a status of its own. */
async function streamAnswer(
  engine: Engine,
  chat: ChatRequest,
  head: AnswerHead,
  leaving: AbortController,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const encoder = new TextEncoder();
  const frames = new StreamEncoder(head, {
    includeUsage: chat.stream_options?.include_usage ?? false,
    wantsScores: chat.logprobs ?? false,
  });
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const begin = () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (own) => {
        controller = own;
      },
      cancel: () => leaving.abort(),
    });
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' };
    resolve(new Response(stream, { headers }));
  };
  const sink = (event: ChatEvent) => {
    if (event.type === 'started') begin();
    if (event.type === 'failed' && !controller) return reject(event.error);
    // A stream that fails must not look complete: its last frame is the error.
    controller?.enqueue(encoder.encode(event.type === 'failed' ? errorFrame(event.error) : frames.encode(event)));
    if (event.type === 'failed' || event.type === 'ended') controller?.close();
  };
  leaving.signal.addEventListener('abort', () => reject(leaving.signal.reason), { once: true });
  answerChat(engine, chat, sink, leaving.signal).catch(reject);
  return promise;
}

function errorFrame(error: unknown): string {
  return `data: ${JSON.stringify(rejectionOf(error).body())}\n\n`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Rejection(400, 'invalid_json', 'the body is not JSON');
  }
}

function isKey(header: string | null, key: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${key}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function refuse(error: unknown): Response {
  const rejection = rejectionOf(error);
  const headers: Record<string, string> = rejection.status === 429 ? { 'retry-after': `${RETRY_AFTER_SECONDS}` } : {};
  return Response.json(rejection.body(), { status: rejection.status, headers });
}

function rejectionOf(error: unknown): Rejection {
  if (error instanceof Rejection) return error;
  const isGone = error instanceof DOMException && error.name === 'AbortError';
  return isGone
    ? new Rejection(499, 'client_closed_request', 'the caller left')
    : new Rejection(500, 'engine_failed', 'the engine failed');
}
