import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import { Failure } from '../../generation/failure.ts';
import { readReasoningDetail } from '../../generation/reasoning.ts';
import type { CacheMark, Extra, Message, Modality, Part, RequestContent, Tool } from '../../generation/request.ts';
import { EXCHANGE_FIELDS } from './request-fields.ts';
import { choiceAmong } from './tool-choice.ts';

const FORMAT = 'openai-chat';

const partSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  refusal: z.string().optional(),
  image_url: z.union([z.string(), z.looseObject({ url: z.string(), detail: z.string().nullish() })]).optional(),
  input_audio: z.looseObject({ data: z.string(), format: z.string() }).optional(),
  video_url: z.looseObject({ url: z.string() }).optional(),
  file: z
    .looseObject({ filename: z.string().nullish(), file_data: z.string().nullish(), file_id: z.string().nullish() })
    .optional(),
  cache_control: z.unknown().optional(),
});
type ChatPart = z.infer<typeof partSchema>;

const callSchema = z.looseObject({
  id: z.string(),
  type: z.string().optional(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});

export const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  name: z.string().nullish(),
  content: z.union([z.string(), z.array(partSchema)]).nullish(),
  refusal: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning_details: z.array(z.unknown()).nullish(),
  tool_call_id: z.string().nullish(),
  tool_calls: z.array(callSchema).nullish(),
});
type ChatMessage = z.infer<typeof messageSchema>;

export const toolSchema = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string().min(1).max(64),
      description: z.string().nullish(),
      parameters: z.record(z.string(), z.unknown()).nullish(),
      strict: z.boolean().nullish(),
    })
    .optional(),
  cache_control: z.unknown().optional(),
});

/** Fields that `RequestContent` holds under names of its own. */
const STRUCTURED = new Set(['messages', 'tools', 'tool_choice', 'model', 'stream', 'stream_options']);
/** What the canonical language has a place for, beside a message's and a part's own kind. */
const MESSAGE_FIELDS = new Set(Object.keys(messageSchema.shape));
const PART_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(['type', 'text', 'cache_control']),
  refusal: new Set(['type', 'refusal']),
  image_url: new Set(['type', 'image_url', 'cache_control']),
  input_audio: new Set(['type', 'input_audio', 'cache_control']),
  video_url: new Set(['type', 'video_url', 'cache_control']),
  file: new Set(['type', 'file', 'cache_control']),
};
const CALL_FIELDS = new Set(['id', 'type', 'function']);
const TOOL_FIELDS = new Set(['type', 'function', 'cache_control']);

/** The whole request in the canonical language, for a provider of another format. */
export function readContent(document: JsonDocument, nodes: ReadonlyMap<string, number>): RequestContent {
  const messages = parse(z.array(messageSchema), document.value(nodes.get('messages')!), 'messages');
  const tools = nodes.has('tools') ? parse(z.array(toolSchema), document.value(nodes.get('tools')!), 'tools') : [];
  const choice = nodes.has('tool_choice') ? (document.value(nodes.get('tool_choice')!) as Json) : undefined;
  const fields: Record<string, Json> = {};
  for (const [name, node] of nodes) {
    if (!STRUCTURED.has(name) && !EXCHANGE_FIELDS.has(name)) fields[name] = document.value(node) as Json;
  }
  const toolChoice = readToolChoice(choice);
  const nativeTools = tools.filter((tool) => !tool.function).map((data) => ({ format: FORMAT, data: data as Json }));
  return {
    messages: messages.map(readMessage),
    tools: tools.flatMap(readTool),
    ...(nativeTools.length > 0 && { nativeTools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(isJsonObject(choice) &&
      !isFunctionChoice(choice) && { extra: { format: FORMAT, fields: { tool_choice: choice } } }),
    fields,
  };
}

function parse<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = [name, ...(issue?.path ?? []).map(String)].join('.');
  throw new Failure('invalid-request', {
    message: `${path}: ${issue?.message ?? 'Invalid value'}`,
    metadata: { param: path },
  });
}

function readTool(tool: z.infer<typeof toolSchema>): Tool[] {
  if (!tool.function) return [];
  const { name, description, parameters, strict } = tool.function;
  return [
    {
      name,
      ...(description && { description }),
      ...(parameters && { parameters: parameters as JsonObject }),
      ...(typeof strict === 'boolean' && { strict }),
      ...cacheOf(tool.cache_control),
      ...extraOf(tool, TOOL_FIELDS),
    },
  ];
}

function readToolChoice(choice: Json | undefined): RequestContent['toolChoice'] | undefined {
  if (choice === 'none' || choice === 'auto' || choice === 'required') return choice;
  const named = z.looseObject({ function: z.looseObject({ name: z.string() }) }).safeParse(choice);
  if (named.success) return { name: named.data.function.name };
  const allowed = isJsonObject(choice) && choice.type === 'allowed_tools' ? choice.allowed_tools : undefined;
  return isJsonObject(allowed) ? choiceAmong(allowed.mode, allowed.tools) : undefined;
}

/** Others, such as a choice among some tools, have no whole word elsewhere. */
function isFunctionChoice(choice: JsonObject): boolean {
  return choice.type === 'function' || isJsonObject(choice.function);
}

function readMessage(message: ChatMessage): Message {
  const role = message.role === 'function' ? 'tool' : message.role;
  const parts = readParts(message.content ?? undefined);
  const traits = { ...(message.name && { name: message.name }), ...extraOf(message, MESSAGE_FIELDS) };
  if (role === 'tool') {
    const callId = message.tool_call_id ?? message.name ?? '';
    return { role, ...traits, content: [readResult(callId, parts)] };
  }
  const calls = (message.tool_calls ?? []).map(
    (call): Part => ({
      type: 'tool-call',
      id: call.id,
      name: call.function.name,
      argumentsJson: call.function.arguments,
      ...extraOf(call, CALL_FIELDS),
    }),
  );
  const refusal: readonly Part[] = message.refusal ? [{ type: 'refusal', text: message.refusal }] : [];
  return { role, ...traits, content: [...readReasoning(message), ...parts, ...refusal, ...calls] };
}

/** A mark at the end of what a tool answered is a mark after the whole result. */
function readResult(callId: string, parts: readonly Part[]): Part {
  const last = parts.at(-1);
  if (last === undefined || last.type === 'native' || last.cache === undefined) {
    return { type: 'tool-result', callId, content: parts };
  }
  const { cache, ...plain } = last;
  return { type: 'tool-result', callId, content: [...parts.slice(0, -1), plain], cache };
}

/** The details hold all that the plain text holds, and its signatures: where they came, they count. */
function readReasoning(message: ChatMessage): readonly Part[] {
  const details = (message.reasoning_details ?? []).flatMap((detail): Part[] => {
    const piece = readReasoningDetail(detail as Json);
    return piece ? [{ type: 'reasoning', ...piece }] : [{ type: 'native', format: FORMAT, data: detail as Json }];
  });
  if (details.length > 0) return joinSeals(details);
  const text = message.reasoning ?? message.reasoning_content;
  return text ? [{ type: 'reasoning', text }] : [];
}

/** Streams send a text in many details and its signature alone in the last: together they are one piece. */
function joinSeals(details: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const detail of details) {
    const last = joined.at(-1);
    const continues =
      detail.type === 'reasoning' &&
      last?.type === 'reasoning' &&
      detail.kind === 'text' &&
      last.kind === 'text' &&
      last.signature === undefined &&
      (detail.text === '' || detail.id === last.id) &&
      // A text says whose it is only when it is sealed.
      (detail.format === last.format || (detail.text === '' && last.format === undefined));
    if (continues) joined[joined.length - 1] = { ...last, ...detail, text: last.text + detail.text };
    else joined.push(detail);
  }
  return joined;
}

function readParts(content: string | readonly ChatPart[] | undefined): Part[] {
  if (content === undefined) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return content.map((part) => readPart(part) ?? { type: 'native', format: FORMAT, data: part as Json });
}

function readPart(part: ChatPart): Part | undefined {
  const known = PART_FIELDS[part.type];
  const traits = known ? { ...cacheOf(part.cache_control), ...extraOf(part, known) } : {};
  if (part.text !== undefined && part.type === 'text') return { type: 'text', text: part.text, ...traits };
  if (part.refusal !== undefined && part.type === 'refusal') return { type: 'refusal', text: part.refusal, ...traits };
  if (part.image_url !== undefined) {
    const image = typeof part.image_url === 'string' ? { url: part.image_url, detail: undefined } : part.image_url;
    return { ...media('image', image.url), ...(image.detail && { detail: image.detail }), ...traits };
  }
  if (part.input_audio) {
    const { data, format } = part.input_audio;
    return { type: 'media', modality: 'audio', mediaType: `audio/${format}`, source: { base64: data }, ...traits };
  }
  if (part.video_url) return { ...media('video', part.video_url.url), ...traits };
  const name = part.file?.filename ? { name: part.file.filename } : {};
  if (part.file?.file_data) return { ...media('file', part.file.file_data), ...name, ...traits };
  if (part.file?.file_id) {
    return { type: 'media', modality: 'file', source: { file: part.file.file_id }, ...name, ...traits };
  }
  return undefined;
}

/** A data URL as its data, anything else as an address. */
export function media(modality: Modality, url: string): Part & { type: 'media' } {
  const inline = /^data:([^;,]+);base64,/.exec(url);
  if (!inline) return { type: 'media', modality, source: { url } };
  return { type: 'media', modality, mediaType: inline[1]!, source: { base64: url.slice(inline[0].length) } };
}

function cacheOf(control: unknown): { readonly cache?: CacheMark } {
  const mark = z.looseObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() }).safeParse(control);
  if (!mark.success) return {};
  return { cache: mark.data.ttl === undefined ? {} : { ttl: mark.data.ttl } };
}

function extraOf(value: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): { readonly extra?: Extra } {
  const unknown = Object.entries(value).filter(
    ([name, field]) => !known.has(name) && field !== null && field !== undefined,
  );
  if (unknown.length === 0) return {};
  return { extra: { format: FORMAT, fields: Object.fromEntries(unknown) as JsonObject } };
}
