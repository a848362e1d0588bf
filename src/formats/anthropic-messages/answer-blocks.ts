import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { type Loss, lossOfNative, noteLoss } from '../../generation/loss.ts';
import type { ReasoningPiece } from '../../generation/reasoning.ts';
import { JsonBalance } from './json-balance.ts';
import { FORMAT } from './read-blocks.ts';
import { encodeThinking, isReadableKind, signatureOf } from './seal-reasoning.ts';
import { type Ending, stopReasonOf } from './stop-reason.ts';

/** Where blocks go: frames of a stream, or the content of a plain answer. */
export interface BlockSink {
  start(index: number, block: JsonObject): void;
  delta(index: number, delta: JsonObject): void;
  stop(index: number): void;
}

type Event<T extends GenerationEvent['type']> = GenerationEvent & { readonly type: T };

interface OpenBlock {
  readonly index: number;
  readonly kind: 'text' | 'thinking' | 'tool_use';
  /** Undefined for a block that frames of the provider opened: the next part of its kind goes on in it. */
  part: number | undefined;
  /** Of a call that is being built, to tell when it is whole. */
  readonly input?: JsonBalance;
  piece?: ReasoningPiece;
}

/**
 * Events as blocks, one after the other: here a block ends before the next begins, while other formats let the calls of tools
 * run side by side. What comes for another part while a call is not whole waits.
 */
export class AnswerBlocks {
  readonly losses: Loss[] = [];
  readonly #sink: BlockSink;
  readonly #callPrefix: string;
  #open: OpenBlock | undefined;
  #next = 0;
  /** By part, in the order in which they began. */
  readonly #waiting = new Map<number, GenerationEvent[]>();
  #hasCalls = false;
  #hasRefused = false;
  #ending: Ending | undefined;

  constructor(sink: BlockSink, answerId: string) {
    this.#sink = sink;
    this.#callPrefix = `toolu_${answerId.replace(/[^a-zA-Z0-9]/g, '')}`;
  }

  add(event: GenerationEvent): void {
    const part = 'part' in event ? event.part : undefined;
    if (part !== undefined && this.#mustWait && part !== this.#open?.part) {
      const waiting = this.#waiting.get(part);
      if (waiting) waiting.push(event);
      else this.#waiting.set(part, [event]);
      return;
    }
    this.#add(event);
    while (this.#waiting.size > 0 && !this.#mustWait) this.#addWaiting();
  }

  /** Ends what is open. What waited for a call that never became whole comes after it. */
  end(): void {
    this.#close();
    while (this.#waiting.size > 0) {
      this.#addWaiting();
      this.#close();
    }
  }

  get #mustWait(): boolean {
    return this.#open?.input !== undefined && !this.#open.input.isWhole;
  }

  #addWaiting(): void {
    const [[part, events] = [0, []]] = this.#waiting;
    this.#waiting.delete(part);
    for (const event of events) this.#add(event);
  }

  /** A block that the provider's own frame opened or closed. */
  noteStart(index: number, kind: string): void {
    this.#next = Math.max(this.#next, index + 1);
    const isKnown = kind === 'text' || kind === 'thinking' || kind === 'tool_use';
    this.#open = isKnown ? { index, kind, part: undefined } : undefined;
    if (kind === 'tool_use') this.#hasCalls = true;
  }

  noteStop(): void {
    this.#open = undefined;
  }

  get stopReason(): string {
    return stopReasonOf(this.#ending, { hasCalls: this.#hasCalls, hasRefused: this.#hasRefused });
  }

  get stopSequence(): string | null {
    return this.stopReason === 'stop_sequence' ? (this.#ending?.stopSequence ?? null) : null;
  }

  #add(event: GenerationEvent): void {
    switch (event.type) {
      case 'refusal-delta':
        this.#hasRefused = true;
        this.#text(event.part, event.text);
        return;
      case 'text-delta':
        this.#text(event.part, event.text);
        return;
      case 'reasoning-delta':
        this.#thinking(event);
        return;
      case 'tool-call-start':
        this.#callStart(event);
        return;
      case 'tool-call-delta':
        this.#callDelta(event);
        return;
      case 'part-end':
        if (this.#open?.part === event.part) this.#close();
        return;
      case 'annotation':
        this.#annotation(event);
        return;
      case 'native':
        this.#native(event);
        return;
      case 'media-delta':
        this.#lose(`content.${this.#next}`, `an answer cannot hold ${event.modality}`);
        return;
      case 'logprobs':
        this.#lose('logprobs', 'an answer has no word for them');
        return;
      case 'finish':
        this.#ending ??= event;
    }
  }

  #text(part: number, text: string): void {
    if (text === '') return;
    const open = this.#goOn('text', part) ?? this.#begin('text', part, { type: 'text', text: '', citations: null });
    this.#sink.delta(open.index, { type: 'text_delta', text });
  }

  #thinking(event: Event<'reasoning-delta'>): void {
    const { part, kind = 'text', text, signature, id, format } = event;
    let open = this.#goOn('thinking', part);
    if (open && open.piece === undefined) open.piece = { kind, text: '' };
    if (!open) {
      // What only the model reads has no deltas: it comes whole, at its end.
      const start = isReadableKind(kind) ? { type: 'thinking', thinking: '', signature: '' } : undefined;
      open = this.#begin('thinking', part, start);
      open.piece = { kind, text: '' };
    }
    const before = open.piece!;
    open.piece = {
      kind: before.kind,
      text: before.text + text,
      ...merged('signature', signature, before),
      ...merged('id', id, before),
      ...merged('format', format, before),
    };
    if (text !== '' && isReadableKind(before.kind)) {
      this.#sink.delta(open.index, { type: 'thinking_delta', thinking: text });
    }
  }

  #callStart({ part, id, name }: Event<'tool-call-start'>): void {
    this.#hasCalls = true;
    const own = id === '' ? `${this.#callPrefix}${this.#next}` : id;
    this.#begin('tool_use', part, { type: 'tool_use', id: own, name, input: {}, caller: { type: 'direct' } });
  }

  #callDelta({ part, argumentsJson }: Event<'tool-call-delta'>): void {
    const open = this.#goOn('tool_use', part);
    if (!open || argumentsJson === '') return;
    open.input?.add(argumentsJson);
    this.#sink.delta(open.index, { type: 'input_json_delta', partial_json: argumentsJson });
  }

  #annotation({ annotation }: Event<'annotation'>): void {
    const cited = isJsonObject(annotation.url_citation) ? annotation.url_citation : undefined;
    if (this.#open?.kind !== 'text' || typeof cited?.url !== 'string') {
      this.#lose('annotations', 'only addresses are cited here, and only inside their text');
      return;
    }
    const citation = {
      type: 'web_search_result_location',
      cited_text: typeof cited.content === 'string' ? cited.content : '',
      encrypted_index: '',
      title: typeof cited.title === 'string' ? cited.title : null,
      url: cited.url,
    };
    this.#sink.delta(this.#open.index, { type: 'citations_delta', citation });
  }

  /** A block of this very format that came by way of its meaning, such as the result of a server's tool. */
  #native({ format, data }: Event<'native'>): void {
    const isOwn = format === FORMAT && isJsonObject(data);
    if (isOwn && data.type === 'citations_delta' && this.#open?.kind === 'text') {
      this.#sink.delta(this.#open.index, data);
    } else if (isOwn && typeof data.type === 'string' && data.type !== 'citations_delta') {
      this.#close();
      const index = this.#next++;
      this.#sink.start(index, data);
      this.#sink.stop(index);
    } else noteLoss(this.losses, lossOfNative(`content.${this.#next}`, format, data));
  }

  #goOn(kind: OpenBlock['kind'], part: number): OpenBlock | undefined {
    const open = this.#open;
    if (open?.kind !== kind || (open.part !== undefined && open.part !== part)) return undefined;
    open.part = part;
    return open;
  }

  #begin(kind: OpenBlock['kind'], part: number, block: JsonObject | undefined): OpenBlock {
    this.#close();
    const input = kind === 'tool_use' ? { input: new JsonBalance() } : {};
    this.#open = { index: this.#next++, kind, part, ...input };
    if (block) this.#sink.start(this.#open.index, block);
    return this.#open;
  }

  #close(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    if (open.piece) this.#seal(open.index, open.piece);
    this.#sink.stop(open.index);
  }

  #seal(index: number, piece: ReasoningPiece): void {
    if (!isReadableKind(piece.kind)) {
      this.#sink.start(index, encodeThinking(piece));
      return;
    }
    const signature = signatureOf(piece);
    if (signature !== '') this.#sink.delta(index, { type: 'signature_delta', signature });
  }

  #lose(field: string, reason: string): void {
    noteLoss(this.losses, { field, outcome: 'dropped', reason });
  }
}

function merged(name: 'signature' | 'id' | 'format', value: string | undefined, before: ReasoningPiece): JsonObject {
  const known = value ?? before[name];
  return known === undefined ? {} : { [name]: known };
}

/** The content of a plain answer. */
export class FoldedBlocks implements BlockSink {
  readonly content: JsonObject[] = [];
  #json = '';

  start(index: number, block: JsonObject): void {
    this.content[index] = block;
    this.#json = '';
  }

  delta(index: number, delta: JsonObject): void {
    const block = this.content[index]!;
    const put = (name: string, value: Json): void => {
      this.content[index] = { ...this.content[index]!, [name]: value };
    };
    if (delta.type === 'text_delta') put('text', `${block.text}${delta.text}`);
    else if (delta.type === 'thinking_delta') put('thinking', `${block.thinking}${delta.thinking}`);
    else if (delta.type === 'signature_delta') put('signature', delta.signature!);
    else if (delta.type === 'input_json_delta') this.#json += String(delta.partial_json);
    else if (delta.type === 'citations_delta') {
      const before = Array.isArray(block.citations) ? (block.citations as readonly Json[]) : [];
      put('citations', [...before, delta.citation!]);
    }
  }

  stop(index: number): void {
    if (this.#json !== '') this.content[index] = { ...this.content[index]!, input: inputOf(this.#json) };
    this.#json = '';
  }
}

/** What a model wrote as arguments; a client of this format expects an object. */
function inputOf(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : { raw_arguments: json };
  } catch {
    return { raw_arguments: json };
  }
}
