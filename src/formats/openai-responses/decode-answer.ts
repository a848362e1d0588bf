import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import { SseReader, type SseSink } from '../../base/sse.ts';
import type { GenerationEvent, Raw, RawContent } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import type { AnswerDecoder, DecodeOptions } from '../format.ts';
import { cutOff, garbled, isDone, pushFrames, scanSentObject, upstreamIdentity } from '../openai-chat/read-frames.ts';
import { failureOfResponse } from './decode-failure.ts';
import { ResponseMeaning } from './response-meaning.ts';

/** A frame may hold a whole picture, and the last one holds the whole answer. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;
/** response.usage.… is three levels down. */
const FRAME_LIMITS = { depthMax: 64, notedDepth: 3, twins: 'allow' } as const;

/** The events that end a response in its own way. Without one of them it was cut off. */
const ENDS: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);
/** What the string `delta` of an event is. */
const CONTENTS: Readonly<Record<string, RawContent['kind']>> = {
  'response.output_text.delta': 'text',
  'response.reasoning_text.delta': 'reasoning',
  'response.reasoning_summary_text.delta': 'reasoning',
  'response.function_call_arguments.delta': 'tool-call',
  'response.refusal.delta': 'other',
  'response.custom_tool_call_input.delta': 'tool-call',
  'response.code_interpreter_call_code.delta': 'other',
  'response.audio.delta': 'other',
};

/** Decodes a stream of the Responses API. Emits `generation-end` only after `response.completed` or `response.incomplete`. */
export class ResponsesDecoder implements AnswerDecoder, SseSink {
  readonly #options: DecodeOptions;
  readonly #reader = new SseReader(this, FRAME_BYTES_MAX);
  readonly #meaning = new ResponseMeaning();
  #events: GenerationEvent[] = [];
  #started = false;
  #ended = false;
  /** Something of the output has come in pieces. */
  #hasTold = false;

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
    throw cutOff('The provider ended the stream before its end event');
  }

  comment(): void {
    this.#events.push({ type: 'keep-alive' });
  }

  frame(data: Uint8Array, event: string | undefined): void {
    if (this.#ended || isDone(data)) return;
    const document = scanSentObject(data, FRAME_LIMITS);
    const type = typeOf(document) ?? event ?? '';
    if (type === 'error' || type === 'response.failed') throw failureOf(document);
    const first = this.#events.length;
    if (!this.#started) this.#start(document);
    if (ENDS.has(type)) this.#end(document);
    else if (this.#options.passThrough) this.#pass(document, type);
    else {
      this.#meaning.event(type, document.value(0) as JsonObject, this.#events);
      this.#hasTold ||= this.#events.some(isTold);
    }
    if (this.#options.passThrough) this.#carry({ bytes: data, document, event: type }, first);
    if (this.#ended) this.#events.push({ type: 'generation-end' });
  }

  #start(document: JsonDocument): void {
    const response = document.member(0, 'response');
    if (response === undefined) return;
    this.#started = true;
    this.#events.push({ type: 'generation-start', ...upstreamIdentity(document, response) });
  }

  #end(document: JsonDocument): void {
    const node = document.member(0, 'response');
    const response = node === undefined ? undefined : (document.value(node) as Json);
    if (!isJsonObject(response)) throw garbled('The provider ended its response without it');
    // A provider that tells nothing in pieces tells all at the end.
    if (!this.#options.passThrough && !this.#hasTold) this.#meaning.output(response.output, this.#events);
    this.#meaning.end(response, this.#events);
    this.#ended = true;
  }

  #pass(document: JsonDocument, type: string): void {
    const kind = CONTENTS[type];
    const delta = kind === undefined ? undefined : document.member(0, 'delta');
    const contentBytes = document.stringBytes(delta);
    if (kind === undefined || contentBytes <= 0) {
      if (type === 'response.output_item.added' && isCall(document)) {
        this.#events.push({ type: 'raw-content', raw: 'earlier', contentBytes: 0, content: { kind: 'tool-call' } });
      }
      return;
    }
    const json = document.bytes.subarray(document.start(delta!) + 1, document.end(delta!) - 1);
    this.#events.push({ type: 'raw-content', raw: 'earlier', contentBytes, content: { kind, json } });
  }

  /** The frame travels once, with the first event that it caused; a frame without meaning is a sign of life. */
  #carry(raw: Raw, first: number): void {
    const lead = this.#events[first];
    if (lead === undefined) this.#events.push({ type: 'keep-alive', raw });
    else this.#events[first] = { ...lead, raw } as GenerationEvent;
    for (let i = first + 1; i < this.#events.length; i++) {
      this.#events[i] = { ...this.#events[i], raw: 'earlier' } as GenerationEvent;
    }
  }
}

function isTold(event: GenerationEvent): boolean {
  return event.type === 'text-delta' || event.type === 'tool-call-start';
}

/** Decodes a plain response into the events of its meaning and, for a caller of this format, its bytes. */
export function decodeResponsesResult(body: Uint8Array, options: DecodeOptions): readonly GenerationEvent[] {
  const document = scanSentObject(body, FRAME_LIMITS);
  const response = document.value(0) as JsonObject;
  if (response.error !== undefined && response.error !== null) throw failureOfResponse(response.error);
  if (!Array.isArray(response.output)) throw garbled('The provider sent a response without output');
  const events: GenerationEvent[] = [{ type: 'generation-start', ...upstreamIdentity(document) }];
  const meaning = new ResponseMeaning();
  const told: GenerationEvent[] = [];
  meaning.output(response.output, told);
  if (options.passThrough) {
    const node = document.member(0, 'output')!;
    const contentBytes = document.end(node) - document.start(node) - 2;
    if (contentBytes > 0) events.push({ type: 'raw-content', raw: 'earlier', contentBytes });
  } else events.push(...told);
  meaning.end(response, events);
  if (options.passThrough) events.push({ type: 'raw-result', body, document });
  events.push({ type: 'generation-end' });
  return events;
}

function typeOf(document: JsonDocument): string | undefined {
  const node = document.member(0, 'type');
  return document.stringBytes(node) > 0 ? (document.value(node!) as string) : undefined;
}

function isCall(document: JsonDocument): boolean {
  const item = document.member(0, 'item');
  if (item === undefined || document.kind(item) !== 'object') return false;
  const type = document.member(item, 'type');
  return document.stringBytes(type) > 0 && /_call$/.test(document.value(type!) as string);
}

/** `error` carries its fields at the top level, a failed response inside itself. */
function failureOf(document: JsonDocument): Failure {
  const event = document.value(0) as JsonObject;
  const response = isJsonObject(event.response) ? event.response : undefined;
  return failureOfResponse(response?.error ?? event.error ?? event);
}
