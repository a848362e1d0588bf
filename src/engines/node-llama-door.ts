/**
 * `bun node-llama-door.ts`: a door of HTTP before llama.cpp in a Node program, for text. It speaks what the gateway asks of a
 * llama-server, is told what to load by the first line of its standard input, and leaves when that input ends.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { systemClock } from '../base/clock.ts';
import { endProcess } from '../base/end-process.ts';
import {
  type Chat,
  type ChatOptions,
  doorOrderSchema,
  type HistoryItem,
  type Llama,
  type Model,
  type NodeLlama,
  type Sequence,
} from './node-llama.ts';

const text = z.union([z.string(), z.array(z.object({ type: z.literal('text'), text: z.string() }))]);
const number = z.number().nullish();
const requestSchema = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'developer', 'user', 'assistant']), content: text })).min(1),
  stream: z.boolean().nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  ...{ temperature: number, top_k: number, top_p: number, min_p: number, seed: number },
  ...{ repeat_penalty: number, frequency_penalty: number, presence_penalty: number },
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  response_format: z
    .union([
      z.object({ type: z.enum(['text', 'json_object']) }),
      z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: z.unknown().optional() }) }),
    ])
    .nullish(),
});
type ChatRequest = z.infer<typeof requestSchema>;

/** One answer at a time. */
interface Slot {
  readonly chat: Chat;
  readonly sequence: Sequence;
}

interface Loaded {
  readonly llama: Llama;
  readonly model: Model;
  readonly contextTokens: number;
  readonly slots: number;
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const order = doorOrderSchema.parse(JSON.parse((await lines.next()).value ?? ''));
process.stdin.on('end', () => process.exit(0)).on('close', () => process.exit(0));
process.stdin.resume();
process.stdout.write(`${JSON.stringify({ tied: process.pid })}\n`);

const free: Slot[] = [];
const waiting: ((slot: Slot) => void)[] = [];
let loaded: Loaded | undefined;
Bun.serve({ hostname: '127.0.0.1', port: order.port, idleTimeout: 0, fetch: answer });
loaded = await load().catch((error: unknown) => {
  process.stderr.write(`error loading model: ${error instanceof Error ? error.message : String(error)}\n`);
  return endProcess(1);
});

async function load(): Promise<Loaded> {
  // A package of its own, which is not there when this is compiled: its shape is written down beside us.
  const library = (await import(pathToFileURL(join(order.package, 'dist', 'index.js')).href)) as unknown as NodeLlama;
  const llama = await library.getLlama({ build: 'never', gpu: 'auto', logLevel: 'error', maxThreads: order.threads });
  let dots = 0;
  const model = await llama.loadModel({
    modelPath: order.model,
    onLoadProgress(share) {
      const due = Math.floor(share * 100) - dots;
      if (due <= 0) return;
      dots += due;
      // A dot for each hundredth, as older builds of llama.cpp print.
      process.stderr.write('.'.repeat(due));
    },
  });
  const context = await model.createContext({ contextSize: order.contextTokens, sequences: order.slots });
  const template = model.fileInfo.metadata.tokenizer?.chat_template;
  const chatWrapper =
    template === undefined
      ? library.resolveChatWrapper(model)
      : new library.JinjaTemplateChatWrapper({ template, tokenizer: model.tokenizer });
  for (let slot = 0; slot < order.slots; slot++) {
    const sequence = context.getSequence();
    free.push({ sequence, chat: new library.LlamaChat({ contextSequence: sequence, chatWrapper }) });
  }
  return { llama, model, contextTokens: context.contextSize, slots: order.slots };
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!loaded) return refuse(503, 'Loading model', 'unavailable_error');
  if (pathname === '/health') return Response.json({ status: 'ok' });
  if (request.headers.get('authorization') !== `Bearer ${order.key}`)
    return refuse(401, 'Invalid API Key', 'authentication_error');
  if (pathname === '/props')
    return Response.json({
      total_slots: loaded.slots,
      default_generation_settings: { n_ctx: loaded.contextTokens },
      modalities: { vision: false },
    });
  if (pathname !== '/v1/chat/completions' || request.method !== 'POST')
    return refuse(404, 'File Not Found', 'not_found_error');
  const parsed = requestSchema.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(400, `${issue?.path.map(String).join('.') || 'body'}: ${issue?.message}`, 'invalid_request_error');
  }
  const slot = await takeSlot();
  return await chat(slot, parsed.data, loaded, request.signal).catch((error: unknown) => {
    giveBack(slot);
    return refuse(500, error instanceof Error ? error.message : String(error), 'server_error');
  });
}

function takeSlot(): Promise<Slot> | Slot {
  return free.shift() ?? new Promise((resolve) => waiting.push(resolve));
}

function giveBack(slot: Slot): void {
  const next = waiting.shift();
  if (next) next(slot);
  // The one that was used last has the most of the next prompt in its cache.
  else free.unshift(slot);
}

async function chat(
  slot: Slot,
  asked: ChatRequest,
  { llama, model, contextTokens }: Loaded,
  left: AbortSignal,
): Promise<Response> {
  const history = historyOf(asked);
  const promptTokens = slot.chat.chatWrapper
    .generateContextState({ chatHistory: history })
    .contextText.tokenize(model.tokenizer).length;
  if (promptTokens >= contextTokens) {
    giveBack(slot);
    // It would drop the beginning without a word.
    const message = `the request (${promptTokens} tokens) exceeds the available context size (${contextTokens} tokens), try increasing it`;
    return refuse(400, message, 'exceed_context_size_error', { n_prompt_tokens: promptTokens, n_ctx: contextTokens });
  }
  const grammar = await grammarOf(asked, llama);
  const before = slot.sequence.tokenMeter.getState();
  const run = async (onText: (text: string) => void) => {
    try {
      const { metadata } = await slot.chat.generateResponse(history, {
        ...optionsOf(asked, contextTokens - promptTokens),
        ...(grammar && { grammar }),
        ...{ signal: left, stopOnAbortSignal: true, onTextChunk: onText },
      });
      const after = slot.sequence.tokenMeter.getState();
      const completionTokens = after.usedOutputTokens - before.usedOutputTokens;
      const cached = Math.max(0, promptTokens - (after.usedInputTokens - before.usedInputTokens));
      return {
        finish: metadata.stopReason === 'maxTokens' ? 'length' : 'stop',
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: completionTokens,
          total_tokens: promptTokens + completionTokens,
          prompt_tokens_details: { cached_tokens: cached },
        },
      };
    } finally {
      giveBack(slot);
    }
  };
  return asked.stream ? stream(run) : await plain(run);
}

type Run = (onText: (text: string) => void) => Promise<{ readonly finish: string; readonly usage: object }>;

const head = () => ({ created: Math.floor(systemClock.nowMs() / 1000), model: order.alias });

async function plain(run: Run): Promise<Response> {
  let content = '';
  const { finish, usage } = await run((piece) => {
    content += piece;
  });
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }];
  return Response.json({ ...head(), id: crypto.randomUUID(), object: 'chat.completion', choices, usage });
}

function stream(run: Run): Response {
  const id = crypto.randomUUID();
  const frame = (delta: object, more: object = {}) =>
    `data: ${JSON.stringify({ ...head(), id, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;
  let isRead = true;
  const body = new ReadableStream<string>({
    async start(stream) {
      // Whoever left wants nothing more; the answer itself hears of it by its signal.
      const controller = { enqueue: (text: string) => isRead && stream.enqueue(text) };
      controller.enqueue(frame({ role: 'assistant', content: '' }));
      try {
        const { finish, usage } = await run((piece) => controller.enqueue(frame({ content: piece })));
        controller.enqueue(frame({}, { finish_reason: finish }));
        const last = { ...head(), id, object: 'chat.completion.chunk', choices: [], usage };
        controller.enqueue(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        controller.enqueue(`data: ${JSON.stringify({ error: { code: 500, message, type: 'server_error' } })}\n\n`);
      }
      if (isRead) stream.close();
    },
    cancel() {
      isRead = false;
    },
  });
  return new Response(body.pipeThrough(new TextEncoderStream()), { headers: { 'content-type': 'text/event-stream' } });
}

/** An answer that somebody began is gone on with. */
function historyOf({ messages }: ChatRequest): readonly HistoryItem[] {
  const history = messages.map(({ role, content }): HistoryItem => {
    const said = typeof content === 'string' ? content : content.map((part) => part.text).join('');
    if (role === 'assistant') return { type: 'model', response: [said] };
    return { type: role === 'user' ? 'user' : 'system', text: said };
  });
  return history.at(-1)!.type === 'model' ? history : [...history, { type: 'model', response: [] }];
}

function optionsOf(
  asked: ChatRequest,
  roomTokens: number,
): Omit<ChatOptions, 'signal' | 'stopOnAbortSignal' | 'onTextChunk'> {
  const { temperature, top_k, top_p, min_p, seed, repeat_penalty, frequency_penalty, presence_penalty, stop } = asked;
  const wanted = asked.max_completion_tokens ?? asked.max_tokens ?? roomTokens;
  const penalties = {
    ...(repeat_penalty != null && { penalty: repeat_penalty }),
    ...(frequency_penalty != null && { frequencyPenalty: frequency_penalty }),
    ...(presence_penalty != null && { presencePenalty: presence_penalty }),
  };
  return {
    maxTokens: Math.min(wanted, roomTokens),
    temperature: temperature ?? 1,
    repeatPenalty: Object.keys(penalties).length === 0 ? false : { penalty: 1, ...penalties },
    ...(top_k != null && { topK: top_k }),
    ...(top_p != null && { topP: top_p }),
    ...(min_p != null && { minP: min_p }),
    ...(seed != null && { seed }),
    ...(stop != null && { customStopTriggers: typeof stop === 'string' ? [stop] : stop }),
  };
}

async function grammarOf({ response_format: format }: ChatRequest, llama: Llama) {
  if (!format || format.type === 'text') return undefined;
  const schema = format.type === 'json_schema' ? format.json_schema.schema : undefined;
  return schema === undefined ? await llama.getGrammarFor('json') : await llama.createGrammarForJsonSchema(schema);
}

function refuse(status: number, message: string, type: string, more: object = {}): Response {
  return Response.json({ error: { code: status, message, type, ...more } }, { status });
}
