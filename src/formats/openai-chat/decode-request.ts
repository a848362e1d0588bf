import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import type { Json } from '../../base/json.ts';
import { type JsonDocument, JsonScanError, scanJson } from '../../base/json-scan.ts';
import { Failure } from '../../generation/failure.ts';
import { DEFAULT_PREFERENCES, type RoutingPreferences } from '../../generation/preferences.ts';
import { PRESET_MARK, readPresetName } from '../../generation/preset-name.ts';
import type { GenerationRequest, Modality, RequestContent, RequestFeatures } from '../../generation/request.ts';
import { type PromptFeatures, PromptTally } from './measure-prompt.ts';
import { chatPieces } from './prompt-pieces.ts';
import { readContent } from './read-content.ts';
import { refuseUnavailable } from './refuse-unavailable.ts';
import { fieldSchemas, PARAMETER_NAMES, type providerSchema, readPreferenceLayer } from './request-fields.ts';

/** Messages, their parts and the parts' types: members of members of `messages[]`. */
const LIMITS = { depthMax: 64, notedDepth: 6 } as const;

/** Formats know some fifty. A million would be looked at several times each, and nobody else answered meanwhile. */
const FIELDS_MAX = 10_000;

const PART_MODALITIES: Readonly<Record<string, Modality>> = {
  image_url: 'image',
  input_image: 'image',
  input_audio: 'audio',
  video_url: 'video',
  input_video: 'video',
  file: 'file',
};

const ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

/** Scans the body once, checks the fields that matter to us, and leaves the rest of its bytes alone. */
export function decodeChatRequest(body: Uint8Array): GenerationRequest {
  const document = scanBody(body);
  const fields = topLevelFields(document);
  const reader = new FieldReader(document, fields);
  const prompt = measurePrompt(document, fields);
  const features = readFeatures(reader, prompt);
  let content: RequestContent | undefined;
  return {
    features,
    origin: { format: 'openai-chat', body, document, fields },
    content: () => {
      content ??= readContent(document, fields);
      return content;
    },
    pieces: () => chatPieces(document, fields),
    field: (name) => reader.raw(name),
  };
}

/** Shared by every JSON format of ours: strict syntax, with a stable code for each way to break it. */
export function scanBody(body: Uint8Array, notedDepth: number = LIMITS.notedDepth): JsonDocument {
  if (body.length === 0) throw invalidJson('The request body is empty', 'syntax', 0);
  if (!isUtf8(body)) throw invalidJson('The request body is not valid UTF-8', 'not_utf8', 0);
  let document: JsonDocument;
  try {
    document = scanJson(body, { ...LIMITS, notedDepth });
  } catch (error) {
    if (error instanceof JsonScanError) throw invalidJson(error.message, error.problem, error.position);
    throw error;
  }
  if (document.kind(0) !== 'object') throw invalidJson('The request body must be a JSON object', 'not_an_object', 0);
  return document;
}

function invalidJson(message: string, problem: string, position: number): Failure {
  return new Failure('invalid-json', { message, metadata: { json_problem: problem, position } });
}

/** By unescaped name, so that a key hidden behind `\u` escapes is the same key. */
export function topLevelFields(document: JsonDocument): ReadonlyMap<string, number> {
  const fields = new Map<string, number>();
  const seen = new Set<string>();
  for (const node of document.children(0)) {
    if (seen.size >= FIELDS_MAX) throw invalidRequest('body', `At most ${FIELDS_MAX} fields`);
    const key = document.key(node);
    if (seen.has(key))
      throw invalidJson(`Duplicate key ${JSON.stringify(key)}`, 'duplicate_key', document.keyStart(node));
    seen.add(key);
    if (document.kind(node) !== 'null') fields.set(key, node);
  }
  return fields;
}

/** Parses and checks top-level fields, each at most once. */
export class FieldReader {
  readonly #document: JsonDocument;
  readonly #fields: ReadonlyMap<string, number>;
  readonly #parsed = new Map<string, unknown>();

  /** `schemas` replaces schemas by name; `undefined` leaves a field unchecked. */
  constructor(
    document: JsonDocument,
    fields: ReadonlyMap<string, number>,
    schemas?: Readonly<Record<string, z.ZodType | undefined>>,
  ) {
    this.#document = document;
    this.#fields = fields;
    for (const name of fields.keys()) {
      const schema = schemas && Object.hasOwn(schemas, name) ? schemas[name] : ownSchema(name);
      if (schema) this.#check(name, schema);
    }
  }

  names(): Iterable<string> {
    return this.#fields.keys();
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  raw(name: string): Json | undefined {
    if (this.#parsed.has(name)) return this.#parsed.get(name) as Json;
    const node = this.#fields.get(name);
    if (node === undefined) return undefined;
    const value = this.#document.value(node) as Json;
    this.#parsed.set(name, value);
    return value;
  }

  /** A field that `fieldSchemas` has checked; the type parameter is that schema's. */
  checked<T>(name: string): T | undefined {
    return this.#parsed.get(name) as T | undefined;
  }

  #check(name: string, schema: z.ZodType): void {
    const value = this.#document.value(this.#fields.get(name)!);
    const result = schema.safeParse(value);
    if (!result.success) throw invalidField(name, result.error);
    this.#parsed.set(name, value);
  }
}

function ownSchema(name: string): z.ZodType | undefined {
  return Object.hasOwn(fieldSchemas, name) ? fieldSchemas[name] : undefined;
}

function invalidField(name: string, error: z.ZodError): Failure {
  const issue = error.issues[0];
  const path = [name, ...(issue?.path ?? []).map(String)].join('.');
  return invalidRequest(path, issue?.message ?? 'Invalid value');
}

export function invalidRequest(path: string, message: string): Failure {
  return new Failure('invalid-request', { message: `${path}: ${message}`, metadata: { param: path } });
}

/** Checks the messages' outer form and measures them. */
function measurePrompt(document: JsonDocument, fields: ReadonlyMap<string, number>): PromptFeatures {
  const messages = fields.get('messages');
  if (messages === undefined) throw invalidRequest('messages', 'Required');
  if (document.kind(messages) !== 'array') throw invalidRequest('messages', 'Expected an array of messages');
  if (document.after(messages) === messages + 1) throw invalidRequest('messages', 'At least one message is needed');
  const tally = new PromptTally(document);
  let index = 0;
  for (const message of document.children(messages)) {
    checkMessage(document, message, index);
    const content = document.member(message, 'content');
    if (content !== undefined && document.kind(content) === 'array') {
      for (const part of document.children(content)) {
        const modality = checkPart(document, part, `messages.${index}.content`);
        if (modality !== undefined) tally.media(part, modality);
      }
    }
    index++;
  }
  return tally.features([messages, fields.get('tools')]);
}

function checkMessage(document: JsonDocument, message: number, index: number): void {
  const path = `messages.${index}`;
  if (document.kind(message) !== 'object') throw invalidRequest(path, 'Expected an object');
  const role = document.member(message, 'role');
  if (role === undefined) throw invalidRequest(`${path}.role`, 'Required');
  const name = document.kind(role) === 'string' ? (document.value(role) as string) : undefined;
  if (name === undefined || !ROLES.has(name)) {
    throw invalidRequest(`${path}.role`, 'Expected one of system, developer, user, assistant, tool');
  }
  const content = document.member(message, 'content');
  const kind = content === undefined ? 'null' : document.kind(content);
  const mayBeEmpty = name === 'assistant' || name === 'function';
  if (kind !== 'string' && kind !== 'array' && !(kind === 'null' && mayBeEmpty)) {
    throw invalidRequest(`${path}.content`, 'Expected a string or an array of content parts');
  }
  if (name === 'tool') {
    const call = document.member(message, 'tool_call_id');
    if (call === undefined || document.kind(call) !== 'string')
      throw invalidRequest(`${path}.tool_call_id`, 'Required');
  }
  const calls = document.member(message, 'tool_calls');
  if (calls !== undefined && document.kind(calls) !== 'array' && document.kind(calls) !== 'null') {
    throw invalidRequest(`${path}.tool_calls`, 'Expected an array');
  }
}

/** The modality of a media part; undefined for text and for parts that only the provider knows. */
function checkPart(document: JsonDocument, part: number, path: string): Modality | undefined {
  if (document.kind(part) !== 'object') throw invalidRequest(path, 'Expected content parts to be objects');
  const type = document.member(part, 'type');
  if (type === undefined || document.kind(type) !== 'string') {
    throw invalidRequest(path, 'Every content part needs a "type"');
  }
  const name = document.value(type) as string;
  if (name === 'text') {
    const text = document.member(part, 'text');
    if (text === undefined || document.kind(text) !== 'string') {
      throw invalidRequest(path, 'A text part needs a string "text"');
    }
  }
  return Object.hasOwn(PART_MODALITIES, name) ? PART_MODALITIES[name] : undefined;
}

function readFeatures(reader: FieldReader, prompt: PromptFeatures): RequestFeatures {
  const tools = reader.raw('tools');
  if (tools !== undefined && !Array.isArray(tools)) throw invalidRequest('tools', 'Expected an array');
  refuseUnavailable(tools);
  return {
    ...sharedFeatures(reader),
    ...prompt,
    hasTools: Array.isArray(tools) && tools.length > 0,
  };
}

/** What all formats read alike. `model` is given by formats that do not have it in the body. */
export function sharedFeatures(
  reader: FieldReader,
  model: string | undefined = reader.checked<string>('model'),
): Omit<RequestFeatures, keyof PromptFeatures | 'hasTools'> {
  const listed = [...(model === undefined ? [] : [model]), ...(reader.checked<string[]>('models') ?? [])];
  const models = namePreset(listed, reader.checked<string>('preset'));
  if (models.length === 0) throw invalidRequest('model', 'Required');
  const layer = ownLayer(reader);
  const outputTokensMax = reader.checked<number>('max_completion_tokens') ?? reader.checked<number>('max_tokens');
  const serviceTier = reader.checked<string>('service_tier');
  const sessionId = reader.checked<string>('session_id');
  return {
    models: [...new Set(models)],
    preferences: { ...DEFAULT_PREFERENCES, ...layer },
    ...(Object.keys(layer).length > 0 && { layers: [{ from: 'request', preferences: layer }] }),
    parameters: [...reader.names()].filter((name) => PARAMETER_NAMES.has(name)),
    outputModalities: reader.checked<string[]>('modalities') ?? ['text'],
    ...(outputTokensMax !== undefined && { outputTokensMax }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(sessionId !== undefined && { sessionId }),
    ...(reader.checked<boolean>('strict') === true && { isStrict: true }),
    stream: reader.checked<boolean>('stream') ?? false,
  };
}

/** The field `preset` says the same as `@preset/…` after the first model's name, or in its place. */
function namePreset(models: readonly string[], slug: string | undefined): readonly string[] {
  if (slug === undefined) return models;
  const [first = '', ...others] = models;
  const { model, preset = slug } = readPresetName(first);
  if (preset !== slug) throw invalidRequest('preset', `The model names another preset, ${preset.slice(0, 100)}`);
  return [`${model}${PRESET_MARK}${slug}`, ...others];
}

function ownLayer(reader: FieldReader): Partial<RoutingPreferences> {
  try {
    const provider = reader.checked<z.infer<typeof providerSchema>>('provider');
    return readPreferenceLayer(provider, reader.checked<string>('route'));
  } catch (error) {
    if (error instanceof RangeError) throw invalidRequest('provider.max_price', error.message);
    throw error;
  }
}
