import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import type { CacheMark, Extra, Part } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { argumentsObject } from '../openai-chat/call-arguments.ts';
import { FORMAT, WRAPPERS } from './read-blocks.ts';
import { CLAUDE, encodeThinking } from './seal-reasoning.ts';

export interface BuildContext {
  readonly target: RequestTarget;
  readonly losses: Loss[];
  readonly ids: CallIds;
}

type MediaPart = Part & { readonly type: 'media' };

/** The parts of one message as blocks. What has no block is listed. */
export function buildBlocks(parts: readonly Part[], path: string, context: BuildContext): readonly JsonObject[] {
  const blocks: JsonObject[] = [];
  for (let place = 0; place < parts.length; ) {
    const wrapped = wrapperOf(parts[place]!);
    if (!wrapped) {
      const block = buildBlock(parts[place]!, `${path}.${place}`, context);
      if (block) blocks.push(block);
      place++;
      continue;
    }
    const group: Part[] = [];
    while (place < parts.length && isSameWrapper(wrapperOf(parts[place]!), wrapped)) group.push(parts[place++]!);
    blocks.push(rewrap(wrapped, group, context));
  }
  return blocks;
}

function buildBlock(part: Part, path: string, context: BuildContext): JsonObject | undefined {
  const lose = (reason: string, outcome: Loss['outcome'] = 'dropped'): undefined => {
    context.losses.push({ field: path, outcome, reason });
    return undefined;
  };
  switch (part.type) {
    case 'text':
      // An empty block is refused, and says nothing.
      return part.text.trim() === '' ? undefined : { type: 'text', text: part.text, ...traitsOf(part) };
    case 'refusal':
      lose('a refusal is plain text here', 'approximated');
      return part.text.trim() === '' ? undefined : { type: 'text', text: part.text, ...traitsOf(part) };
    case 'reasoning': {
      const isOwn = part.format === CLAUDE && (part.signature !== undefined || part.kind === 'encrypted');
      if (!isOwn) return lose('only thinking with a signature of its own is taken back');
      return encodeThinking({ ...part, kind: part.kind ?? 'text' });
    }
    case 'tool-call':
      return buildUse(part, path, context);
    case 'tool-result':
      return buildResult(part, path, context);
    case 'media':
      return buildMedia(part, path, context);
    case 'native':
      return part.format === FORMAT && isJsonObject(part.data) ? part.data : undefined;
  }
}

function buildUse(part: Part & { type: 'tool-call' }, path: string, { ids, losses }: BuildContext): JsonObject {
  const input = argumentsObject(part.argumentsJson);
  if (input === undefined) {
    losses.push({ field: `${path}.arguments`, outcome: 'approximated', reason: 'what is no JSON object is wrapped' });
  }
  return {
    type: 'tool_use',
    id: ids.idOf(part.id, path),
    name: part.name,
    input: input ?? { raw_arguments: part.argumentsJson },
    ...traitsOf(part),
  };
}

function buildResult(part: Part & { type: 'tool-result' }, path: string, context: BuildContext): JsonObject {
  const content = buildBlocks(part.content, `${path}.content`, context);
  return {
    type: 'tool_result',
    tool_use_id: context.ids.idOf(part.callId, path),
    ...(content.length > 0 && { content }),
    ...(part.isError && { is_error: true }),
    ...traitsOf(part),
  };
}

/** First characters of base64 → what such a picture is, for callers who do not say. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['iVBOR', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lG', 'image/gif'],
  ['UklG', 'image/webp'],
  ['JVBER', 'application/pdf'],
];

function buildMedia(part: MediaPart, path: string, context: BuildContext): JsonObject | undefined {
  const lose = (field: string, reason: string): void => void context.losses.push({ field, outcome: 'dropped', reason });
  if (part.modality !== 'image' && part.modality !== 'file') {
    lose(path, `there is no block for ${part.modality}`);
    return undefined;
  }
  const source = sourceOf(part, context.target.media);
  if (part.modality === 'image') {
    if (part.detail !== undefined) lose(`${path}.detail`, 'pictures are read at one size');
    if (part.name !== undefined) lose(`${path}.name`, 'a picture has no name');
    return { type: 'image', source, ...traitsOf(part) };
  }
  const type = source.type === 'base64' ? String(source.media_type) : 'application/pdf';
  const title = part.name === undefined ? {} : { title: part.name };
  if (type === 'application/pdf') return { type: 'document', source, ...title, ...traitsOf(part) };
  if (!type.startsWith('text/')) {
    lose(path, `a file of the type ${type.slice(0, 100)} has no block`);
    return undefined;
  }
  const data = Buffer.from(String(source.data), 'base64').toString();
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data }, ...title, ...traitsOf(part) };
}

function sourceOf(part: MediaPart, media: RequestTarget['media']): JsonObject {
  if ('file' in part.source) return { type: 'file', file_id: part.source.file };
  const fetched = 'url' in part.source ? media?.get(part.source.url) : undefined;
  if (fetched) return { type: 'base64', media_type: fetched.mediaType, data: fetched.base64 };
  if ('url' in part.source) return { type: 'url', url: part.source.url };
  const data = part.source.base64;
  const seen = BEGINNINGS.find(([beginning]) => data.startsWith(beginning))?.[1];
  const assumed = seen ?? (part.modality === 'image' ? 'image/png' : 'application/pdf');
  return { type: 'base64', media_type: part.mediaType ?? assumed, data };
}

interface Wrapper {
  readonly type: string;
  readonly index: number;
  readonly shape: string;
  readonly block: JsonObject;
}

function wrapperOf(part: Part): Wrapper | undefined {
  if (part.type === 'native' || part.extra?.format !== FORMAT) return undefined;
  for (const type of WRAPPERS) {
    const within = part.extra.fields[type];
    if (!isJsonObject(within) || !isJsonObject(within.block)) continue;
    return { type, index: Number(within.index), shape: String(within.shape), block: within.block };
  }
  return undefined;
}

function isSameWrapper(one: Wrapper | undefined, other: Wrapper): boolean {
  return one?.index === other.index && one.type === other.type;
}

function rewrap({ type, shape, block }: Wrapper, parts: readonly Part[], context: BuildContext): JsonObject {
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const cache = shape === 'blocks' ? {} : cacheControl(parts[0]!.type === 'native' ? undefined : parts[0]!.cache);
  if (shape === 'text') return { ...block, ...cache, source: { type: 'text', media_type: 'text/plain', data: text } };
  if (shape === 'string') return { ...block, ...cache, source: { type: 'content', content: text } };
  const content = buildBlocks(parts.map(bare), '', context);
  return type === 'search_result' ? { ...block, content } : { ...block, source: { type: 'content', content } };
}

/** The part without its wrapper. */
function bare(part: Part): Part {
  if (part.type === 'native' || !part.extra) return part;
  const rest = Object.entries(part.extra.fields).filter(([name]) => !WRAPPERS.some((type) => type === name));
  const { extra: _, ...plain } = part;
  return rest.length === 0 ? plain : { ...plain, extra: { format: FORMAT, fields: Object.fromEntries(rest) } };
}

function traitsOf(part: { readonly cache?: CacheMark; readonly extra?: Extra }): JsonObject {
  return { ...cacheControl(part.cache), ...ownExtra(part.extra) };
}

export function cacheControl(mark: CacheMark | undefined): JsonObject {
  if (mark === undefined) return {};
  return { cache_control: { type: 'ephemeral', ...(mark.ttl !== undefined && { ttl: mark.ttl }) } };
}

export function ownExtra(extra: Extra | undefined): JsonObject {
  return extra?.format === FORMAT ? extra.fields : {};
}

const NOT_IN_AN_ID = /[^a-zA-Z0-9_-]/g;

/** Ids of calls, of which Anthropic takes only letters, digits, `_` and `-`. Two calls never get the same. */
export class CallIds {
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #losses: Loss[];

  constructor(losses: Loss[]) {
    this.#losses = losses;
  }

  idOf(id: string, path: string): string {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const clean = id.replace(NOT_IN_AN_ID, '_') || 'call';
    let made = clean;
    for (let count = 2; this.#taken.has(made); count++) made = `${clean}_${count}`;
    this.#ids.set(id, made);
    this.#taken.add(made);
    if (made !== id) this.#losses.push({ field: `${path}.id`, outcome: 'renamed', reason: 'the id is spelt anew' });
    return made;
  }
}
