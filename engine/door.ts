/** The engine's HTTP door: loopback only, behind a bearer key that its parent made up. */
import { timingSafeEqual } from 'node:crypto';
import { type AnswerHead, encodeStream, encodeWhole } from './chat-answer.ts';
import { type ChatRequest, decodeChatRequest } from './chat-request.ts';
import type { GenerationTask, Generator } from './generator.ts';
import { grammarOfAnyObject, grammarOfSchema } from './grammar.ts';
import { cleanPicture } from './picture.ts';
import { layOutPrompt } from './prompt.ts';
import { Rejection } from './rejection.ts';

/** Room for a few pictures as base64. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;
const PENALTY_TOKENS = 512;

export interface Door {
  readonly port: number;
  stop(): void;
}

export function openDoor(options: { generator: Generator; key: string; model: string }): Door {
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

async function route(
  request: Request,
  options: { generator: Generator; key: string; model: string },
): Promise<Response> {
  if (!isKey(request.headers.get('authorization'), options.key)) {
    throw new Rejection(401, 'invalid_api_key', 'this engine answers its own gateway only');
  }
  const { pathname } = new URL(request.url);
  const route = `${request.method} ${pathname}`;
  if (route === 'GET /health') return Response.json({ status: 'ok', ...options.generator.status() });
  if (route === 'GET /v1/models') {
    return Response.json({
      object: 'list',
      data: [{ id: options.model, object: 'model', created: 0, owned_by: 'trunkline' }],
    });
  }
  if (route === 'POST /v1/chat/completions') return answerChat(request, options.generator, options.model);
  throw new Rejection(404, 'not_found', `no such address: ${pathname.slice(0, 100)}`);
}

async function answerChat(request: Request, generator: Generator, model: string): Promise<Response> {
  const chat = decodeChatRequest(await request.text());
  // A stream is given up by its reader, a plain answer by its request.
  const leaving = new AbortController();
  request.signal.addEventListener('abort', () => leaving.abort(), { once: true });
  const steps = generator.generate(await makeTask(chat, leaving.signal));
  const id = `chatcmpl-${crypto.randomUUID().replaceAll('-', '')}`;
  const head: AnswerHead = { id, createdSeconds: Math.floor(Date.now() / 1000), model };
  if (!chat.stream) return Response.json(await encodeWhole(head, steps));
  const frames = encodeStream(head, steps, chat.stream_options?.include_usage ?? false);
  const first = await frames.next();
  return new Response(streamOf(first, frames, leaving), {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
  });
}

async function makeTask(chat: ChatRequest, signal: AbortSignal): Promise<GenerationTask> {
  const prompt = layOutPrompt(chat.messages);
  const pictureUrls: string[] = [];
  for (const url of prompt.pictureUrls) pictureUrls.push(await cleanPicture(url));
  return {
    prompt: prompt.text,
    pictureUrls,
    sampler: samplerOf(chat),
    grammar: grammarOf(chat),
    stops: (chat.stop ?? []).filter((stop) => stop !== ''),
    outputTokensMax: chat.max_completion_tokens ?? chat.max_tokens,
    signal,
  };
}

function grammarOf(chat: ChatRequest): string | undefined {
  const format = chat.response_format;
  if (format?.type === 'json_object') return grammarOfAnyObject();
  if (format?.type === 'json_schema') return grammarOfSchema(format.json_schema.schema ?? true);
  return undefined;
}

function samplerOf(chat: ChatRequest): Readonly<Record<string, number>> {
  const hasPenalty = [chat.frequency_penalty, chat.presence_penalty, (chat.repetition_penalty ?? 1) - 1].some(Boolean);
  const given: Readonly<Record<string, number | undefined>> = {
    temperature: chat.temperature,
    top_p: chat.top_p,
    top_k: chat.top_k,
    min_p: chat.min_p,
    penalty_freq: chat.frequency_penalty,
    penalty_present: chat.presence_penalty,
    penalty_repeat: chat.repetition_penalty,
    penalty_last_n: hasPenalty ? PENALTY_TOKENS : undefined,
    // The engine takes 32 bits and reads one special value as "draw one".
    seed:
      chat.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1 : Math.abs(chat.seed % 2 ** 31),
  };
  const known = Object.entries(given).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(known);
}

function streamOf(
  first: IteratorResult<string, void>,
  frames: AsyncGenerator<string, void>,
  leaving: AbortController,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: IteratorResult<string, void> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = next ?? (await frames.next());
        next = undefined;
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        controller.error(error);
      }
    },
    async cancel() {
      leaving.abort();
      await frames.return().catch(() => {});
    },
  });
}

function isKey(header: string | null, key: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${key}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function refuse(error: unknown): Response {
  const isGone = error instanceof DOMException && error.name === 'AbortError';
  const rejection =
    error instanceof Rejection
      ? error
      : new Rejection(isGone ? 499 : 500, isGone ? 'client_closed_request' : 'engine_failed', 'the engine failed');
  const headers: Record<string, string> = rejection.status === 429 ? { 'retry-after': '1' } : {};
  return Response.json(rejection.body(), { status: rejection.status, headers });
}
