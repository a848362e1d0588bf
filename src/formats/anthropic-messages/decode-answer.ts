import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { escapeLength, type JsonDocument } from '../../base/json-scan.ts';
import { SseReader, type SseSink } from '../../base/sse.ts';
import type { GenerationEvent, RawContent, RawFrame } from '../../generation/event.ts';
import type { AnswerDecoder, DecodeOptions } from '../format.ts';
import { cutOff, garbled, isDone, pushFrames, scanSentObject, upstreamIdentity } from '../openai-chat/read-frames.ts';
import { AnswerMeaning } from './answer-meaning.ts';
import { failureOfMessagesError } from './decode-failure.ts';
import { FORMAT } from './read-blocks.ts';
import { normaliseStopReason } from './stop-reason.ts';
import { mergeUsage, readUsage } from './usage.ts';

/** A frame may hold a whole result of a server tool. */
const FRAME_BYTES_MAX = 32 * 1024 * 1024;
/** content_block.input and delta.citation are two levels down; what is below is read as a whole. */
const FRAME_LIMITS = { depthMax: 64, notedDepth: 4, twins: 'allow' } as const;

/** Deltas that hold one string of content: its member, and what it is. */
const DELTAS: Readonly<Record<string, { readonly field: string; readonly kind: RawContent['kind'] }>> = {
  text_delta: { field: 'text', kind: 'text' },
  thinking_delta: { field: 'thinking', kind: 'reasoning' },
  input_json_delta: { field: 'partial_json', kind: 'tool-call' },
};

/** The bytes of a frame before its changing string; after it come two braces and nothing else. */
interface DeltaShape {
  readonly prefix: Uint8Array;
  readonly kind: RawContent['kind'];
}

/** Decodes a Messages stream. Emits `generation-end` only for `message_stop` after a stop reason. */
export class MessagesDecoder implements AnswerDecoder, SseSink {
  readonly #options: DecodeOptions;
  readonly #reader = new SseReader(this, FRAME_BYTES_MAX);
  readonly #meaning = new AnswerMeaning();
  /** Open blocks and their types. */
  readonly #blocks = new Map<number, string>();
  #events: GenerationEvent[] = [];
  #started = false;
  #stopReason: string | undefined;
  #ended = false;
  #reported: JsonObject | undefined;
  #shape: DeltaShape | undefined;

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
    const mayEndSo =
      this.#options.quirks.streamEnd === 'finish' && !this.#reader.isInsideFrame && this.#stopReason !== undefined;
    if (!mayEndSo) throw cutOff('The provider ended the stream before message_stop');
    this.#ended = true;
    return [{ type: 'generation-end' }];
  }

  comment(): void {
    this.#events.push({ type: 'keep-alive' });
  }

  frame(data: Uint8Array, event: string | undefined): void {
    if (this.#ended || isDone(data)) return;
    if (this.#shape !== undefined && event !== 'error') {
      const json = matchShape(this.#shape.prefix, data);
      if (json !== undefined) {
        this.#content(this.#shape.kind, json, { bytes: data, event: 'content_block_delta' });
        return;
      }
    }
    this.#read(data, event);
  }

  #read(data: Uint8Array, event: string | undefined): void {
    const document = scanSentObject(data, FRAME_LIMITS);
    const type = wordOf(document, 0, 'type') ?? event;
    const error = document.member(0, 'error');
    if (type === 'error' || event === 'error' || (error !== undefined && document.kind(error) === 'object')) {
      throw failureOfMessagesError(document.value(error ?? 0));
    }
    const raw: RawFrame = { bytes: data, document, ...(type !== undefined && { event: type }) };
    switch (type) {
      case 'message_start':
        this.#start(document, raw);
        return;
      case 'content_block_start':
        this.#blockStart(document, raw);
        return;
      case 'content_block_delta':
        this.#blockDelta(document, raw);
        return;
      case 'content_block_stop':
        this.#blockStop(document, raw);
        return;
      case 'message_delta':
        this.#messageDelta(document, raw);
        return;
      case 'message_stop':
        this.#stop(raw);
        return;
      case 'ping':
        this.#carry({ type: 'keep-alive' }, raw);
        return;
      default:
        this.#carry({ type: 'native', format: FORMAT, data: document.value(0) as Json }, raw);
    }
  }

  #start(document: JsonDocument, raw: RawFrame): void {
    if (this.#started) throw garbled('The provider began its answer twice');
    this.#started = true;
    const message = document.member(0, 'message');
    if (message === undefined || document.kind(message) !== 'object') {
      throw garbled('The provider began an answer without a message');
    }
    this.#events.push({ type: 'generation-start', ...upstreamIdentity(document, message) });
    this.#noteUsage(document, message);
    this.#carry({ type: 'keep-alive' }, raw);
  }

  #blockStart(document: JsonDocument, raw: RawFrame): void {
    const index = indexOf(document);
    const node = document.member(0, 'content_block');
    if (node === undefined || document.kind(node) !== 'object') throw garbled('The provider began a block without one');
    const type = wordOf(document, node, 'type') ?? '';
    this.#blocks.set(index, type);
    if (this.#options.passThrough) this.#rawStart(document, node, type, raw);
    else this.#meaning.start(index, document.value(node) as JsonObject, this.#events);
  }

  /** Most blocks begin empty; those of tools, and those that come whole, are content from their first frame. */
  #rawStart(document: JsonDocument, node: number, type: string, raw: RawFrame): void {
    if (type === 'text' || type === 'thinking') {
      const text = document.member(node, type);
      const kind = type === 'text' ? 'text' : 'reasoning';
      this.#content(kind, document.stringBytes(text) > 0 ? insideOf(document, text!) : EMPTY, raw);
      return;
    }
    const kind = type === 'tool_use' ? 'tool-call' : type === 'redacted_thinking' ? 'reasoning' : 'other';
    const contentBytes = document.end(node) - document.start(node);
    this.#events.push({ type: 'raw-content', raw, contentBytes, content: { kind } });
  }

  #blockDelta(document: JsonDocument, raw: RawFrame): void {
    const index = indexOf(document);
    const node = document.member(0, 'delta');
    if (node === undefined || document.kind(node) !== 'object') throw garbled('The provider sent a delta without one');
    if (this.#options.passThrough) this.#rawDelta(document, node, index, raw);
    else this.#meaning.delta(index, document.value(node) as JsonObject, this.#events);
  }

  #rawDelta(document: JsonDocument, node: number, index: number, raw: RawFrame): void {
    const { bytes } = raw;
    const type = wordOf(document, node, 'type') ?? '';
    const known = Object.hasOwn(DELTAS, type) ? DELTAS[type] : undefined;
    const text = known && document.member(node, known.field);
    if (!known || text === undefined || document.kind(text) !== 'string') {
      const kind = type === 'signature_delta' ? 'reasoning' : 'other';
      const contentBytes = document.end(node) - document.start(node);
      this.#events.push({ type: 'raw-content', raw, contentBytes, content: { kind } });
      return;
    }
    const kind = known.kind === 'tool-call' && this.#blocks.get(index) !== 'tool_use' ? 'other' : known.kind;
    const prefix = bytes.subarray(0, document.start(text) + 1);
    if (matchShape(prefix, bytes) !== undefined) this.#shape = { prefix: prefix.slice(), kind };
    this.#content(kind, insideOf(document, text), raw);
  }

  #content(kind: RawContent['kind'], json: Uint8Array, raw: RawFrame): void {
    if (json.length === 0) this.#events.push({ type: 'keep-alive', raw });
    else this.#events.push({ type: 'raw-content', raw, contentBytes: json.length, content: { kind, json } });
  }

  #blockStop(document: JsonDocument, raw: RawFrame): void {
    const index = indexOf(document);
    this.#blocks.delete(index);
    if (!this.#options.passThrough) this.#meaning.stop(index, this.#events);
    this.#carry({ type: 'keep-alive' }, raw);
  }

  #messageDelta(document: JsonDocument, raw: RawFrame): void {
    const first = this.#events.length;
    const delta = document.member(0, 'delta');
    const reason = delta === undefined ? undefined : wordOf(document, delta, 'stop_reason');
    if (reason !== undefined && reason !== '') {
      this.#stopReason = reason;
      this.#events.push(finishOf(reason, delta === undefined ? undefined : wordOf(document, delta, 'stop_sequence')));
    }
    this.#noteUsage(document, 0);
    const usage = this.#reported && readUsage(this.#reported);
    if (usage) this.#events.push({ type: 'usage', usage, reported: this.#reported! });
    if (!this.#options.passThrough) return;
    const lead = this.#events[first];
    if (lead === undefined) this.#events.push({ type: 'keep-alive', raw });
    else this.#events[first] = { ...lead, raw } as GenerationEvent;
    const second = this.#events[first + 1];
    if (second !== undefined) this.#events[first + 1] = { ...second, raw: 'earlier' } as GenerationEvent;
  }

  #stop(raw: RawFrame): void {
    if (this.#stopReason === undefined) throw cutOff('The provider ended the stream without a stop reason');
    if (!this.#options.passThrough) this.#meaning.stopAll(this.#events);
    this.#ended = true;
    this.#carry({ type: 'keep-alive' }, raw);
    this.#events.push({ type: 'generation-end' });
  }

  #noteUsage(document: JsonDocument, holder: number): void {
    const node = document.member(holder, 'usage');
    if (node === undefined || document.kind(node) !== 'object') return;
    this.#reported = mergeUsage(this.#reported, document.value(node) as JsonObject);
  }

  /** An event that is told apart only by its frame. */
  #carry(event: GenerationEvent, raw: RawFrame): void {
    this.#events.push(this.#options.passThrough ? ({ ...event, raw } as GenerationEvent) : event);
  }
}

/** Decodes a plain answer into the events of its meaning and, for a caller of this format, its bytes. */
export function decodeMessagesResult(body: Uint8Array, options: DecodeOptions): readonly GenerationEvent[] {
  const document = scanSentObject(body, FRAME_LIMITS);
  const error = document.member(0, 'error');
  if (wordOf(document, 0, 'type') === 'error' || (error !== undefined && document.kind(error) === 'object')) {
    throw failureOfMessagesError(document.value(error ?? 0));
  }
  const content = document.member(0, 'content');
  if (content === undefined || document.kind(content) !== 'array') throw garbled('The provider sent no content');
  const events: GenerationEvent[] = [{ type: 'generation-start', ...upstreamIdentity(document) }];
  if (options.passThrough) {
    const contentBytes = document.end(content) - document.start(content) - 2;
    if (contentBytes > 0) events.push({ type: 'raw-content', raw: 'earlier', contentBytes });
  } else readBlocks(document.value(content) as readonly Json[], events);
  const reason = wordOf(document, 0, 'stop_reason');
  if (reason === undefined || reason === '') throw cutOff('The provider sent an answer without a stop reason');
  events.push(finishOf(reason, wordOf(document, 0, 'stop_sequence')));
  const node = document.member(0, 'usage');
  const reported = node !== undefined && document.kind(node) === 'object' ? document.value(node) : undefined;
  const usage = isJsonObject(reported) ? readUsage(reported) : undefined;
  if (usage) events.push({ type: 'usage', usage, reported: reported as JsonObject });
  if (options.passThrough) events.push({ type: 'raw-result', body, document });
  events.push({ type: 'generation-end' });
  return events;
}

function readBlocks(content: readonly Json[], events: GenerationEvent[]): void {
  const meaning = new AnswerMeaning();
  for (const [index, block] of content.entries()) {
    if (!isJsonObject(block)) throw garbled('The provider sent a block that is no object');
    meaning.start(index, block, events);
    meaning.stop(index, events);
  }
}

function finishOf(reason: string, stopSequence: string | undefined): GenerationEvent {
  return {
    type: 'finish',
    finishReason: normaliseStopReason(reason),
    nativeFinishReason: reason.slice(0, 64),
    ...(stopSequence !== undefined && { stopSequence }),
  };
}

function indexOf(document: JsonDocument): number {
  const node = document.member(0, 'index');
  const index = node !== undefined && document.kind(node) === 'number' ? Number(document.value(node)) : Number.NaN;
  if (!Number.isInteger(index) || index < 0) throw garbled('The provider sent a block without its index');
  return index;
}

function wordOf(document: JsonDocument, holder: number, name: string): string | undefined {
  const node = document.member(holder, name);
  return node !== undefined && document.kind(node) === 'string' ? (document.value(node) as string) : undefined;
}

const EMPTY = new Uint8Array(0);

function insideOf(document: JsonDocument, node: number): Uint8Array {
  return document.bytes.subarray(document.start(node) + 1, document.end(node) - 1);
}

/** The inside of the changing string when the frame is one of the shape. Anthropic pads the closing braces with spaces. */
function matchShape(prefix: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  if (data.length < prefix.length + 3) return undefined;
  for (let i = prefix.length - 1; i >= 0; i--) if (data[i] !== prefix[i]) return undefined;
  let i = prefix.length;
  for (; i < data.length; i++) {
    const byte = data[i]!;
    if (byte === 0x22) break;
    if (byte < 0x20) return undefined;
    if (byte !== 0x5c) continue;
    const length = escapeLength(data, i);
    if (length === 0) return undefined;
    i += length - 1;
  }
  const end = i;
  let braces = 0;
  for (i++; i < data.length; i++) {
    if (data[i] === 0x7d) braces++;
    else if (data[i] !== 0x20) return undefined;
  }
  return braces === 2 ? data.subarray(prefix.length, end) : undefined;
}
