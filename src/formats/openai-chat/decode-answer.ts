import type { Json, JsonObject } from '../../base/json.ts';
import { escapeLength, type JsonDocument } from '../../base/json-scan.ts';
import { SseReader, type SseSink } from '../../base/sse.ts';
import type { FrameShape, GenerationEvent, Raw, RawContent } from '../../generation/event.ts';
import { Failure } from '../../generation/failure.ts';
import type { AnswerDecoder, DecodeOptions } from '../format.ts';
import { ChatMeaning, FORMAT, readLogprobs } from './chat-meaning.ts';
import { failureOfErrorObject } from './decode-failure.ts';
import { normaliseFinishReason } from './finish-reason.ts';
import { cutOff, garbled, isDone, pushFrames, scanSentObject, upstreamIdentity } from './read-frames.ts';
import { readUsage } from './read-usage.ts';

/** A frame may hold a whole picture. */
const FRAME_BYTES_MAX = 32 * 1024 * 1024;
/** choices[0].delta.tool_calls[0].function.arguments is seven levels down. */
const FRAME_LIMITS = { depthMax: 64, notedDepth: 7, twins: 'allow' } as const;
/** After so many frames that fit no shape, looking for one costs more than it saves. */
const SHAPE_TRIES_MAX = 8;

/** Decodes a chat-completions stream. Emits `generation-end` only for `[DONE]` after a finish reason of every choice. */
export class ChatDecoder implements AnswerDecoder, SseSink {
  readonly #options: DecodeOptions;
  readonly #reader = new SseReader(this, FRAME_BYTES_MAX);
  #events: GenerationEvent[] = [];
  #started = false;
  #ended = false;
  #shape: FrameShape | undefined;
  #shapeTries = 0;
  /** Choice index → has it finished? */
  readonly #choices = new Map<number, boolean>();
  readonly #meaning = new ChatMeaning();

  constructor(options: DecodeOptions) {
    this.#options = options;
  }

  push(bytes: Uint8Array): readonly GenerationEvent[] {
    this.#events = [];
    pushFrames(this.#reader, bytes);
    return this.#events;
  }

  end(): readonly GenerationEvent[] {
    if (this.#ended) return [];
    const mayEndSo = this.#options.quirks.streamEnd === 'finish' && !this.#reader.isInsideFrame && this.#allFinished();
    if (!mayEndSo) throw cutOff('The provider ended the stream before its end marker');
    this.#ended = true;
    return [{ type: 'generation-end' }];
  }

  comment(): void {
    this.#events.push({ type: 'keep-alive' });
  }

  frame(data: Uint8Array, event: string | undefined): void {
    if (this.#ended) return;
    const contentBytes = this.#shape === undefined || event === 'error' ? -1 : matchShape(this.#shape, data);
    if (contentBytes > 0) this.#shaped(data, contentBytes);
    else if (isDone(data)) this.#done();
    else this.#read(data, event);
  }

  #shaped(data: Uint8Array, contentBytes: number): void {
    this.#events.push({ type: 'raw-content', raw: { bytes: data, shape: this.#shape! }, contentBytes });
  }

  #done(): void {
    if (!this.#allFinished()) {
      throw cutOff('The provider ended the stream without a finish reason');
    }
    this.#ended = true;
    this.#events.push({ type: 'generation-end' });
  }

  #allFinished(): boolean {
    return this.#choices.size > 0 && [...this.#choices.values()].every(Boolean);
  }

  #read(data: Uint8Array, event: string | undefined): void {
    const document = scanSentObject(data, FRAME_LIMITS);
    refuseError(document, event);
    if (!this.#started) {
      this.#started = true;
      this.#events.push({ type: 'generation-start', ...upstreamIdentity(document) });
    }
    const first = this.#events.length;
    const choices = document.member(0, 'choices');
    if (choices !== undefined && document.kind(choices) === 'array') {
      for (const choice of document.children(choices)) this.#choice(document, choice, data);
    }
    const usage = usageNode(document);
    if (usage !== undefined) this.#usage(document, usage);
    if (this.#options.passThrough) this.#carry(data, document, first);
  }

  #choice(document: JsonDocument, choice: number, data: Uint8Array): void {
    const indexNode = document.member(choice, 'index');
    const index = indexNode === undefined ? 0 : Number(document.value(indexNode));
    refuseChoiceError(document, choice);
    if (!this.#choices.has(index)) this.#choices.set(index, false);
    const delta = document.member(choice, 'delta');
    const isRead = index === 0 && !this.#options.passThrough;
    if (delta !== undefined && document.kind(delta) === 'object') {
      if (this.#options.passThrough) this.#rawContent(document, choice, delta, data);
      else if (index > 0) this.#events.push(furtherChoice(document, choice));
      else this.#meaning.delta(document.value(delta) as JsonObject, this.#events);
    }
    if (isRead) this.#logprobs(document, choice);
    const finish = document.member(choice, 'finish_reason');
    if (finish === undefined || document.kind(finish) !== 'string') return;
    if (document.stringBytes(finish) === 0) return;
    this.#choices.set(index, true);
    const ended = readFinish(document, choice, finish);
    if (isRead) this.#meaning.end(this.#events);
    if (isRead || this.#options.passThrough) this.#events.push(ended);
  }

  #rawContent(document: JsonDocument, choice: number, delta: number, data: Uint8Array): void {
    let contentBytes = 0;
    let holes = 0;
    let hole = -1;
    for (const member of document.children(delta)) {
      if (document.hasKey(member, 'role')) continue;
      const kind = document.kind(member);
      const text = document.stringBytes(member);
      if (text > 0) {
        contentBytes += text;
        holes++;
        hole = member;
      } else if (kind === 'array' || kind === 'object') {
        const size = document.end(member) - document.start(member) - 2;
        contentBytes += size;
        if (size > 0) holes += 2;
      }
    }
    if (contentBytes === 0) return;
    const content = holes === 1 ? rawContent(document, hole) : { kind: kindOfMany(document, delta) };
    this.#events.push({ type: 'raw-content', raw: 'earlier', contentBytes, content });
    const finish = document.member(choice, 'finish_reason');
    const isPlain = finish === undefined || document.kind(finish) === 'null';
    if (holes === 1 && isPlain && this.#shapeTries < SHAPE_TRIES_MAX) this.#learnShape(document, hole, data);
  }

  /** Only a frame of one line, one choice and no usage can be passed on by shape: nothing in it but the string matters then. */
  #learnShape(document: JsonDocument, hole: number, data: Uint8Array): void {
    const choices = document.member(0, 'choices')!;
    if ([...document.children(choices)].length !== 1 || usageNode(document) !== undefined) return;
    if (data.includes(0x0a)) return;
    this.#shapeTries++;
    const sample = document.over(data.slice());
    this.#shape = {
      prefix: sample.bytes.subarray(0, document.start(hole) + 1),
      suffix: sample.bytes.subarray(document.end(hole) - 1),
      field: document.key(hole),
      kind: KIND_OF_FIELD[document.key(hole)] ?? 'other',
      sample,
    };
  }

  #logprobs(document: JsonDocument, choice: number): void {
    const node = document.member(choice, 'logprobs');
    if (node === undefined || document.kind(node) !== 'object') return;
    const content = readLogprobs(document.value(node) as Json);
    if (content.length > 0) this.#events.push({ type: 'logprobs', content });
  }

  #usage(document: JsonDocument, node: number): void {
    const reported = document.value(node) as JsonObject;
    const usage = readUsage(reported);
    if (usage) this.#events.push({ type: 'usage', usage, reported });
  }

  /** The frame travels once, with the first event that it caused; a frame without meaning is a sign of life. */
  #carry(bytes: Uint8Array, document: JsonDocument, first: number): void {
    const raw: Raw = { bytes, document };
    const lead = this.#events[first];
    if (lead === undefined) this.#events.push({ type: 'keep-alive', raw });
    else this.#events[first] = { ...lead, raw } as GenerationEvent;
    for (let i = first + 1; i < this.#events.length; i++) {
      this.#events[i] = { ...this.#events[i], raw: 'earlier' } as GenerationEvent;
    }
  }
}

/** Decodes a plain chat completion into the events of its meaning and, for a caller of this format, its bytes. */
export function decodeChatResult(body: Uint8Array, options: DecodeOptions): readonly GenerationEvent[] {
  const document = scanSentObject(body, FRAME_LIMITS);
  refuseError(document, undefined);
  const choices = document.member(0, 'choices');
  if (choices === undefined || document.kind(choices) !== 'array') {
    throw garbled('The provider sent an answer without choices');
  }
  const events: GenerationEvent[] = [{ type: 'generation-start', ...upstreamIdentity(document) }];
  let finishes = 0;
  let count = 0;
  for (const choice of document.children(choices)) {
    count++;
    refuseChoiceError(document, choice);
    const isRead = count === 1 || options.passThrough;
    const message = document.member(choice, 'message');
    if (!isRead) events.push(furtherChoice(document, choice));
    else if (message !== undefined && document.kind(message) === 'object')
      readMessage(document, message, options, events);
    const logprobs = options.passThrough || !isRead ? undefined : document.member(choice, 'logprobs');
    if (logprobs !== undefined) {
      const content = readLogprobs(document.value(logprobs) as Json);
      if (content.length > 0) events.push({ type: 'logprobs', content });
    }
    const finish = document.member(choice, 'finish_reason');
    if (document.stringBytes(finish) === 0) continue;
    finishes++;
    const ended = readFinish(document, choice, finish!);
    if (isRead) events.push(ended);
  }
  if (count === 0) throw new Failure('provider-empty', { message: 'The provider sent an answer without choices' });
  if (finishes < count) throw cutOff('The provider sent an answer without a finish reason');
  const usage = usageNode(document);
  if (usage !== undefined) {
    const reported = document.value(usage) as JsonObject;
    const read = readUsage(reported);
    if (read) events.push({ type: 'usage', usage: read, reported });
  }
  if (options.passThrough) events.push({ type: 'raw-result', body, document });
  events.push({ type: 'generation-end' });
  return events;
}

function readMessage(document: JsonDocument, message: number, options: DecodeOptions, events: GenerationEvent[]): void {
  if (options.passThrough) {
    let contentBytes = 0;
    for (const member of document.children(message)) {
      if (document.hasKey(member, 'role')) continue;
      const kind = document.kind(member);
      contentBytes += document.stringBytes(member);
      if (kind === 'array' || kind === 'object') contentBytes += document.end(member) - document.start(member) - 2;
    }
    if (contentBytes > 0) events.push({ type: 'raw-content', raw: 'earlier', contentBytes });
    return;
  }
  const meaning = new ChatMeaning();
  meaning.delta(document.value(message) as JsonObject, events);
  meaning.end(events);
}

/** Other formats have one answer to a request. */
function furtherChoice(document: JsonDocument, choice: number): GenerationEvent {
  return { type: 'native', format: FORMAT, data: document.value(choice) as Json };
}

/** An error inside a 200: `error` as OpenAI sends it, an event of that name, or vLLM's object that is one itself. */
function refuseError(document: JsonDocument, event: string | undefined): void {
  const error = document.member(0, 'error');
  if (error !== undefined && document.kind(error) !== 'null')
    throw failureOfErrorObject(document.value(error), undefined);
  const object = document.member(0, 'object');
  const isError = event === 'error' || (document.stringBytes(object) === 5 && document.value(object!) === 'error');
  if (isError) throw failureOfErrorObject(document.value(0), undefined);
}

/** OpenRouter and its kin tell of an error inside the choice that it ended, whatever the reason to finish says. */
function refuseChoiceError(document: JsonDocument, choice: number): void {
  const error = document.kind(choice) === 'object' ? document.member(choice, 'error') : undefined;
  if (error !== undefined && document.kind(error) === 'object')
    throw failureOfErrorObject(document.value(error), undefined);
}

/** A provider that normalises itself keeps the model's own word beside its reason, as OpenRouter does. */
function readFinish(document: JsonDocument, choice: number, finish: number): GenerationEvent {
  const reason = document.value(finish) as string;
  const finishReason = normaliseFinishReason(reason);
  if (finishReason === 'error')
    throw new Failure('provider-error', { message: 'The provider ended the answer with an error' });
  const native = document.member(choice, 'native_finish_reason');
  const nativeFinishReason = document.stringBytes(native) > 0 ? (document.value(native!) as string) : reason;
  return { type: 'finish', finishReason, nativeFinishReason };
}

/** Usage stands at the top level; Groq also sends it inside `x_groq`. */
function usageNode(document: JsonDocument): number | undefined {
  const usage = document.member(0, 'usage');
  if (usage !== undefined && document.kind(usage) === 'object') return usage;
  const extension = document.member(0, 'x_groq');
  if (extension === undefined || document.kind(extension) !== 'object') return undefined;
  const inner = document.member(extension, 'usage');
  return inner !== undefined && document.kind(inner) === 'object' ? inner : undefined;
}

const KIND_OF_FIELD: Readonly<Record<string, RawContent['kind']>> = {
  content: 'text',
  reasoning: 'reasoning',
  reasoning_content: 'reasoning',
};

/** The frame's one string, with its escapes. */
function rawContent(document: JsonDocument, node: number): RawContent {
  const kind = KIND_OF_FIELD[document.key(node)] ?? 'other';
  return { kind, json: document.bytes.subarray(document.start(node) + 1, document.end(node) - 1) };
}

/** A frame with calls must never be gone on from; others with many strings are rare, and not gone on from either. */
function kindOfMany(document: JsonDocument, delta: number): RawContent['kind'] {
  const calls = document.member(delta, 'tool_calls');
  if (calls !== undefined && document.kind(calls) === 'array') return 'tool-call';
  const isThought = (member: number): boolean => document.key(member).startsWith('reasoning');
  const filled = [...document.children(delta)].filter(
    (member) =>
      !document.hasKey(member, 'role') && (document.stringBytes(member) > 0 || document.kind(member) === 'array'),
  );
  return filled.every(isThought) ? 'reasoning' : 'other';
}

/** Bytes of the changing string when the frame has the shape; -1 when it has not. */
function matchShape(shape: FrameShape, data: Uint8Array): number {
  const { prefix, suffix } = shape;
  const end = data.length - suffix.length;
  if (end < prefix.length) return -1;
  for (let i = prefix.length - 1; i >= 0; i--) if (data[i] !== prefix[i]) return -1;
  for (let i = 0; i < suffix.length; i++) if (data[end + i] !== suffix[i]) return -1;
  let i = prefix.length;
  for (; i < end; i++) {
    const byte = data[i]!;
    if (byte === 0x22 || byte < 0x20) return -1;
    if (byte !== 0x5c) continue;
    const length = escapeLength(data, i);
    if (length === 0) return -1;
    i += length - 1;
  }
  return i > end ? -1 : end - prefix.length;
}
