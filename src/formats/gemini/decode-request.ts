import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import { Failure } from '../../generation/failure.ts';
import type { GenerationRequest, Modality, RequestContent } from '../../generation/request.ts';
import type { FormatRoute, RequestAddress } from '../format.ts';
import {
  FieldReader,
  invalidRequest,
  scanBody,
  sharedFeatures,
  topLevelFields,
} from '../openai-chat/decode-request.ts';
import { type PromptFeatures, PromptTally } from '../openai-chat/measure-prompt.ts';
import { EXCHANGE_FIELDS, PARAMETER_NAMES } from '../openai-chat/request-fields.ts';
import { camelCased, camelFields, FORMAT, textOf } from './proto-json.ts';
import { readContent } from './read-content.ts';
import { modalityOfType, typeOfAddress } from './read-part.ts';
import { configSchemas, readConfig } from './request-fields.ts';

const METHODS: ReadonlySet<string> = new Set(['generateContent', 'streamGenerateContent', 'countTokens']);

/** Reads `<model>:<method>`, where the model's name may hold slashes and colons. */
export const readAddress: NonNullable<FormatRoute['read']> = ({ target = '' }, query) => {
  const colon = target.lastIndexOf(':');
  const method = target.slice(colon + 1);
  if (colon < 1 || !METHODS.has(method)) {
    throw new Failure('not-found', {
      message: `There is nothing at models/${target.slice(0, 200)}: expected <model>:${[...METHODS].join(', :')}`,
    });
  }
  const stream = method === 'streamGenerateContent';
  const isArray = stream && query.get('alt') !== 'sse';
  return { model: target.slice(0, colon), stream, ...(isArray && { framing: 'json-array' }) };
};

/** Scans the body once and reads its small fields; the contents are read when another format needs them. */
export function decodeGeminiRequest(body: Uint8Array, address: RequestAddress = {}): GenerationRequest {
  const document = scanBody(body);
  const nodes = camelNodes(topLevelFields(document));
  // Whoever counts may put the request inside, with its instructions and tools.
  const inner = nodes.get('contents') === undefined ? nodes.get('generateContentRequest') : undefined;
  if (inner !== undefined)
    return decodeGeminiRequest(body.subarray(document.start(inner), document.end(inner)), address);
  const reader = new FieldReader(document, nodes, {
    model: undefined,
    generationConfig: undefined,
    metadata: undefined,
  });
  const config = readConfig(checkedConfig(reader.raw('generationConfig')));
  const tools = reader.raw('tools');
  const fields: Record<string, Json> = { ...config.fields, ...spokenBeside(reader) };
  const hasTools = Array.isArray(tools) && tools.some((tool) => Object.keys(camelFields(tool)).length > 0);
  const prompt = measureContents(document, nodes);
  const shared = sharedFeatures(reader, checkedModel(address.model));
  const modalities = fields.modalities;
  const limit = fields.max_tokens;
  if (typeof limit === 'number' && limit < 1) throw invalidRequest('generationConfig.maxOutputTokens', 'Too small');
  let content: RequestContent | undefined;
  return {
    features: {
      ...shared,
      stream: address.stream ?? false,
      parameters: parametersOf(fields, hasTools, reader.raw('toolConfig')),
      outputModalities: Array.isArray(modalities) ? modalities.map(textOf) : ['text'],
      ...(typeof limit === 'number' && { outputTokensMax: limit }),
      ...(typeof fields.service_tier === 'string' && { serviceTier: fields.service_tier }),
      ...prompt,
      hasTools,
    },
    origin: {
      format: FORMAT,
      body,
      document,
      fields: nodes,
      ...(address.framing !== undefined && { framing: address.framing }),
    },
    content: () => {
      content ??= readContent(camelFields(document.value(0) as JsonObject), { ...config, fields });
      return content;
    },
    field: (name) => (Object.hasOwn(fields, name) ? fields[name] : exchangeField(reader, name)),
  };
}

/** By their names in camel case. The exchange's own fields keep theirs. */
function camelNodes(nodes: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const named = new Map<string, number>();
  for (const [name, node] of nodes) {
    const key = GOOGLE_NAMES.has(camelCased(name)) ? camelCased(name) : name;
    if (named.has(key)) throw invalidRequest(name, `stands beside ${key}, which is the same field`);
    named.set(key, node);
  }
  return named;
}

const GOOGLE_NAMES: ReadonlySet<string> = new Set([
  ...['systemInstruction', 'toolConfig', 'generationConfig', 'safetySettings', 'cachedContent', 'modelArmorConfig'],
  ...['serviceTier', 'generateContentRequest'],
]);

function checkedConfig(given: Json | undefined): Json | undefined {
  if (given === undefined) return undefined;
  if (!isJsonObject(given)) throw invalidRequest('generationConfig', 'Expected an object');
  for (const [name, value] of Object.entries(camelFields(given))) {
    const schema = Object.hasOwn(configSchemas, name) ? configSchemas[name] : undefined;
    const result = schema?.safeParse(value);
    if (result?.success === false) {
      throw invalidRequest(`generationConfig.${name}`, result.error.issues[0]?.message ?? 'Invalid value');
    }
  }
  return given;
}

/** The address names the model; the body may name others to fall back on. */
function checkedModel(model: string | undefined): string | undefined {
  if (model !== undefined && model.length > 256) throw invalidRequest('model', 'Expected at most 256 characters');
  return model;
}

/** What the exchange and other formats read, from outside of `generationConfig`. */
function spokenBeside(reader: FieldReader): Record<string, Json> {
  const user = reader.checked<string>('user');
  const tier = textOf(reader.raw('serviceTier')).toLowerCase();
  return {
    ...(user !== undefined && { user }),
    ...((tier === 'flex' || tier === 'priority') && { service_tier: tier }),
  };
}

/** OpenRouter's names of the parameters a request uses, for `supported_parameters`. */
function parametersOf(
  fields: Readonly<Record<string, Json>>,
  hasTools: boolean,
  toolConfig: Json | undefined,
): string[] {
  const used = Object.keys(fields).filter((name) => PARAMETER_NAMES.has(name) && !isIdle(name, fields[name]!));
  if (hasTools) used.push('tools');
  if (camelFields(toolConfig).functionCallingConfig !== undefined) used.push('tool_choice');
  return used;
}

/** Asking for no thoughts to be shown asks nothing of the endpoint. */
function isIdle(name: string, value: Json): boolean {
  return name === 'reasoning' && isJsonObject(value) && Object.keys(value).every((key) => key === 'exclude');
}

/** Checks the contents' outer form and measures them. */
function measureContents(document: JsonDocument, nodes: ReadonlyMap<string, number>): PromptFeatures {
  const contents = nodes.get('contents');
  if (contents === undefined) throw invalidRequest('contents', 'Required');
  const turns = itemsOf(document, contents, 'contents');
  if (turns.length === 0) throw invalidRequest('contents', 'At least one content is needed');
  const tally = new PromptTally(document);
  for (const [index, turn] of turns.entries()) {
    const path = `contents.${index}`;
    const parts = document.member(turn, 'parts');
    for (const part of parts === undefined ? [] : itemsOf(document, parts, `${path}.parts`)) {
      const modality = modalityOf(document, part);
      if (modality !== undefined) tally.media(part, modality);
    }
  }
  return tally.features([contents, nodes.get('systemInstruction'), nodes.get('tools')]);
}

/** A single object where a list belongs counts as a list of one. */
function itemsOf(document: JsonDocument, node: number, path: string): readonly number[] {
  if (document.kind(node) === 'object') return [node];
  if (document.kind(node) !== 'array') throw invalidRequest(path, 'Expected an array of objects');
  const items = [...document.children(node)];
  if (items.some((item) => document.kind(item) !== 'object')) throw invalidRequest(path, 'Expected objects');
  return items;
}

function modalityOf(document: JsonDocument, part: number): Modality | undefined {
  for (const member of document.children(part)) {
    const name = camelCased(document.key(member));
    if ((name !== 'inlineData' && name !== 'fileData') || document.kind(member) !== 'object') continue;
    const text = (field: string): string => {
      const node = [...document.children(member)].find((each) => camelCased(document.key(each)) === field);
      return node !== undefined && document.kind(node) === 'string' && field !== 'data'
        ? (document.value(node) as string)
        : '';
    };
    return modalityOfType(text('mimeType') || typeOfAddress(text('fileUri')));
  }
  return undefined;
}

/** What speaks to the exchange has the same name in every format. */
function exchangeField(reader: FieldReader, name: string): Json | undefined {
  return EXCHANGE_FIELDS.has(name) ? reader.raw(name) : undefined;
}
