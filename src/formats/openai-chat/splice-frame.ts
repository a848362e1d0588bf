import type { JsonObject } from '../../base/json.ts';
import { ByteEdits, joinBytes, withoutLineFeeds } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { FrameShape } from '../../generation/event.ts';
import type { AnswerIdentity } from '../format.ts';
import { normaliseFinishReason } from './finish-reason.ts';

const encoder = new TextEncoder();
const FRAME_START = encoder.encode('data: ');
const FRAME_END = encoder.encode('\n\n');
/** A frame without choices carries counts, which we send ourselves at the end; or more, such as what Azure's filters say. */
const OF_COUNTS: ReadonlySet<string> = new Set([
  ...['id', 'model', 'provider', 'object', 'created', 'choices', 'usage', 'x_groq'],
  ...['system_fingerprint', 'service_tier', 'obfuscation'],
]);

function hasMore(document: JsonDocument): boolean {
  return [...document.children(0)].some(
    (member) => document.kind(member) !== 'null' && !OF_COUNTS.has(document.key(member)),
  );
}

const DETAILS = ',"reasoning_details":[{"type":"reasoning.text","text":';
const DETAILS_START = `"${DETAILS}"`;
const DETAILS_END = '","format":"unknown","index":0}]';

const CHUNK = 'chat.completion.chunk';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

/**
 * Puts our id, model and provider on a provider's own frames and normalises the finish reason, leaving every other byte as it
 * came. Usage is taken out: it travels once, at the end, with its cost.
 */
export class FrameSplicer {
  readonly #id: string;
  readonly #model: string;
  readonly #provider: string;
  readonly #created: number;

  constructor(identity: AnswerIdentity) {
    this.#id = JSON.stringify(identity.id);
    this.#model = JSON.stringify(identity.model);
    this.#provider = JSON.stringify(identity.provider);
    this.#created = identity.created;
  }

  /** Undefined for a frame that held nothing but usage. */
  spliceFrame(document: JsonDocument): Uint8Array | undefined {
    const choices = document.member(0, 'choices');
    // What has no choices at all is no chunk, and clients of the format stumble over it.
    if (choices === undefined) return undefined;
    const isEmpty = document.after(choices) === choices + 1;
    if (isEmpty && !hasMore(document)) return undefined;
    const edits = new ByteEdits();
    for (const edit of this.#frameEdits(document, CHUNK)) edits.replace(edit.start, edit.end, edit.insert);
    return joinBytes([FRAME_START, withoutLineFeeds(edits.apply(document.bytes)), FRAME_END]);
  }

  /** The bytes around the changing string: two pieces, or three when the string appears twice. */
  spliceShape(shape: FrameShape): readonly Uint8Array[] {
    const { sample, prefix, suffix } = shape;
    const before = new ByteEdits();
    const after = new ByteEdits();
    const suffixStart = sample.bytes.length - suffix.length;
    let isTwice = false;
    for (const edit of this.#frameEdits(sample, CHUNK)) {
      if (edit.start < prefix.length) before.replace(edit.start, edit.end, edit.insert);
      else if (edit.insert.startsWith(DETAILS)) isTwice = true;
      else after.replace(edit.start - suffixStart, edit.end - suffixStart, edit.insert);
    }
    const start = joinBytes([FRAME_START, before.apply(prefix)]);
    const end = joinBytes([after.apply(suffix), FRAME_END]);
    if (!isTwice) return [start, end];
    // The suffix begins with the quote that closes the string: here it closes the details instead.
    return [start, encoder.encode(DETAILS_START), joinBytes([encoder.encode(DETAILS_END), end.subarray(1)])];
  }

  spliceResult(document: JsonDocument, own: JsonObject): Uint8Array {
    const edits = new ByteEdits();
    for (const edit of this.#frameEdits(document, 'chat.completion')) edits.replace(edit.start, edit.end, edit.insert);
    let tail = '';
    if (document.member(0, 'system_fingerprint') === undefined) tail += ',"system_fingerprint":null';
    for (const [name, value] of Object.entries(own)) {
      const node = document.member(0, name);
      // The provider's usage is being removed; ours goes to the end.
      if (node === undefined || name === 'usage') tail += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
      else edits.replace(document.start(node), document.end(node), JSON.stringify(value));
    }
    const close = document.end(0) - 1;
    edits.replace(close, close, tail);
    return edits.apply(document.bytes);
  }

  #frameEdits(document: JsonDocument, object: string): Edit[] {
    const edits: Edit[] = [];
    let head = '';
    const put = (name: string, value: string): void => {
      const node = document.member(0, name);
      if (node === undefined) head += `"${name}":${value},`;
      else edits.push({ start: document.start(node), end: document.end(node), insert: value });
    };
    put('id', this.#id);
    put('model', this.#model);
    put('provider', this.#provider);
    put('object', `"${object}"`);
    const created = document.member(0, 'created');
    if (created === undefined || document.kind(created) !== 'number') put('created', String(this.#created));
    const start = document.start(0) + 1;
    if (head !== '') edits.push({ start, end: start, insert: head });
    const usage = document.member(0, 'usage');
    const print = document.member(0, 'system_fingerprint');
    // A whole answer must have the member, null or not; a chunk must not have it as null.
    const isNoPrint = print !== undefined && document.kind(print) === 'null' && object === CHUNK;
    dropMembers(document, 0, (node) => node === usage || (isNoPrint && node === print), edits);
    const choices = document.member(0, 'choices');
    if (choices !== undefined) for (const choice of document.children(choices)) choiceEdits(document, choice, edits);
    return edits;
  }
}

function choiceEdits(document: JsonDocument, choice: number, edits: Edit[]): void {
  const finish = document.member(choice, 'finish_reason');
  const hasNative = document.member(choice, 'native_finish_reason') !== undefined;
  if (finish === undefined) {
    const end = document.end(choice) - 1;
    edits.push({ start: end, end, insert: ',"finish_reason":null' });
  } else if (document.stringBytes(finish) > 0) {
    const native = document.value(finish) as string;
    const words = `${JSON.stringify(normaliseFinishReason(native))}${hasNative ? '' : `,"native_finish_reason":${JSON.stringify(native)}`}`;
    edits.push({ start: document.start(finish), end: document.end(finish), insert: words });
  } else if (document.kind(finish) === 'string') {
    edits.push({ start: document.start(finish), end: document.end(finish), insert: 'null' });
  }
  for (const holder of ['delta', 'message']) {
    const content = document.member(choice, holder);
    if (content === undefined || document.kind(content) !== 'object') continue;
    dropEmpty(document, content, edits);
    reasoningEdits(document, content, edits);
  }
}

/** `reasoning_content` (DeepSeek, vLLM, SGLang) becomes `reasoning`, and both get the details that OpenRouter's clients read. */
function reasoningEdits(document: JsonDocument, holder: number, edits: Edit[]): void {
  const native = document.member(holder, 'reasoning_content');
  const own = document.member(holder, 'reasoning');
  const node = isHollow(document, own, native) ? native : (own ?? native);
  if (node === undefined) return;
  if (node === native)
    edits.push({ start: document.keyStart(node), end: document.keyEnd(node), insert: '"reasoning"' });
  const known = document.member(holder, 'reasoning_details');
  const hasDetails = known !== undefined && document.kind(known) !== 'null';
  if (document.stringBytes(node) === 0 || hasDetails) return;
  const text = document.bytes.subarray(document.start(node), document.end(node));
  const details = `${DETAILS}${new TextDecoder().decode(text)},"format":"unknown","index":0}]`;
  edits.push({ start: document.end(node), end: document.end(node), insert: details });
}

/** True when `reasoning` is there, empty, and the text stands beside it in `reasoning_content`. */
function isHollow(document: JsonDocument, own: number | undefined, native: number | undefined): boolean {
  return own !== undefined && document.stringBytes(own) === 0 && document.stringBytes(native) > 0;
}

/** Where strict clients take a null as it comes. Anywhere else in a message they refuse it, and it says nothing. */
const NULLABLE = new Set(['content', 'refusal', 'reasoning', 'reasoning_content']);

/** What servers that print every field they know say without meaning it: `"audio":null`, `"tool_calls":null`, `"role":""`. */
function dropEmpty(document: JsonDocument, holder: number, edits: Edit[]): void {
  const reasoning = document.member(holder, 'reasoning');
  const isDoubled = isHollow(document, reasoning, document.member(holder, 'reasoning_content'));
  const isEmpty = (node: number): boolean => {
    if (isDoubled && node === reasoning) return true;
    return document.kind(node) === 'null'
      ? !NULLABLE.has(document.key(node))
      : document.end(node) - document.start(node) === 2 && document.hasKey(node, 'role');
  };
  dropMembers(document, holder, isEmpty, edits);
  const calls = document.member(holder, 'tool_calls');
  if (calls === undefined || document.kind(calls) !== 'array') return;
  for (const call of document.children(calls)) {
    if (document.kind(call) !== 'object') continue;
    dropMembers(document, call, (node) => document.kind(node) === 'null', edits);
    const called = document.member(call, 'function');
    if (called !== undefined && document.kind(called) === 'object')
      dropMembers(document, called, (node) => document.kind(node) === 'null', edits);
  }
}

/** Takes members out with the commas that belonged to them, in ranges that never overlap. */
function dropMembers(
  document: JsonDocument,
  holder: number,
  isDropped: (node: number) => boolean,
  edits: Edit[],
): void {
  let keptEnd: number | undefined;
  let from: number | undefined;
  let to = 0;
  for (const member of document.children(holder)) {
    if (isDropped(member)) {
      from ??= document.keyStart(member);
      to = document.end(member);
      continue;
    }
    if (from !== undefined) edits.push({ start: from, end: document.keyStart(member), insert: '' });
    from = undefined;
    keptEnd = document.end(member);
  }
  // The last ones go with the comma before them.
  if (from !== undefined) edits.push({ start: keptEnd ?? from, end: to, insert: '' });
}
