import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { ByteEdits, joinBytes, withoutLineFeeds } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { FinishReason, GenerationEvent, RawFrame } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import { type Loss, lossOfNative, noteLoss } from '../../generation/loss.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { AnswerEncoder, AnswerIdentity, AnswerUsage } from '../format.ts';
import { OutputItems, type StreamEvent } from './output-items.ts';
import { RawItems } from './raw-items.ts';
import { FORMAT } from './read-content.ts';
import { endOf, responseError, responseFrame } from './response-object.ts';
import { responsesUsage } from './usage.ts';

const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(': TRUNKLINE PROCESSING\n\n');
const FRAME_END = encoder.encode('\n\n');

/** Encodes one answer as a response: its events for a stream, one object otherwise. */
export class ResponsesEncoder implements AnswerEncoder {
  readonly losses: Loss[] = [];
  readonly #identity: AnswerIdentity;
  readonly #frame: JsonObject;
  readonly #items: OutputItems;
  readonly #raw = new RawItems();
  #sequence = 0;
  #hasBegun = false;
  #finish: FinishReason | undefined;
  /** The provider's own last frame: sent at the end, with our usage in it. */
  #last: JsonDocument | undefined;
  #wasRaw = false;

  constructor(identity: AnswerIdentity, request?: GenerationRequest) {
    this.#identity = identity;
    this.#frame = responseFrame(identity, request);
    this.#items = new OutputItems(identity.id);
  }

  encodeEvents(events: readonly GenerationEvent[]): Uint8Array | undefined {
    const pieces: Uint8Array[] = [];
    for (const event of events) {
      if (event.type === 'finish') this.#finish = event.finishReason;
      if (!('raw' in event) || event.raw === undefined) this.#meaning(event, pieces);
      else if (event.raw !== 'earlier') this.#pass(event.raw, pieces);
    }
    return pieces.length === 0 ? undefined : joinBytes(pieces);
  }

  encodeEnd(usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    if (this.#last) return this.#spliceLast(this.#last, usage, extra);
    const pieces: Uint8Array[] = [];
    this.#begin(pieces);
    const closing: StreamEvent[] = [];
    this.#items.close(closing);
    for (const event of closing) pieces.push(this.#event(event));
    const end = endOf(this.#finish);
    const response = { ...this.#response(end, usage), ...extra };
    pieces.push(
      this.#event({ type: end.status === 'incomplete' ? 'response.incomplete' : 'response.completed', response }),
    );
    return joinBytes(pieces);
  }

  /** First as the API tells it of a response, then as SDKs throw it: nobody takes it for an end. */
  encodeStreamFailure(failure: Failure): Uint8Array {
    const pieces: Uint8Array[] = [];
    const error = responseError(failure);
    const kind = { error_type: failure.policy.errorType };
    this.#resume();
    if (this.#hasBegun) {
      // Calls that were under way left holes.
      const output = this.#items.output.filter(Boolean);
      const response = { ...this.#frame, status: 'failed', output, error, usage: null, completed_at: null, ...kind };
      pieces.push(this.#event({ type: 'response.failed', response }));
    }
    pieces.push(this.#event({ type: 'error', ...error, param: null, ...kind }));
    return joinBytes(pieces);
  }

  encodeKeepAlive(): Uint8Array {
    return KEEP_ALIVE;
  }

  encodeResult(events: readonly GenerationEvent[], usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    const raw = events.find((event) => event.type === 'raw-result');
    if (raw) return this.#spliceResult(raw.document, usage, extra);
    for (const event of events) {
      if (event.type === 'finish') this.#finish = event.finishReason;
      this.#items.add(event, []);
      this.#noteLoss(event);
    }
    this.#items.close([]);
    return encoder.encode(JSON.stringify({ ...this.#response(endOf(this.#finish), usage), ...extra }));
  }

  #meaning(event: GenerationEvent, pieces: Uint8Array[]): void {
    this.#resume();
    const told: StreamEvent[] = [];
    this.#items.add(event, told);
    this.#noteLoss(event);
    if (told.length > 0) this.#begin(pieces);
    for (const step of told) pieces.push(this.#event(step));
  }

  /** An answer that went through as frames goes on in the item that was open. */
  #resume(): void {
    if (!this.#wasRaw) return;
    this.#wasRaw = false;
    this.#hasBegun = true;
    this.#sequence = this.#raw.sequence + 1;
    this.#raw.resumeIn(this.#items);
  }

  #noteLoss(event: GenerationEvent): void {
    if (event.type === 'native' && event.format !== FORMAT)
      noteLoss(this.losses, lossOfNative('output', event.format, event.data));
    if (event.type !== 'media-delta' || event.modality !== 'audio') return;
    const reason = 'this API has no sound in its answers';
    noteLoss(this.losses, { field: 'output.audio', outcome: 'dropped', reason });
  }

  #begin(pieces: Uint8Array[]): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const response = { ...this.#frame, status: 'in_progress', output: [], usage: null };
    pieces.push(this.#event({ type: 'response.created', response }));
    pieces.push(this.#event({ type: 'response.in_progress', response }));
  }

  #event(event: StreamEvent): Uint8Array {
    const { type, ...rest } = event;
    const numbered = { type, sequence_number: this.#sequence++, ...rest };
    return encoder.encode(`event: ${type}\ndata: ${JSON.stringify(numbered)}\n\n`);
  }

  #pass(raw: RawFrame, pieces: Uint8Array[]): void {
    const document = raw.document!;
    this.#wasRaw = true;
    this.#raw.note(document, raw.event ?? '');
    if (raw.event === 'response.completed' || raw.event === 'response.incomplete') {
      this.#last = document.over(document.bytes.slice());
      return;
    }
    const response = document.member(0, 'response');
    const edits = response === undefined ? undefined : this.#identityEdits(document, response);
    const bytes = edits ? edits.apply(document.bytes) : document.bytes;
    pieces.push(joinBytes([encoder.encode(`event: ${raw.event ?? ''}\ndata: `), withoutLineFeeds(bytes), FRAME_END]));
  }

  #identityEdits(document: JsonDocument, response: number): ByteEdits {
    const edits = new ByteEdits();
    const { id, model, provider } = this.#identity;
    let missing = '';
    for (const [name, value] of Object.entries({ id, model, provider })) {
      const node = document.member(response, name);
      if (node === undefined) missing += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
      else edits.replace(document.start(node), document.end(node), JSON.stringify(value));
    }
    const close = document.end(response) - 1;
    if (missing !== '') edits.replace(close, close, missing);
    return edits;
  }

  #spliceLast(document: JsonDocument, usage: AnswerUsage, extra: JsonObject | undefined): Uint8Array {
    const response = document.member(0, 'response')!;
    const bytes = this.#withUsage(document, response, usage, extra);
    const type = document.member(0, 'type');
    const name = document.stringBytes(type) > 0 ? (document.value(type!) as string) : 'response.completed';
    return joinBytes([encoder.encode(`event: ${name}\ndata: `), withoutLineFeeds(bytes), FRAME_END]);
  }

  #spliceResult(document: JsonDocument, usage: AnswerUsage, extra: JsonObject | undefined): Uint8Array {
    return this.#withUsage(document, 0, usage, extra);
  }

  #withUsage(document: JsonDocument, response: number, usage: AnswerUsage, extra: JsonObject | undefined): Uint8Array {
    const own = { id: this.#identity.id, model: this.#identity.model, provider: this.#identity.provider };
    const fields: Record<string, Json> = { ...own, usage: responsesUsage(usage), ...extra };
    const edits = new ByteEdits();
    let missing = '';
    for (const [name, value] of Object.entries(fields)) {
      const node = document.member(response, name);
      if (node === undefined) missing += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
      else edits.replace(document.start(node), document.end(node), JSON.stringify(value));
    }
    const close = document.end(response) - 1;
    if (missing !== '') edits.replace(close, close, missing);
    return edits.apply(document.bytes);
  }

  #response(end: JsonObject, usage: AnswerUsage): JsonObject {
    const output = [...this.#items.output];
    const texts = output.flatMap((item) =>
      item.type === 'message' && Array.isArray(item.content) ? item.content : [],
    );
    const outputText = texts
      .map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : ''))
      .join('');
    return {
      ...this.#frame,
      ...end,
      completed_at: this.#identity.created,
      output,
      output_text: outputText,
      usage: responsesUsage(usage),
    };
  }
}
