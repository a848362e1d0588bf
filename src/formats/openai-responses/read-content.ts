import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Extra, Message, Part, RequestContent, Tool } from '../../generation/request.ts';
import { invalidRequest } from '../openai-chat/decode-request.ts';
import { media } from '../openai-chat/read-content.ts';
import { EXCHANGE_FIELDS } from '../openai-chat/request-fields.ts';
import { choiceAmong } from '../openai-chat/tool-choice.ts';
import { responsesSchemas } from './request-fields.ts';

export const FORMAT = 'openai-responses';
/** Reasoning that came from this format, whoever runs it, is named so in OpenRouter's details. */
export const REASONING_FORMAT = 'openai-responses-v1';
/** An item without a `format` is of this API; this word says that nobody knows. */
export const UNKNOWN_FORMAT = 'unknown';
/** Begins an item's id, before that of the generation, where the reasoning had none. No provider ever saw it. */
export const OWN_THOUGHT = 'rs_';
const OWN_ID = /^rs_gen-/;

/** Fields that the canonical language has a place for, or that mean nothing between requests. */
const KNOWN_FIELDS = new Set([
  ...Object.keys(responsesSchemas),
  ...['model', 'stream', 'tools', 'previous_response_id', 'prompt', 'conversation', 'max_tool_calls'],
]);
/** `truncation: auto` lets the provider drop the middle; elsewhere nothing is dropped in silence. */
const FORMAT_FIELDS = new Set(['include', 'truncation']);

type Item = JsonObject;

/** The whole request in the canonical language, for a provider of another format. */
export function readContent(body: JsonObject, fields: Readonly<Record<string, Json>>): RequestContent {
  const messages: Message[] = [];
  if (typeof body.instructions === 'string' && body.instructions !== '') {
    messages.push({ role: 'system', content: [{ type: 'text', text: body.instructions }] });
  }
  if (typeof body.input === 'string') {
    messages.push({ role: 'user', content: [{ type: 'text', text: body.input }] });
  } else if (Array.isArray(body.input)) {
    for (const [index, item] of body.input.entries()) addItem(messages, item as Item, `input.${index}`);
  }
  if (messages.length === 0) throw invalidRequest('input', 'At least one item is needed');
  const tools = Array.isArray(body.tools) ? (body.tools as readonly Json[]) : [];
  const nativeTools = tools.filter((tool) => !isFunction(tool)).map((data) => ({ format: FORMAT, data }));
  const choice = body.tool_choice;
  const toolChoice = readToolChoice(choice);
  // A choice among some tools, or of one of the API's own, has no whole word elsewhere.
  const ownChoice = isJsonObject(choice) && choice.type !== 'function' ? { tool_choice: choice } : {};
  return {
    messages,
    tools: tools.flatMap((tool, index) => (isFunction(tool) ? [readTool(tool, `tools.${index}`)] : [])),
    ...(nativeTools.length > 0 && { nativeTools }),
    ...(toolChoice !== undefined && { toolChoice }),
    fields,
    ...ownFields(body, fields, ownChoice),
  };
}

function isFunction(tool: Json): tool is JsonObject {
  return isJsonObject(tool) && tool.type === 'function';
}

function readTool(tool: JsonObject, path: string): Tool {
  const { type: _, name, description, parameters, strict, ...rest } = tool;
  if (typeof name !== 'string' || name === '') throw invalidRequest(`${path}.name`, 'Required');
  return {
    name,
    ...(typeof description === 'string' && { description }),
    ...(isJsonObject(parameters) && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
    ...extraOf(rest),
  };
}

function readToolChoice(choice: Json | undefined): RequestContent['toolChoice'] | undefined {
  if (choice === 'none' || choice === 'auto' || choice === 'required') return choice;
  if (isJsonObject(choice) && choice.type === 'function' && typeof choice.name === 'string') {
    return { name: choice.name };
  }
  return isJsonObject(choice) && choice.type === 'allowed_tools' ? choiceAmong(choice.mode, choice.tools) : undefined;
}

/** Items of one turn of the assistant become one message, in order. */
function addItem(messages: Message[], item: Item, path: string): void {
  const type = typeof item.type === 'string' ? item.type : 'message';
  switch (type) {
    case 'message':
      addMessage(messages, item, path);
      return;
    case 'function_call':
      addToAssistant(messages, [readCall(item, path)]);
      return;
    case 'function_call_output':
      messages.push({ role: 'tool', content: [readOutput(item, path)] });
      return;
    case 'reasoning':
      addToAssistant(messages, readReasoning(item));
      return;
    default:
      addToAssistant(messages, [{ type: 'native', format: FORMAT, data: item }]);
  }
}

function addMessage(messages: Message[], item: Item, path: string): void {
  const { role } = item;
  if (role !== 'system' && role !== 'developer' && role !== 'user' && role !== 'assistant') {
    throw invalidRequest(`${path}.role`, 'Expected one of system, developer, user, assistant');
  }
  const content = readParts(item.content, `${path}.content`);
  if (role === 'assistant') addToAssistant(messages, content);
  else messages.push({ role, content });
}

function addToAssistant(messages: Message[], parts: readonly Part[]): void {
  const last = messages.at(-1);
  if (last?.role === 'assistant') messages[messages.length - 1] = { ...last, content: [...last.content, ...parts] };
  else messages.push({ role: 'assistant', content: parts });
}

function readCall(item: Item, path: string): Part {
  const { call_id, name, arguments: argumentsJson } = item;
  if (typeof call_id !== 'string' || typeof name !== 'string') {
    throw invalidRequest(path, 'A function_call needs a call_id and a name');
  }
  return {
    type: 'tool-call',
    id: call_id,
    name,
    argumentsJson: typeof argumentsJson === 'string' ? argumentsJson : '',
  };
}

function readOutput(item: Item, path: string): Part {
  if (typeof item.call_id !== 'string') throw invalidRequest(`${path}.call_id`, 'Required');
  return { type: 'tool-result', callId: item.call_id, content: readParts(item.output, `${path}.output`) };
}

/** Summaries, texts and the encrypted whole of one item are pieces with one id, in this order. */
function readReasoning(item: Item): readonly Part[] {
  const isOurs = typeof item.id === 'string' && OWN_ID.test(item.id);
  const id = typeof item.id === 'string' && !isOurs ? { id: item.id } : {};
  const given = typeof item.format === 'string' ? item.format : REASONING_FORMAT;
  const format = given === UNKNOWN_FORMAT ? {} : { format: given };
  const texts = (list: Json | undefined, kind: 'summary' | 'text'): Part[] =>
    (Array.isArray(list) ? list : []).flatMap((entry): Part[] => {
      const text = isJsonObject(entry) && typeof entry.text === 'string' ? entry.text : undefined;
      return text === undefined ? [] : [{ type: 'reasoning', kind, text, ...id, ...format }];
    });
  const sealed: Part[] =
    typeof item.encrypted_content === 'string'
      ? [{ type: 'reasoning', kind: 'encrypted', text: item.encrypted_content, ...id, ...format }]
      : [];
  const pieces = [...texts(item.summary, 'summary'), ...texts(item.content, 'text'), ...sealed];
  // OpenRouter's skin carries other families' signatures beside the text they sign.
  if (typeof item.signature !== 'string') return pieces;
  const at = pieces.findLastIndex((piece) => piece.type === 'reasoning' && piece.kind === 'text');
  return pieces.map((piece, index) => (index === at ? { ...piece, signature: item.signature as string } : piece));
}

function readParts(content: Json | undefined, path: string): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw invalidRequest(path, 'Expected a string or an array of content parts');
  return content.map((part) => {
    if (!isJsonObject(part)) throw invalidRequest(path, 'Expected content parts to be objects');
    return readPart(part) ?? { type: 'native', format: FORMAT, data: part };
  });
}

function readPart(part: JsonObject): Part | undefined {
  const { type, ...rest } = part;
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text': {
      const { text, annotations: _, logprobs: __, ...unknown } = rest;
      return typeof text === 'string' ? { type: 'text', text, ...extraOf(unknown) } : undefined;
    }
    case 'refusal':
      return typeof rest.refusal === 'string' ? { type: 'refusal', text: rest.refusal } : undefined;
    case 'input_image':
      return readImage(rest);
    case 'input_file':
      return readFile(rest);
    case 'input_audio': {
      const sound = isJsonObject(rest.input_audio) ? rest.input_audio : rest;
      if (typeof sound.data !== 'string') return undefined;
      const mediaType = `audio/${typeof sound.format === 'string' ? sound.format : 'wav'}`;
      return { type: 'media', modality: 'audio', mediaType, source: { base64: sound.data } };
    }
    case 'input_video':
      return typeof rest.video_url === 'string' ? media('video', rest.video_url) : undefined;
    default:
      return undefined;
  }
}

function readImage({ image_url, file_id, detail, ...unknown }: JsonObject): Part | undefined {
  const traits = { ...(typeof detail === 'string' && { detail }), ...extraOf(unknown) };
  if (typeof image_url === 'string') return { ...media('image', image_url), ...traits };
  if (typeof file_id !== 'string') return undefined;
  return { type: 'media', modality: 'image', source: { file: file_id }, ...traits };
}

function readFile({ file_data, file_url, file_id, filename, ...unknown }: JsonObject): Part | undefined {
  const traits = { ...(typeof filename === 'string' && { name: filename }), ...extraOf(unknown) };
  if (typeof file_data === 'string') return { ...media('file', file_data), ...traits };
  if (typeof file_url === 'string') return { ...media('file', file_url), ...traits };
  if (typeof file_id !== 'string') return undefined;
  return { type: 'media', modality: 'file', source: { file: file_id }, ...traits };
}

function ownFields(
  body: JsonObject,
  fields: Readonly<Record<string, Json>>,
  choice: JsonObject,
): { readonly extra?: Extra } {
  const own = Object.entries(body).filter(
    ([name, value]) =>
      value !== null &&
      fields[name] === undefined &&
      !EXCHANGE_FIELDS.has(name) &&
      (FORMAT_FIELDS.has(name) || !KNOWN_FIELDS.has(name)),
  );
  return extraOf({ ...Object.fromEntries(own), ...choice });
}

function extraOf(unknown: JsonObject): { readonly extra?: Extra } {
  const kept = Object.entries(unknown).filter(([, value]) => value !== null && value !== undefined);
  return kept.length === 0 ? {} : { extra: { format: FORMAT, fields: Object.fromEntries(kept) } };
}
