import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Message, Part, RequestContent, Tool } from '../../generation/request.ts';
import { invalidRequest } from '../openai-chat/decode-request.ts';
import { EXCHANGE_FIELDS } from '../openai-chat/request-fields.ts';
import { jsonSchemaOf } from './convert-schema.ts';
import { camelFields, FORMAT, listOf, textOf } from './proto-json.ts';
import { CallIds, extraOf, readParts } from './read-part.ts';
import type { ReadConfig } from './request-fields.ts';

/** Fields that the canonical language has a place for. */
const STRUCTURED: ReadonlySet<string> = new Set([
  ...[
    'contents',
    'systemInstruction',
    'tools',
    'toolConfig',
    'generationConfig',
    'model',
    'stream',
    'user',
    'serviceTier',
  ],
]);

/** The whole request in the canonical language, for a provider of another format. */
export function readContent(body: JsonObject, config: ReadConfig): RequestContent {
  const ids = new CallIds();
  const messages: Message[] = [];
  const system = partsOf(body.systemInstruction, ids);
  if (system.length > 0) messages.push({ role: 'system', content: system });
  for (const [index, content] of listOf(body.contents).entries()) messages.push(...readTurn(content, index, ids));
  const tools = listOf(body.tools).map(camelFields);
  const nativeTools = tools.flatMap(({ functionDeclarations: _, ...native }) =>
    Object.entries(native).map(([name, value]) => ({ format: FORMAT, data: { [name]: value } as Json })),
  );
  const choice = readToolConfig(camelFields(body.toolConfig));
  const own = Object.entries(body).filter(([name]) => !STRUCTURED.has(name) && !EXCHANGE_FIELDS.has(name));
  const configured = Object.entries(config.extra).map(([name, value]) => [`generationConfig.${name}`, value]);
  return {
    messages,
    tools: tools.flatMap((tool) => listOf(tool.functionDeclarations).map(readTool)),
    ...(nativeTools.length > 0 && { nativeTools }),
    ...(choice.toolChoice !== undefined && { toolChoice: choice.toolChoice }),
    fields: config.fields,
    ...extraOf({ ...Object.fromEntries(own), ...Object.fromEntries(configured), ...choice.extra }),
  };
}

function partsOf(content: Json | undefined, ids: CallIds): readonly Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const { parts } = camelFields(content);
  return listOf(parts).flatMap((part) => readParts(part, ids));
}

/** Results of tools stand in a turn of the user here, and in messages of their own in the canonical language. */
function readTurn(content: JsonObject, index: number, ids: CallIds): readonly Message[] {
  const { role } = content;
  const parts = partsOf(content, ids);
  if (role === 'model') return [{ role: 'assistant', content: parts }];
  if (role !== undefined && role !== null && role !== 'user' && role !== 'function' && role !== 'tool') {
    throw invalidRequest(`contents.${index}.role`, 'Expected one of user, model');
  }
  const results = parts.filter((part) => part.type === 'tool-result');
  if (results.length === 0) return [{ role: 'user', content: parts }];
  const rest = parts.filter((part) => part.type !== 'tool-result');
  const answered: Message = { role: 'tool', content: results };
  return rest.length === 0 ? [answered] : [answered, { role: 'user', content: rest }];
}

function readTool(declaration: JsonObject, index: number): Tool {
  const { name, description, parameters, parametersJsonSchema, ...rest } = camelFields(declaration);
  if (textOf(name) === '') throw invalidRequest(`tools.functionDeclarations.${index}.name`, 'Required');
  const schema = isJsonObject(parametersJsonSchema)
    ? parametersJsonSchema
    : isJsonObject(parameters)
      ? jsonSchemaOf(parameters)
      : undefined;
  return {
    name: textOf(name),
    ...(typeof description === 'string' && { description }),
    ...(schema && { parameters: schema }),
    ...extraOf(rest),
  };
}

function readToolConfig(toolConfig: JsonObject): {
  readonly toolChoice?: RequestContent['toolChoice'];
  readonly extra: JsonObject;
} {
  const { functionCallingConfig, ...rest } = toolConfig;
  const { mode, allowedFunctionNames, ...own } = camelFields(functionCallingConfig);
  const names = Array.isArray(allowedFunctionNames) ? allowedFunctionNames : [];
  const extra: Record<string, Json> = {};
  for (const [name, value] of Object.entries(rest)) extra[`toolConfig.${name}`] = value;
  for (const [name, value] of Object.entries(own)) extra[`toolConfig.functionCallingConfig.${name}`] = value;
  const word = textOf(mode).toUpperCase();
  const isOne = word === 'ANY' && names.length === 1;
  if (names.length > 0 && !isOne) extra['toolConfig.functionCallingConfig.allowedFunctionNames'] = names;
  if (word === 'VALIDATED') extra['toolConfig.functionCallingConfig.mode'] = word;
  if (word === 'ANY') return { toolChoice: isOne ? { name: textOf(names[0]) } : 'required', extra };
  if (word === 'NONE') return { toolChoice: 'none', extra };
  return word === 'AUTO' || word === 'VALIDATED' ? { toolChoice: 'auto', extra } : { extra };
}
