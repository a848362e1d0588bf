import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Extra, Message, RequestContent, Tool } from '../../generation/request.ts';
import { type FieldReader, invalidRequest } from '../openai-chat/decode-request.ts';
import { cacheOf, extraOf, FORMAT, readBlocks } from './read-blocks.ts';
import { readResponseFormat, readThinking } from './read-thinking.ts';
import { EXCHANGE_FIELDS, FOREIGN_PARAMETERS } from './request-fields.ts';

/** Read below under names of their own; whatever else a caller sends is kept for this format alone. */
const STRUCTURED: ReadonlySet<string> = new Set([
  ...['model', 'stream', 'messages', 'system', 'tools', 'tool_choice', 'metadata', 'service_tier', 'output_format'],
  ...['max_tokens', 'temperature', 'top_p', 'top_k', 'stop_sequences', 'cache_control', 'thinking', 'output_config'],
]);
/** The same under the same name. */
const PLAIN = ['max_tokens', 'temperature', 'top_p', 'top_k', 'cache_control'] as const;
const TOOL_FIELDS: ReadonlySet<string> = new Set(['type', 'name', 'description', 'input_schema', 'strict']);
const MESSAGE_FIELDS: ReadonlySet<string> = new Set(['role', 'content']);

/** The whole request in the canonical language, for a provider of another format. */
export function readContent(reader: FieldReader): RequestContent {
  const system = readBlocks(reader.raw('system') ?? [], 'system');
  const tools = listOf(reader.raw('tools'), 'tools');
  const nativeTools = tools.filter((tool) => !isCustom(tool)).map((data) => ({ format: FORMAT, data }));
  const toolChoice = readToolChoice(reader.raw('tool_choice'));
  const extra = readExtra(reader);
  return {
    messages: [
      ...(system.length > 0 ? [{ role: 'system' as const, content: system }] : []),
      ...listOf(reader.raw('messages'), 'messages').map(readMessage),
    ],
    tools: tools.filter(isCustom).map(readTool),
    ...(nativeTools.length > 0 && { nativeTools }),
    ...(toolChoice !== undefined && { toolChoice }),
    fields: readFields(reader),
    ...(extra && { extra }),
  };
}

function readFields(reader: FieldReader): Readonly<Record<string, Json>> {
  const fields: Record<string, Json> = {};
  const put = (name: string, value: Json | undefined): void => {
    if (value !== undefined && value !== null) fields[name] = value;
  };
  for (const name of PLAIN) put(name, reader.raw(name));
  put('stop', reader.raw('stop_sequences'));
  const { reasoning, verbosity } = readThinking(reader);
  put('reasoning', reasoning);
  put('verbosity', verbosity);
  put('response_format', readResponseFormat(reader));
  if (reader.raw('service_tier') === 'auto') fields.service_tier = 'auto';
  if (reader.raw('service_tier') === 'standard_only') fields.service_tier = 'default';
  const choice = reader.raw('tool_choice');
  if (isJsonObject(choice) && choice.disable_parallel_tool_use === true) fields.parallel_tool_calls = false;
  for (const name of reader.names()) {
    if (FOREIGN_PARAMETERS.has(name) && !(name in fields)) put(name, reader.raw(name));
  }
  return fields;
}

/** What only this format has a word for. */
function readExtra(reader: FieldReader): Extra | undefined {
  const fields: Record<string, Json> = {};
  for (const name of reader.names()) {
    if (!STRUCTURED.has(name) && !EXCHANGE_FIELDS.has(name) && !FOREIGN_PARAMETERS.has(name)) {
      fields[name] = reader.raw(name)!;
    }
  }
  const thinking = reader.raw('thinking');
  if (thinking !== undefined && readThinking(reader).reasoning === undefined) fields.thinking = thinking;
  const config = reader.raw('output_config');
  if (isJsonObject(config)) {
    const { effort, format, ...rest } = config;
    const isFormatRead = readResponseFormat(reader) !== undefined;
    const isEffortRead = readThinking(reader).verbosity !== undefined || effort === readEffort(reader);
    const unread = {
      ...rest,
      ...(!isFormatRead && format && { format }),
      ...(!isEffortRead && effort && { effort }),
    };
    if (Object.keys(unread).length > 0) fields.output_config = unread;
  }
  return Object.keys(fields).length > 0 ? { format: FORMAT, fields } : undefined;
}

function readEffort(reader: FieldReader): Json | undefined {
  return readThinking(reader).reasoning?.effort;
}

/** Typed tools, such as `bash_20250124`, are known to models that were trained with them. */
function isCustom(tool: JsonObject): boolean {
  return tool.type === undefined || tool.type === null || tool.type === 'custom';
}

function readTool(tool: JsonObject): Tool {
  if (typeof tool.name !== 'string' || tool.name === '') throw invalidRequest('tools', 'A custom tool needs a "name"');
  return {
    name: tool.name,
    ...(typeof tool.description === 'string' && { description: tool.description }),
    ...(isJsonObject(tool.input_schema) && { parameters: tool.input_schema }),
    ...(typeof tool.strict === 'boolean' && { strict: tool.strict }),
    ...cacheOf(tool.cache_control),
    ...extraOf(tool, TOOL_FIELDS),
  };
}

function readToolChoice(choice: Json | undefined): RequestContent['toolChoice'] | undefined {
  if (!isJsonObject(choice)) return undefined;
  if (choice.type === 'any') return 'required';
  if (choice.type === 'auto' || choice.type === 'none') return choice.type;
  if (typeof choice.name !== 'string') throw invalidRequest('tool_choice.name', 'Required');
  return { name: choice.name };
}

function readMessage(message: JsonObject, index: number): Message {
  const role = message.role as 'user' | 'assistant' | 'system';
  const content = readBlocks(message.content ?? '', `messages.${index}.content`);
  return { role, content, ...extraOf(message, MESSAGE_FIELDS) };
}

function listOf(value: Json | undefined, path: string): readonly JsonObject[] {
  const list = Array.isArray(value) ? (value as readonly Json[]) : [];
  return list.map((item, index) => {
    if (!isJsonObject(item)) throw invalidRequest(`${path}.${index}`, 'Expected an object');
    return item;
  });
}
