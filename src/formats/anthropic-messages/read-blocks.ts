import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { CacheMark, Extra, Part } from '../../generation/request.ts';
import { invalidRequest } from '../openai-chat/decode-request.ts';
import { decodeThinking } from './seal-reasoning.ts';

export const FORMAT = 'anthropic-messages';

const TEXT_FIELDS: ReadonlySet<string> = new Set(['type', 'text']);
const IMAGE_FIELDS: ReadonlySet<string> = new Set(['type', 'source']);
const DOCUMENT_FIELDS: ReadonlySet<string> = new Set(['type', 'source', 'title']);
const USE_FIELDS: ReadonlySet<string> = new Set(['type', 'id', 'name', 'input']);
const RESULT_FIELDS: ReadonlySet<string> = new Set(['type', 'tool_use_id', 'content', 'is_error']);

/** Blocks that hold text in blocks of their own: a document given as text, and a result of a search. */
export const WRAPPERS = ['document', 'search_result'] as const;

/**
 * What a text that stands inside such a block keeps of it. To other formats it is text; here its parts find together again by
 * `index`, whatever became of their words meanwhile.
 */
export interface Within {
  readonly index: number;
  /** How the text was given: a text source, a plain string, or blocks. */
  readonly shape: 'text' | 'string' | 'blocks';
  /** The block around it, without what its parts hold. */
  readonly block: JsonObject;
}

export function readBlocks(content: Json, path: string): readonly Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw invalidRequest(path, 'Expected a string or an array of content blocks');
  return (content as readonly Json[]).flatMap((block, index) => {
    if (!isJsonObject(block)) throw invalidRequest(`${path}.${index}`, 'Expected an object');
    return readBlock(block, index, `${path}.${index}`);
  });
}

function readBlock(block: JsonObject, index: number, path: string): readonly Part[] {
  switch (block.type) {
    case 'text':
      if (typeof block.text !== 'string') throw invalidRequest(`${path}.text`, 'Expected a string');
      return [{ type: 'text', text: block.text, ...traitsOf(block, TEXT_FIELDS) }];
    case 'image':
      return [readImage(block) ?? native(block)];
    case 'document':
      return readDocument(block, index, path);
    case 'search_result':
      return readSearchResult(block, index, path);
    case 'thinking':
    case 'redacted_thinking': {
      const piece = decodeThinking(block);
      return [piece ? { type: 'reasoning', ...piece } : native(block)];
    }
    case 'tool_use':
      return [readUse(block, path)];
    case 'tool_result':
      return [readResult(block, path)];
    default:
      return [native(block)];
  }
}

function native(block: JsonObject): Part {
  return { type: 'native', format: FORMAT, data: block };
}

function readImage(block: JsonObject): Part | undefined {
  const source = readSource(block.source);
  return source && { type: 'media', modality: 'image', ...source, ...traitsOf(block, IMAGE_FIELDS) };
}

type MediaSource = Pick<Part & { type: 'media' }, 'source' | 'mediaType'>;

function readSource(source: Json | undefined): MediaSource | undefined {
  if (!isJsonObject(source)) return undefined;
  const { type, data, url, file_id: file } = source;
  const mediaType = typeof source.media_type === 'string' ? { mediaType: source.media_type } : {};
  if (type === 'base64' && typeof data === 'string') return { source: { base64: data }, ...mediaType };
  if (type === 'url' && typeof url === 'string') return { source: { url } };
  if (type === 'file' && typeof file === 'string') return { source: { file } };
  return undefined;
}

function readDocument(block: JsonObject, index: number, path: string): readonly Part[] {
  const source = isJsonObject(block.source) ? block.source : undefined;
  if (source?.type === 'text' && typeof source.data === 'string') {
    return [inner({ type: 'text', text: source.data }, block, { index, shape: 'text' })];
  }
  if (source?.type === 'content' && typeof source.content === 'string') {
    return [inner({ type: 'text', text: source.content }, block, { index, shape: 'string' })];
  }
  if (source?.type === 'content' && Array.isArray(source.content)) {
    const parts = readBlocks(source.content as Json, `${path}.source.content`);
    return wrap(parts, block, index);
  }
  const media = readSource(block.source);
  if (!media) return [native(block)];
  const name = typeof block.title === 'string' ? { name: block.title } : {};
  return [{ type: 'media', modality: 'file', ...media, ...name, ...traitsOf(block, DOCUMENT_FIELDS) }];
}

function readSearchResult(block: JsonObject, index: number, path: string): readonly Part[] {
  if (!Array.isArray(block.content)) return [native(block)];
  return wrap(readBlocks(block.content as Json, `${path}.content`), block, index);
}

function wrap(parts: readonly Part[], block: JsonObject, index: number): readonly Part[] {
  const isPlain = parts.every((part) => part.type === 'text' || part.type === 'media');
  if (parts.length === 0 || !isPlain) return [native(block)];
  return parts.map((part) => inner(part, block, { index, shape: 'blocks' }));
}

/** Marks a part as standing inside `block`. The block's own cache mark goes to its only part, where it has one. */
function inner(part: Part, block: JsonObject, place: Pick<Within, 'index' | 'shape'>): Part {
  if (part.type === 'native') return part;
  const { source, content: _, cache_control: control, ...around } = block;
  // The source of a search result is an address, not its text.
  const kept = block.type === 'search_result' && source !== undefined ? { source, ...around } : around;
  const isOnly = place.shape !== 'blocks';
  const within: JsonObject = {
    index: place.index,
    shape: place.shape,
    block: { ...dropNulls(kept), ...(!isOnly && control && { cache_control: control }) },
  };
  const fields: JsonObject = { ...part.extra?.fields, [String(block.type)]: within };
  return { ...part, ...(isOnly && cacheOf(control)), extra: { format: FORMAT, fields } };
}

function readUse(block: JsonObject, path: string): Part {
  if (typeof block.id !== 'string' || typeof block.name !== 'string') {
    throw invalidRequest(path, 'A tool_use block needs "id" and "name"');
  }
  const { caller, ...rest } = block;
  const isDirect = isJsonObject(caller) && caller.type === 'direct';
  return {
    type: 'tool-call',
    id: block.id,
    name: block.name,
    argumentsJson: JSON.stringify(block.input ?? {}),
    ...traitsOf(isDirect || caller === undefined ? rest : { ...rest, caller }, USE_FIELDS),
  };
}

function readResult(block: JsonObject, path: string): Part {
  return {
    type: 'tool-result',
    callId: String(block.tool_use_id),
    content: readBlocks(block.content ?? [], `${path}.content`),
    ...(block.is_error === true && { isError: true }),
    ...traitsOf(block, RESULT_FIELDS),
  };
}

function traitsOf(block: JsonObject, known: ReadonlySet<string>): { cache?: CacheMark; extra?: Extra } {
  return { ...cacheOf(block.cache_control), ...extraOf(block, known) };
}

/** A mark with nothing but its lifetime. */
export function cacheOf(control: Json | undefined): { readonly cache?: CacheMark } {
  if (!isJsonObject(control) || control.type !== 'ephemeral') return {};
  return { cache: control.ttl === '5m' || control.ttl === '1h' ? { ttl: control.ttl } : {} };
}

/** Members beside the known ones. Null says nothing. */
export function extraOf(value: JsonObject, known: ReadonlySet<string>): { readonly extra?: Extra } {
  const { cache_control: _, ...rest } = dropNulls(value);
  const unknown = Object.entries(rest).filter(([name]) => !known.has(name));
  return unknown.length === 0 ? {} : { extra: { format: FORMAT, fields: Object.fromEntries(unknown) } };
}

function dropNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}
