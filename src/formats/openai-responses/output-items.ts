import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { FORMAT, OWN_THOUGHT, REASONING_FORMAT, UNKNOWN_FORMAT } from './read-content.ts';

/** One event of the stream, before it gets its number. */
export interface StreamEvent extends JsonObject {
  readonly type: string;
}

type Mutable = Record<string, Json>;

interface OpenItem {
  readonly index: number;
  readonly item: Mutable;
  /** Reasoning: the part whose piece came last. */
  lastPart?: number;
  /** Message: the open content part. Reasoning: the open summary or text. */
  open?: {
    readonly list: 'content' | 'summary';
    readonly index: number;
    readonly part: number;
    readonly value: Mutable;
  };
}

/**
 * Builds a response's output from events, item by item, and says each step as the API's own events do: an item opens, its
 * parts open and close, the item closes. At most one item is open, but for calls, which a provider may send side by side.
 */
export class OutputItems {
  readonly output: Mutable[] = [];
  readonly #id: string;
  #spoken: OpenItem | undefined;
  readonly #calls = new Map<number, OpenItem>();

  /** `id`: of the generation; item ids are made from it. */
  constructor(id: string) {
    this.#id = id;
  }

  add(event: GenerationEvent, events: StreamEvent[]): void {
    switch (event.type) {
      case 'text-delta':
        this.#text(event.text, events);
        return;
      case 'refusal-delta':
        this.#refusal(event.text, events);
        return;
      case 'reasoning-delta':
        this.#reasoning(event, events);
        return;
      case 'annotation':
        this.#annotation(event.annotation, events);
        return;
      case 'logprobs':
        this.#logprobs(event.content);
        return;
      case 'tool-call-start':
        this.#callStart(event.part, event.id, event.name, events);
        return;
      case 'tool-call-delta':
        this.#callDelta(event.part, event.argumentsJson, events);
        return;
      case 'media-delta':
        if (event.modality === 'image') this.#image(event.mediaType, event.base64, events);
        return;
      case 'native':
        if (event.format === FORMAT && isJsonObject(event.data)) this.#whole(event.data, event.data, events);
        return;
      case 'part-end':
        this.#partEnd(event.part, events);
    }
  }

  /** Goes on in a message that another part of the code has begun: its text so far is known. */
  resume(
    index: number,
    item: JsonObject,
    part: { readonly index: number; readonly value: JsonObject } | undefined,
  ): void {
    const opened: OpenItem = { index, item: { ...item } };
    if (part) {
      const value: Mutable = { ...part.value };
      opened.item.content = [value];
      opened.open = { list: 'content', index: part.index, part: -1, value };
    }
    this.output[index] = opened.item;
    this.#spoken = opened;
  }

  /** Everything still open is closed. */
  close(events: StreamEvent[]): void {
    this.#closeSpoken(events);
    for (const part of [...this.#calls.keys()]) this.#closeCall(part, events);
  }

  #text(text: string, events: StreamEvent[]): void {
    const open = this.#openPart('message', 'output_text', events);
    open.value.text = `${open.value.text}${text}`;
    events.push({ type: 'response.output_text.delta', ...this.#place(open), delta: text, logprobs: [] });
  }

  #refusal(text: string, events: StreamEvent[]): void {
    const open = this.#openPart('message', 'refusal', events);
    open.value.refusal = `${open.value.refusal}${text}`;
    events.push({ type: 'response.refusal.delta', ...this.#place(open), delta: text });
  }

  #annotation(annotation: JsonObject, events: StreamEvent[]): void {
    const open = this.#openPart('message', 'output_text', events);
    const flat = flattenAnnotation(annotation);
    const list = longer(open.value.annotations, [flat]);
    open.value.annotations = list;
    const place = { ...this.#place(open), annotation_index: list.length - 1 };
    events.push({ type: 'response.output_text.annotation.added', ...place, annotation: flat });
  }

  #logprobs(content: readonly JsonObject[]): void {
    const value = this.#spoken?.open?.value;
    if (value?.type === 'output_text') value.logprobs = longer(value.logprobs, content);
  }

  #reasoning(event: GenerationEvent & { readonly type: 'reasoning-delta' }, events: StreamEvent[]): void {
    const { part, kind = 'text', text, signature, id, format } = event;
    const last = this.#spoken?.item.type === 'reasoning' ? this.#spoken : undefined;
    const goesOn = last?.lastPart === part;
    // An item has room for one seal: what comes after it is another thought.
    if (last && !goesOn && (last.item.signature ?? last.item.encrypted_content) !== undefined)
      this.#closeSpoken(events);
    const spoken = this.#openItem('reasoning', events, id);
    spoken.lastPart = part;
    if (format !== REASONING_FORMAT) spoken.item.format = format ?? spoken.item.format ?? UNKNOWN_FORMAT;
    if (signature !== undefined) spoken.item.signature = signature;
    if (kind === 'encrypted' || kind === 'server_tool_call') {
      spoken.item.encrypted_content = goesOn ? `${spoken.item.encrypted_content ?? ''}${text}` : text;
      return;
    }
    if (text === '') return;
    const type = kind === 'summary' ? 'summary_text' : 'reasoning_text';
    if (spoken.open && (spoken.open.value.type !== type || spoken.open.part !== part)) this.#closePart(events);
    const open = this.#openPart('reasoning', type, events, part);
    open.value.text = `${open.value.text}${text}`;
    const name = kind === 'summary' ? 'response.reasoning_summary_text.delta' : 'response.reasoning_text.delta';
    events.push({ type: name, ...this.#place(open), delta: text });
  }

  #callStart(part: number, id: string, name: string, events: StreamEvent[]): void {
    this.#closeSpoken(events);
    const index = this.output.length;
    const item: Mutable = {
      type: 'function_call',
      id: `fc_${this.#id}_${index}`,
      call_id: id === '' ? `call_${this.#id}_${index}` : id,
      name,
      arguments: '',
      status: 'in_progress',
    };
    this.output.push(item);
    this.#calls.set(part, { index, item });
    events.push({ type: 'response.output_item.added', output_index: index, item: { ...item } });
  }

  #callDelta(part: number, argumentsJson: string, events: StreamEvent[]): void {
    const call = this.#calls.get(part);
    if (!call) return;
    call.item.arguments = `${call.item.arguments}${argumentsJson}`;
    const place = { item_id: call.item.id!, output_index: call.index };
    events.push({ type: 'response.function_call_arguments.delta', ...place, delta: argumentsJson });
  }

  #image(mediaType: string, base64: string, events: StreamEvent[]): void {
    const item = {
      type: 'image_generation_call',
      id: `ig_${this.#id}_${this.output.length}`,
      status: 'completed',
      output_format: mediaType.split('/')[1] ?? 'png',
      result: base64,
    };
    this.#whole(item, { ...item, status: 'in_progress', result: null }, events);
  }

  /** An item that comes all at once. */
  #whole(item: JsonObject, atFirst: JsonObject, events: StreamEvent[]): void {
    this.#closeSpoken(events);
    const place = { output_index: this.output.length };
    this.output.push({ ...item });
    events.push({ type: 'response.output_item.added', ...place, item: atFirst });
    events.push({ type: 'response.output_item.done', ...place, item });
  }

  /** Text goes on until something else comes; only calls close by their own end. */
  #partEnd(part: number, events: StreamEvent[]): void {
    if (this.#calls.has(part)) this.#closeCall(part, events);
  }

  #openItem(type: 'message' | 'reasoning', events: StreamEvent[], id?: string): OpenItem {
    const known = this.#spoken;
    const isSame = known?.item.type === type && (id === undefined || type === 'message' || known.item.id === id);
    if (known && isSame) return known;
    this.#closeSpoken(events);
    const index = this.output.length;
    const item: Mutable =
      type === 'message'
        ? { type, id: `msg_${this.#id}_${index}`, role: 'assistant', status: 'in_progress', content: [] }
        : { type, id: id ?? `${OWN_THOUGHT}${this.#id}_${index}`, summary: [] };
    this.output.push(item);
    this.#spoken = { index, item };
    events.push({ type: 'response.output_item.added', output_index: index, item: { ...item } });
    return this.#spoken;
  }

  #openPart(
    item: 'message' | 'reasoning',
    type: string,
    events: StreamEvent[],
    part = 0,
  ): NonNullable<OpenItem['open']> {
    const spoken =
      item === 'reasoning' && this.#spoken?.item.type === item ? this.#spoken : this.#openItem(item, events);
    if (spoken.open?.value.type === type) return spoken.open;
    this.#closePart(events);
    const list = type === 'summary_text' ? 'summary' : 'content';
    const values = (spoken.item[list] ?? []) as Json[];
    const value: Mutable = emptyPart(type);
    spoken.item[list] = [...values, value];
    spoken.open = { list, index: values.length, part, value };
    const added = list === 'summary' ? 'response.reasoning_summary_part.added' : 'response.content_part.added';
    events.push({ type: added, ...this.#place(spoken.open), part: { ...value } });
    return spoken.open;
  }

  #closePart(events: StreamEvent[]): void {
    const open = this.#spoken?.open;
    if (!open) return;
    const place = this.#place(open);
    const { type } = open.value;
    if (type === 'output_text') {
      events.push({
        type: 'response.output_text.done',
        ...place,
        text: open.value.text!,
        logprobs: open.value.logprobs ?? [],
      });
    } else if (type === 'refusal')
      events.push({ type: 'response.refusal.done', ...place, refusal: open.value.refusal! });
    else if (type === 'summary_text') {
      events.push({ type: 'response.reasoning_summary_text.done', ...place, text: open.value.text! });
    } else events.push({ type: 'response.reasoning_text.done', ...place, text: open.value.text! });
    const done = open.list === 'summary' ? 'response.reasoning_summary_part.done' : 'response.content_part.done';
    events.push({ type: done, ...place, part: { ...open.value } });
    delete this.#spoken!.open;
  }

  #closeSpoken(events: StreamEvent[]): void {
    const spoken = this.#spoken;
    if (!spoken) return;
    this.#closePart(events);
    if (spoken.item.type === 'message') spoken.item.status = 'completed';
    events.push({ type: 'response.output_item.done', output_index: spoken.index, item: { ...spoken.item } });
    this.#spoken = undefined;
  }

  #closeCall(part: number, events: StreamEvent[]): void {
    const call = this.#calls.get(part)!;
    // Arguments are JSON, even of a call without any.
    if (call.item.arguments === '') this.#callDelta(part, '{}', events);
    this.#calls.delete(part);
    call.item.status = 'completed';
    const place = { item_id: call.item.id!, output_index: call.index };
    const said = { arguments: call.item.arguments!, name: call.item.name! };
    events.push({ type: 'response.function_call_arguments.done', ...place, ...said });
    events.push({ type: 'response.output_item.done', output_index: call.index, item: { ...call.item } });
  }

  #place(open: NonNullable<OpenItem['open']>): JsonObject {
    const { item, index } = this.#spoken!;
    const name = open.list === 'summary' ? 'summary_index' : 'content_index';
    return { item_id: item.id!, output_index: index, [name]: open.index };
  }
}

function emptyPart(type: string): Mutable {
  if (type === 'output_text') return { type, text: '', annotations: [], logprobs: [] };
  return type === 'refusal' ? { type, refusal: '' } : { type, text: '' };
}

/** Not copied each time: answers have many. An empty list may have been told of already, and stays as it is. */
function longer(list: Json | undefined, added: readonly JsonObject[]): Json[] {
  const known = (list ?? []) as Json[];
  if (known.length === 0) return [...added];
  for (const one of added) known.push(one);
  return known;
}

/** OpenRouter nests what this API lays flat. */
function flattenAnnotation(annotation: JsonObject): JsonObject {
  const { type } = annotation;
  const inner = typeof type === 'string' ? annotation[type] : undefined;
  return isJsonObject(inner) ? { type: type!, ...inner } : annotation;
}
