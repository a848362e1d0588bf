import type { JsonObject } from '../../base/json.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import { redact } from '../../base/redact.ts';
import { SseReader, type SseSink } from '../../base/sse.ts';
import { type GenerationEvent, isContent, type RawContent } from '../../generation/event.ts';
import { Failure } from '../../generation/failure.ts';
import type { AnswerDecoder, DecodeOptions } from '../format.ts';
import {
  cutOff,
  endedBadly,
  garbled,
  isDone,
  pushFrames,
  scanSent,
  upstreamIdentity,
} from '../openai-chat/read-frames.ts';
import { GeminiMeaning } from './answer-meaning.ts';
import { failureOfFeedback, failureOfGoogleError } from './decode-failure.ts';
import { readGeminiUsage } from './usage.ts';

/** A frame may hold a whole picture. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;
/** candidates.0.content.parts.0.text is six levels down. */
const FRAME_LIMITS = { depthMax: 96, notedDepth: 6, twins: 'allow' } as const;

/**
 * Decodes a stream of Gemini. It has no end marker: a stream is whole when each of its candidates has said why it finished, and
 * the transfer then came to its own end. Either alone is a cut: chunks may follow a reason, and a front may close in good order
 * what broke behind it.
 */
export class GeminiDecoder implements AnswerDecoder, SseSink {
  readonly #reader = new SseReader(this, FRAME_BYTES_MAX);
  readonly #chunks: ChunkReader;
  #events: GenerationEvent[] = [];

  constructor(options: DecodeOptions) {
    this.#chunks = new ChunkReader(options.passThrough);
  }

  push(bytes: Uint8Array): readonly GenerationEvent[] {
    this.#events = [];
    pushFrames(this.#reader, bytes);
    return this.#events;
  }

  end(): readonly GenerationEvent[] {
    if (!this.#reader.isInsideFrame && this.#chunks.hasFinished) return [{ type: 'generation-end' }];
    throw cutOff('The provider ended the stream before it said why');
  }

  comment(): void {
    this.#events.push({ type: 'keep-alive' });
  }

  frame(data: Uint8Array): void {
    if (isDone(data)) return;
    const first = this.#events.length;
    const document = scanSent(data, FRAME_LIMITS);
    if (document.kind(0) !== 'object') throw failureOfList(document);
    this.#chunks.read(document, this.#events);
    if (this.#chunks.passThrough) carry({ bytes: data, document }, this.#events, first);
  }
}

/** Reads one chunk after the other, and knows whether the answer has come to its end. */
class ChunkReader {
  readonly passThrough: boolean;
  readonly #meaning = new GeminiMeaning();
  readonly #open = new Set<number>();
  readonly #closed = new Set<number>();
  #hasStarted = false;
  #hasFinish = false;
  #hasContent = false;
  #hasCalled = false;

  constructor(passThrough: boolean) {
    this.passThrough = passThrough;
  }

  get hasFinished(): boolean {
    return this.#hasFinish && this.#open.size === 0;
  }

  read(document: JsonDocument, events: GenerationEvent[]): void {
    const error = document.member(0, 'error');
    if (error !== undefined && document.kind(error) !== 'null') throw failureOfGoogleError(jsonOf(document, error));
    refuseBlocked(document);
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      events.push({ type: 'generation-start', ...upstreamIdentity(document, 0, ['responseId', 'modelVersion']) });
    }
    const before = events.length;
    if (this.passThrough) this.#pass(document, events);
    else this.#meaning.chunk(document.value(0) as JsonObject, events);
    this.#hasContent ||= events.slice(before).some(isContent);
    this.#finish(document, events);
    if (this.#hasFinish) addUsage(document, events);
  }

  #finish(document: JsonDocument, events: GenerationEvent[]): void {
    for (const candidate of candidatesOf(document)) {
      const index = indexOf(document, candidate);
      const reason = textAt(document, document.member(candidate, 'finishReason'));
      const finishReason = reason === '' ? undefined : this.#meaning.finishReason(reason);
      if (finishReason === undefined) {
        if (!this.#closed.has(index)) this.#open.add(index);
        continue;
      }
      this.#open.delete(index);
      this.#closed.add(index);
      if (index > 0 || this.#hasFinish) continue;
      if (finishReason === 'content_filter' && !this.#hasContent) throw withheld(document, candidate, reason);
      if (finishReason === 'error' && !this.passThrough) throw broken(document, candidate, reason);
      this.#hasFinish = true;
      const isCall = finishReason === 'stop' && this.#hasCalled;
      events.push({ type: 'finish', finishReason: isCall ? 'tool_calls' : finishReason, nativeFinishReason: reason });
    }
  }

  /** The parts of all candidates as content that nobody needs to understand. */
  #pass(document: JsonDocument, events: GenerationEvent[]): void {
    for (const candidate of candidatesOf(document)) {
      const isFirst = indexOf(document, candidate) === 0;
      for (const part of partsOf(document, candidate)) {
        const text = document.member(part, 'text');
        const kind = isFirst ? kindOf(document, part, text) : 'other';
        this.#hasCalled ||= kind === 'tool-call';
        const contentBytes =
          text === undefined ? document.end(part) - document.start(part) : document.stringBytes(text);
        if (contentBytes === 0) continue;
        const json = text !== undefined && kind !== 'other' ? { json: inside(document, text) } : {};
        events.push({ type: 'raw-content', raw: 'earlier', contentBytes, content: { kind, ...json } });
      }
    }
  }
}

/** Decodes a plain answer, or a stream that was given as one list, into the events of its meaning. */
export function decodeGeminiResult(body: Uint8Array, options: DecodeOptions): readonly GenerationEvent[] {
  const document = scanSent(body, FRAME_LIMITS);
  const isList = document.kind(0) === 'array';
  const reader = new ChunkReader(options.passThrough && !isList);
  const events: GenerationEvent[] = [];
  const chunks = isList ? [...document.children(0)].map((node) => spanOf(document, node)) : [document];
  for (const chunk of chunks) {
    if (chunk.kind(0) !== 'object') throw garbled('The provider sent a list of something else than chunks');
    reader.read(chunk, events);
  }
  if (!reader.hasFinished) throw noAnswer(chunks);
  if (reader.passThrough) events.push({ type: 'raw-result', body, document });
  events.push({ type: 'generation-end' });
  return events;
}

function spanOf(document: JsonDocument, node: number): JsonDocument {
  return scanSent(document.bytes.subarray(document.start(node), document.end(node)), FRAME_LIMITS);
}

function noAnswer(chunks: readonly JsonDocument[]): Failure {
  const hasCandidates = chunks.some((chunk) => candidatesOf(chunk).length > 0);
  return hasCandidates
    ? cutOff('The provider sent an answer that has not ended')
    : garbled('The provider sent no candidate');
}

/** The frame travels once, with the first event that it caused; a frame without meaning is a sign of life. */
function carry(raw: { bytes: Uint8Array; document: JsonDocument }, events: GenerationEvent[], first: number): void {
  const at = events[first]?.type === 'generation-start' ? first + 1 : first;
  if (events[at] === undefined) events.push({ type: 'keep-alive', raw });
  else events[at] = { ...events[at], raw } as GenerationEvent;
  for (let i = at + 1; i < events.length; i++) events[i] = { ...events[i], raw: 'earlier' } as GenerationEvent;
}

function addUsage(document: JsonDocument, events: GenerationEvent[]): void {
  const node = document.member(0, 'usageMetadata');
  if (node === undefined || document.kind(node) !== 'object') return;
  const reported = document.value(node) as JsonObject;
  const usage = readGeminiUsage(reported);
  if (usage) events.push({ type: 'usage', usage, reported });
}

function refuseBlocked(document: JsonDocument): void {
  const feedback = document.member(0, 'promptFeedback');
  if (feedback === undefined || document.kind(feedback) !== 'object') return;
  const reason = textAt(document, document.member(feedback, 'blockReason'));
  if (reason !== '' && reason !== 'BLOCKED_REASON_UNSPECIFIED') {
    throw failureOfFeedback(document.value(feedback) as JsonObject);
  }
}

/** Only callers of this format have a word for an end that is an error. */
function broken(document: JsonDocument, candidate: number, reason: string): Failure {
  const said = textAt(document, document.member(candidate, 'finishMessage'));
  return endedBadly(redact(reason, 100), redact(said));
}

/** Nothing was said but why nothing was said. */
function withheld(document: JsonDocument, candidate: number, reason: string): Failure {
  const said = textAt(document, document.member(candidate, 'finishMessage'));
  return new Failure('provider-moderated', {
    message: 'The provider withheld the answer',
    providerCode: redact(reason, 100),
    providerMessage: redact(said === '' ? `The answer was withheld: ${reason}` : said),
  });
}

function kindOf(document: JsonDocument, part: number, text: number | undefined): RawContent['kind'] {
  if (document.member(part, 'functionCall') !== undefined) return 'tool-call';
  if (text === undefined || document.kind(text) !== 'string') return 'other';
  const thought = document.member(part, 'thought');
  return thought !== undefined && document.kind(thought) === 'true' ? 'reasoning' : 'text';
}

function inside(document: JsonDocument, text: number): Uint8Array {
  return document.bytes.subarray(document.start(text) + 1, document.end(text) - 1);
}

function candidatesOf(document: JsonDocument): readonly number[] {
  return objectsIn(document, document.member(0, 'candidates'));
}

function partsOf(document: JsonDocument, candidate: number): readonly number[] {
  const content = document.member(candidate, 'content');
  if (content === undefined || document.kind(content) !== 'object') return [];
  return objectsIn(document, document.member(content, 'parts'));
}

function objectsIn(document: JsonDocument, list: number | undefined): readonly number[] {
  if (list === undefined || document.kind(list) !== 'array') return [];
  return [...document.children(list)].filter((node) => document.kind(node) === 'object');
}

function indexOf(document: JsonDocument, candidate: number): number {
  const node = document.member(candidate, 'index');
  const index = node !== undefined && document.kind(node) === 'number' ? Number(document.value(node)) : 0;
  return Number.isInteger(index) && index > 0 && index < 1_000 ? index : 0;
}

function textAt(document: JsonDocument, node: number | undefined): string {
  return node !== undefined && document.stringBytes(node) > 0 ? (document.value(node) as string) : '';
}

function jsonOf(document: JsonDocument, node: number): JsonObject {
  return document.value(node) as JsonObject;
}

/** An error may come as a list of one, even inside a stream. */
function failureOfList(document: JsonDocument): Failure {
  const first = document.kind(0) === 'array' ? [...document.children(0)][0] : undefined;
  const error = first !== undefined && document.kind(first) === 'object' ? document.member(first, 'error') : undefined;
  if (error === undefined) return garbled('The provider sent JSON that is no object');
  return failureOfGoogleError(jsonOf(document, error));
}
