import type { JsonObject } from '../../base/json.ts';
import { joinBytes, withoutLineFeeds } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { GenerationEvent, RawFrame } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import type { AnswerEncoder, AnswerIdentity, AnswerUsage } from '../format.ts';
import { AnswerBlocks, type BlockSink, FoldedBlocks } from './answer-blocks.ts';
import { messagesError } from './encode-failure.ts';
import { spliceMembers } from './splice-members.ts';
import { USAGE_AT_START, usageObject } from './usage.ts';

const encoder = new TextEncoder();
const END = encoder.encode('\n\n');
const PING = encoder.encode('event: ping\ndata: {"type":"ping"}\n\n');

/** What a message has beside its content, where there is nothing to say. */
const NOTHING: JsonObject = { container: null, stop_reason: null, stop_details: null, stop_sequence: null };

/** Encodes one answer as a message of Anthropic's: frames for a stream, one body otherwise. */
export class MessagesEncoder implements AnswerEncoder, BlockSink {
  readonly #identity: AnswerIdentity;
  readonly #blocks: AnswerBlocks;
  #pieces: Uint8Array[] = [];
  #hasStarted = false;
  /** The provider's last words, kept back: cost is known only at the very end. */
  #heldDelta: JsonDocument | undefined;
  #heldStop: JsonDocument | undefined;

  constructor(identity: AnswerIdentity) {
    this.#identity = identity;
    this.#blocks = new AnswerBlocks(this, identity.id);
  }

  get losses(): AnswerBlocks['losses'] {
    return this.#blocks.losses;
  }

  encodeEvents(events: readonly GenerationEvent[]): Uint8Array | undefined {
    this.#pieces = [];
    for (const event of events) {
      if (!('raw' in event) || event.raw === undefined) this.#blocks.add(event);
      else if (event.raw !== 'earlier') this.#frame(event.raw);
    }
    return this.#pieces.length === 0 ? undefined : joinBytes(this.#pieces);
  }

  encodeEnd(usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    this.#pieces = [];
    this.#blocks.end();
    this.#begin();
    const spent = usageObject(usage);
    if (this.#heldDelta) this.#send('message_delta', spliceDelta(this.#heldDelta, spent));
    else {
      const { stopReason, stopSequence } = this.#blocks;
      const delta = { ...NOTHING, stop_reason: stopReason, stop_sequence: stopSequence };
      this.#build('message_delta', { delta, usage: spent });
    }
    if (this.#heldStop) this.#send('message_stop', spliceMembers(this.#heldStop, { holder: 0, set: extra ?? {} }));
    else this.#build('message_stop', extra ?? {});
    return joinBytes(this.#pieces);
  }

  /** After it nothing comes: without `message_stop` an answer is not whole. */
  encodeStreamFailure(failure: Failure): Uint8Array {
    return frameOf('error', encoder.encode(JSON.stringify(messagesError(failure, this.#identity.id))));
  }

  encodeKeepAlive(): Uint8Array {
    return PING;
  }

  encodeResult(events: readonly GenerationEvent[], usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    const { id, model, provider } = this.#identity;
    const own = { id, model, provider, usage: usageObject(usage), ...extra };
    const raw = events.find((event) => event.type === 'raw-result');
    if (raw) return spliceMembers(raw.document, { holder: 0, set: own, fill: NOTHING });
    const folded = new FoldedBlocks();
    const blocks = new AnswerBlocks(folded, id);
    for (const event of events) blocks.add(event);
    blocks.end();
    this.#blocks.losses.push(...blocks.losses);
    const { stopReason, stopSequence } = blocks;
    const end = { ...NOTHING, stop_reason: stopReason, stop_sequence: stopSequence };
    const message = { type: 'message', role: 'assistant', content: folded.content, ...end, ...own };
    return encoder.encode(JSON.stringify(message));
  }

  start(index: number, block: JsonObject): void {
    this.#begin();
    this.#build('content_block_start', { index, content_block: block });
  }

  delta(index: number, delta: JsonObject): void {
    this.#build('content_block_delta', { index, delta });
  }

  stop(index: number): void {
    this.#build('content_block_stop', { index });
  }

  /** A frame of the provider's: on its way unread, but for those that hold what is ours. */
  #frame(raw: RawFrame): void {
    const { document, event = 'message' } = raw;
    if (!document) {
      this.#releaseDelta();
      this.#send(event, raw.bytes);
      return;
    }
    switch (event) {
      case 'message_start':
        this.#hasStarted = true;
        this.#send(event, this.#spliceStart(document));
        return;
      case 'content_block_start':
        this.#noteStart(document);
        break;
      case 'content_block_stop':
        this.#blocks.noteStop();
        break;
      case 'message_delta':
        this.#releaseDelta();
        this.#heldDelta = document.over(document.bytes.slice());
        return;
      case 'message_stop':
        this.#heldStop = document.over(document.bytes.slice());
        return;
    }
    if (event !== 'ping') this.#releaseDelta();
    this.#send(event, withoutLineFeeds(document.bytes));
  }

  /** There may be several; only the last one tells the cost. */
  #releaseDelta(): void {
    if (this.#heldDelta) this.#send('message_delta', withoutLineFeeds(this.#heldDelta.bytes));
    this.#heldDelta = undefined;
  }

  #spliceStart(document: JsonDocument): Uint8Array {
    const { id, model, provider } = this.#identity;
    const message = document.member(0, 'message')!;
    return spliceMembers(document, {
      holder: message,
      set: { id, model, provider },
      fill: { ...NOTHING, usage: USAGE_AT_START },
    });
  }

  #noteStart(document: JsonDocument): void {
    const index = Number(document.value(document.member(0, 'index')!));
    const type = document.member(document.member(0, 'content_block')!, 'type');
    this.#blocks.noteStart(index, type === undefined ? '' : String(document.value(type)));
  }

  /** An answer of another format has no frame for its beginning. */
  #begin(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    const { id, model, provider } = this.#identity;
    const head = { id, type: 'message', role: 'assistant', model, content: [], provider };
    this.#build('message_start', { message: { ...head, ...NOTHING, usage: USAGE_AT_START } });
  }

  #build(event: string, members: JsonObject): void {
    this.#send(event, encoder.encode(JSON.stringify({ type: event, ...members })));
  }

  #send(event: string, data: Uint8Array): void {
    this.#pieces.push(headOf(event), data, END);
  }
}

function spliceDelta(document: JsonDocument, usage: JsonObject): Uint8Array {
  const delta = document.member(0, 'delta');
  const isObject = delta !== undefined && document.kind(delta) === 'object';
  return spliceMembers(
    document,
    { holder: 0, set: { usage } },
    ...(isObject ? [{ holder: delta, fill: NOTHING }] : []),
  );
}

const HEADS = new Map<string, Uint8Array>();
for (const event of ['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'ping']) {
  HEADS.set(event, makeHead(event));
}

function headOf(event: string): Uint8Array {
  return HEADS.get(event) ?? makeHead(event);
}

function makeHead(event: string): Uint8Array {
  return encoder.encode(`event: ${event}\ndata: `);
}

function frameOf(event: string, data: Uint8Array): Uint8Array {
  return joinBytes([headOf(event), data, END]);
}
