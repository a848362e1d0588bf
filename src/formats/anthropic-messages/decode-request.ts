import type { Json } from '../../base/json.ts';
import { isJsonObject } from '../../base/json.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type {
  GenerationRequest,
  Modality,
  PromptPiece,
  RequestContent,
  RequestFeatures,
} from '../../generation/request.ts';
import {
  FieldReader,
  invalidRequest,
  scanBody,
  sharedFeatures,
  topLevelFields,
} from '../openai-chat/decode-request.ts';
import { type PromptFeatures, PromptTally } from '../openai-chat/measure-prompt.ts';
import { refuseUnavailable } from '../openai-chat/refuse-unavailable.ts';
import { readContent } from './read-content.ts';
import { readResponseFormat, readThinking } from './read-thinking.ts';
import { FOREIGN_PARAMETERS, messagesSchemas, PARAMETER_OF_FIELD } from './request-fields.ts';

/** Blocks inside the result of a tool, with their types: messages[].content[].content[].type. */
const NOTED_DEPTH = 7;
const ROLES: ReadonlySet<string> = new Set(['user', 'assistant', 'system']);
/** The words of these sources stand in the request itself: any model can read them. */
const TEXT_SOURCES: ReadonlySet<string> = new Set(['text', 'content']);

/** Scans the body once, checks what matters to us, and leaves the rest of its bytes alone. */
export function decodeMessagesRequest(body: Uint8Array): GenerationRequest {
  const document = scanBody(body, NOTED_DEPTH);
  const fields = topLevelFields(document);
  const reader = new FieldReader(document, fields, messagesSchemas);
  const prompt = measurePrompt(document, fields);
  const features = readFeatures(reader, prompt);
  let content: RequestContent | undefined;
  return {
    features,
    origin: { format: 'anthropic-messages', body, document, fields },
    content: () => {
      content ??= readContent(reader);
      return content;
    },
    pieces: () => messagesPieces(document, fields),
    field: (name) => readField(reader, name),
  };
}

/** The gateway and other formats ask by OpenRouter's chat names. */
function readField(reader: FieldReader, name: string): Json | undefined {
  switch (name) {
    case 'user':
      return reader.raw('user') ?? userOf(reader.raw('metadata'));
    case 'reasoning':
      return readThinking(reader).reasoning ?? reader.raw('reasoning');
    case 'response_format':
      return readResponseFormat(reader) ?? reader.raw('response_format');
    case 'stop':
      return reader.raw('stop_sequences');
    default:
      return reader.raw(name);
  }
}

function userOf(metadata: Json | undefined): Json | undefined {
  return isJsonObject(metadata) && typeof metadata.user_id === 'string' ? metadata.user_id : undefined;
}

function readFeatures(reader: FieldReader, prompt: PromptFeatures): RequestFeatures {
  const tools = reader.raw('tools');
  if (tools !== undefined && !Array.isArray(tools)) throw invalidRequest('tools', 'Expected an array');
  refuseUnavailable(tools);
  const fallbacks = reader.checked<readonly (string | { readonly model: string })[]>('fallbacks') ?? [];
  const { serviceTier: _, ...shared } = sharedFeatures(reader);
  const models = fallbacks.map((fallback) => (typeof fallback === 'string' ? fallback : fallback.model));
  // `auto` is every provider's default, and the tier of OpenRouter that spends no more is called `default`.
  const isStandard = reader.raw('service_tier') === 'standard_only';
  return {
    ...shared,
    models: [...new Set([...shared.models, ...models])],
    ...(isStandard && { serviceTier: 'default' }),
    parameters: parametersOf(reader),
    outputModalities: ['text'],
    ...prompt,
    hasTools: Array.isArray(tools) && tools.length > 0,
  };
}

function parametersOf(reader: FieldReader): readonly string[] {
  const parameters = new Set<string>();
  for (const name of reader.names()) {
    const parameter = Object.hasOwn(PARAMETER_OF_FIELD, name) ? PARAMETER_OF_FIELD[name] : undefined;
    if (parameter !== undefined) parameters.add(parameter);
    else if (FOREIGN_PARAMETERS.has(name)) parameters.add(name);
  }
  if (readResponseFormat(reader) !== undefined) parameters.add('response_format');
  const { reasoning, verbosity } = readThinking(reader);
  if (reasoning !== undefined) parameters.add('reasoning');
  if (verbosity !== undefined) parameters.add('verbosity');
  return [...parameters];
}

/** Checks the messages' outer form and measures them. */
function measurePrompt(document: JsonDocument, fields: ReadonlyMap<string, number>): PromptFeatures {
  const messages = fields.get('messages');
  if (messages === undefined) throw invalidRequest('messages', 'Required');
  if (document.kind(messages) !== 'array') throw invalidRequest('messages', 'Expected an array of messages');
  if (document.after(messages) === messages + 1) throw invalidRequest('messages', 'At least one message is needed');
  const tally = new PromptTally(document);
  const blocks = new BlockWalk(document, tally);
  let index = 0;
  for (const message of document.children(messages)) {
    checkMessage(document, message, `messages.${index}`);
    blocks.list(document.member(message, 'content')!, `messages.${index}.content`);
    index++;
  }
  return tally.features([messages, fields.get('system'), fields.get('tools')]);
}

function checkMessage(document: JsonDocument, message: number, path: string): void {
  if (document.kind(message) !== 'object') throw invalidRequest(path, 'Expected an object');
  const role = document.member(message, 'role');
  const name = role !== undefined && document.kind(role) === 'string' ? (document.value(role) as string) : '';
  if (!ROLES.has(name)) throw invalidRequest(`${path}.role`, 'Expected "user", "assistant" or "system"');
  const content = document.member(message, 'content');
  const kind = content === undefined ? undefined : document.kind(content);
  if (kind !== 'string' && kind !== 'array') {
    throw invalidRequest(`${path}.content`, 'Expected a string or an array of content blocks');
  }
}

/** Checks blocks, also those inside results of tools, and counts media among them. */
class BlockWalk {
  readonly #document: JsonDocument;
  readonly #tally: PromptTally;

  constructor(document: JsonDocument, tally: PromptTally) {
    this.#document = document;
    this.#tally = tally;
  }

  list(content: number, path: string): void {
    const document = this.#document;
    if (document.kind(content) !== 'array') return;
    let index = 0;
    for (const block of document.children(content)) {
      const at = `${path}.${index++}`;
      if (document.kind(block) !== 'object') throw invalidRequest(at, 'Expected content blocks to be objects');
      const type = wordOf(document, block, 'type');
      if (type === undefined) throw invalidRequest(`${at}.type`, 'Every content block needs a "type"');
      this.#block(block, type, at);
    }
  }

  #block(block: number, type: string, path: string): void {
    const document = this.#document;
    if (type === 'text' && !isString(document, block, 'text')) throw invalidRequest(`${path}.text`, 'Required');
    if (type === 'tool_use' && !(isString(document, block, 'id') && isString(document, block, 'name'))) {
      throw invalidRequest(path, 'A tool_use block needs "id" and "name"');
    }
    if (type === 'tool_result') {
      if (!isString(document, block, 'tool_use_id')) throw invalidRequest(`${path}.tool_use_id`, 'Required');
      const inner = document.member(block, 'content');
      if (inner !== undefined) this.list(inner, `${path}.content`);
      return;
    }
    const modality = this.#modality(block, type);
    if (modality !== undefined) this.#tally.media(block, modality);
  }

  #modality(block: number, type: string): Modality | undefined {
    if (type === 'image') return 'image';
    if (type !== 'document') return undefined;
    const source = this.#document.member(block, 'source');
    const kind = source === undefined ? undefined : wordOf(this.#document, source, 'type');
    return kind !== undefined && TEXT_SOURCES.has(kind) ? undefined : 'file';
  }
}

function isString(document: JsonDocument, holder: number, name: string): boolean {
  const node = document.member(holder, name);
  return node !== undefined && document.kind(node) === 'string';
}

function wordOf(document: JsonDocument, holder: number, name: string): string | undefined {
  return isString(document, holder, name) ? (document.value(document.member(holder, name)!) as string) : undefined;
}

/** Tools first, then the system prompt, then the messages: the order in which Anthropic's cache reads them. */
function* messagesPieces(document: JsonDocument, fields: ReadonlyMap<string, number>): Generator<PromptPiece> {
  for (const name of ['tools', 'system']) {
    const node = fields.get(name);
    if (node !== undefined) yield pieceOf(document, node);
  }
  for (const message of document.children(fields.get('messages')!)) {
    yield pieceOf(document, document.member(message, 'role')!);
    const content = document.member(message, 'content')!;
    if (document.kind(content) !== 'array') yield pieceOf(document, content);
    else for (const block of document.children(content)) yield readPiece(document, block);
  }
}

function readPiece(document: JsonDocument, block: number): PromptPiece {
  const text = document.member(block, 'text');
  if (text !== undefined) return pieceOf(document, text);
  const type = wordOf(document, block, 'type');
  return { ...pieceOf(document, block), isMedia: type === 'image' || type === 'document' };
}

function pieceOf(document: JsonDocument, node: number): PromptPiece {
  return { bytes: document.bytes.subarray(document.start(node), document.end(node)), isMedia: false };
}
