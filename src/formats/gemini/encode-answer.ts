import { assert } from '../../base/assert.ts';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { ByteEdits, joinBytes, withoutLineFeeds } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import { type GenerationEvent, isContent, type RawFrame } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import type { Loss } from '../../generation/loss.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { AnswerEncoder, AnswerIdentity, AnswerUsage } from '../format.ts';
import { AnswerParts, mergeTexts } from './answer-parts.ts';
import { encodeGeminiFailure } from './encode-failure.ts';
import { geminiFinish, normaliseGeminiFinish } from './finish-reason.ts';
import { geminiUsage } from './usage.ts';

const encoder = new TextEncoder();

/** What stands around the chunks of a stream. */
interface Framing {
  readonly contentType: string;
  readonly first: Uint8Array;
  readonly between: Uint8Array;
  readonly after: Uint8Array;
  readonly end: Uint8Array;
}

const EVENTS: Framing = {
  contentType: 'text/event-stream; charset=utf-8',
  first: encoder.encode('data: '),
  between: encoder.encode('data: '),
  after: encoder.encode('\n\n'),
  end: new Uint8Array(0),
};
/** What the API sends to those who do not ask for events: one JSON array that grows. */
const ARRAY: Framing = {
  contentType: 'application/json; charset=utf-8',
  first: encoder.encode('['),
  between: encoder.encode(',\n'),
  after: new Uint8Array(0),
  end: encoder.encode(']\n'),
};
/** An empty line. Google's SDK for Python takes a comment for JSON and breaks. */
const KEEP_ALIVE = encoder.encode('\n\n');

/** Encodes one answer as Gemini does: chunks for a stream, one object otherwise. */
export class GeminiEncoder implements AnswerEncoder {
  readonly contentType: string;
  readonly #identity: AnswerIdentity;
  readonly #framing: Framing;
  readonly #parts: AnswerParts;
  /** Parts not sent yet, at an answer's end. */
  #rest: JsonObject[] = [];
  #hasBegun = false;
  #finish: { readonly finishReason: string; readonly finishMessage?: string } | undefined;
  /** Frames from the first with a reason to finish on: they go out when the end is known to be one. */
  #held: JsonDocument[] = [];

  constructor(identity: AnswerIdentity, request?: GenerationRequest) {
    this.#identity = identity;
    this.#framing = request?.origin.framing === 'json-array' ? ARRAY : EVENTS;
    this.contentType = this.#framing.contentType;
    this.#parts = new AnswerParts(request === undefined || asksForThoughts(request));
  }

  get losses(): readonly Loss[] {
    return this.#parts.losses;
  }

  encodeEvents(events: readonly GenerationEvent[]): Uint8Array | undefined {
    const pieces: Uint8Array[] = [];
    const parts: JsonObject[] = [];
    for (const event of events) {
      if (!('raw' in event) || event.raw === undefined) {
        // The answer goes on elsewhere: what looked like its end was none.
        if (this.#held.length > 0 && (isContent(event) || event.type === 'finish')) this.#release(pieces);
        this.#meaning(event, parts);
      } else if (event.raw !== 'earlier') this.#pass(event.raw, pieces);
    }
    if (this.#finish) this.#rest.push(...parts);
    else if (parts.length > 0) this.#chunk(pieces, encoder.encode(JSON.stringify(this.#answer(mergeTexts(parts), {}))));
    return pieces.length === 0 ? undefined : joinBytes(pieces);
  }

  encodeEnd(usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    const pieces: Uint8Array[] = [];
    const last = this.#held.pop();
    for (const document of this.#held) this.#chunk(pieces, this.#owned(document));
    if (last) this.#chunk(pieces, this.#owned(last, { usageMetadata: geminiUsage(usage), ...extra }));
    else this.#chunk(pieces, encoder.encode(JSON.stringify(this.#whole(this.#rest, usage, extra))));
    pieces.push(this.#framing.end);
    return joinBytes(pieces);
  }

  /** What was held back is content all the same; without its reason to finish on, nobody takes it for an end. */
  encodeStreamFailure(failure: Failure): Uint8Array {
    const pieces: Uint8Array[] = [];
    this.#release(pieces);
    this.#chunk(pieces, encoder.encode(JSON.stringify(encodeGeminiFailure(failure))));
    pieces.push(this.#framing.end);
    return joinBytes(pieces);
  }

  encodeKeepAlive(): Uint8Array {
    return KEEP_ALIVE;
  }

  encodeResult(events: readonly GenerationEvent[], usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    const raw = events.find((event) => event.type === 'raw-result');
    if (raw) return this.#owned(raw.document, { usageMetadata: geminiUsage(usage), ...extra });
    const parts: JsonObject[] = [];
    for (const event of events) this.#meaning(event, parts);
    return encoder.encode(JSON.stringify(this.#whole(parts, usage, extra)));
  }

  #meaning(event: GenerationEvent, parts: JsonObject[]): void {
    this.#parts.add(event, parts);
    if (event.type !== 'finish') return;
    const { malformedCall } = this.#parts;
    this.#finish =
      malformedCall === undefined
        ? { finishReason: geminiFinish(event.finishReason, event.nativeFinishReason) }
        : { finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: malformedCall };
  }

  /** A frame goes on as it came, until one says why it finishes: from there on they wait, unless content follows after all. */
  #pass({ document }: RawFrame, pieces: Uint8Array[]): void {
    assert(document, 'a frame of Gemini without its structure');
    if (this.#held.length > 0 && hasParts(document)) this.#release(pieces);
    const isHeld = this.#held.length > 0 || finishNodes(document).length > 0;
    if (isHeld) this.#held.push(document.over(document.bytes.slice()));
    else this.#chunk(pieces, this.#owned(document));
  }

  #release(pieces: Uint8Array[]): void {
    for (const document of this.#held) this.#chunk(pieces, this.#owned(document, {}, finishNodes(document)));
    this.#held = [];
  }

  #chunk(pieces: Uint8Array[], json: Uint8Array): void {
    const { first, between, after } = this.#framing;
    pieces.push(this.#hasBegun ? between : first, withoutLineFeeds(json), after);
    this.#hasBegun = true;
  }

  /** The provider's own bytes with our id and model, and other fields that are ours. */
  #owned(document: JsonDocument, fields: JsonObject = {}, nulled: readonly number[] = []): Uint8Array {
    const edits = new ByteEdits();
    const own: JsonObject = { ...fields, modelVersion: this.#identity.model, responseId: this.#identity.id };
    let missing = '';
    for (const [name, value] of Object.entries(own)) {
      const node = document.member(0, name);
      if (node !== undefined) edits.replace(document.start(node), document.end(node), JSON.stringify(value));
      else missing += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
    }
    for (const node of nulled) edits.replace(document.start(node), document.end(node), 'null');
    const close = document.end(0) - 1;
    const isEmpty = document.after(0) === 1;
    if (missing !== '') edits.replace(close, close, isEmpty ? missing.slice(1) : missing);
    return edits.apply(document.bytes);
  }

  #whole(parts: readonly JsonObject[], usage: AnswerUsage, extra: JsonObject | undefined): JsonObject {
    const said = mergeTexts(parts);
    const content = said.length > 0 ? said : [{ text: '' }];
    const candidate = { ...(this.#finish ?? { finishReason: 'OTHER' }), ...this.#parts.beside() };
    return { ...this.#answer(content, candidate), usageMetadata: geminiUsage(usage), ...extra };
  }

  #answer(parts: readonly JsonObject[], candidate: JsonObject): Record<string, Json> {
    return {
      candidates: [{ content: { parts, role: 'model' }, index: 0, ...candidate }],
      modelVersion: this.#identity.model,
      responseId: this.#identity.id,
    };
  }
}

/** Thoughts are shown to those who ask for them. */
function asksForThoughts(request: GenerationRequest): boolean {
  const reasoning = request.field('reasoning');
  return isJsonObject(reasoning) && reasoning.exclude !== true && reasoning.effort !== 'none';
}

function candidatesOf(document: JsonDocument): readonly number[] {
  const list = document.member(0, 'candidates');
  if (list === undefined || document.kind(list) !== 'array') return [];
  return [...document.children(list)].filter((node) => document.kind(node) === 'object');
}

function hasParts(document: JsonDocument): boolean {
  return candidatesOf(document).some((candidate) => {
    const content = document.member(candidate, 'content');
    const parts =
      content !== undefined && document.kind(content) === 'object' ? document.member(content, 'parts') : undefined;
    return parts !== undefined && document.kind(parts) === 'array' && document.after(parts) > parts + 1;
  });
}

/** Reasons that end an answer, where they stand. */
function finishNodes(document: JsonDocument): readonly number[] {
  return candidatesOf(document).flatMap((candidate) => {
    const reason = document.member(candidate, 'finishReason');
    if (reason === undefined || document.stringBytes(reason) === 0) return [];
    return normaliseGeminiFinish(document.value(reason) as string, false) === undefined ? [] : [reason];
  });
}
