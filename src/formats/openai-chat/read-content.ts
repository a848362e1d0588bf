import { z } from 'zod';
import type { Json, JsonObject } from '../../base/json.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import { Failure } from '../../generation/failure.ts';
import type { Message, Modality, Part, RequestContent, Tool } from '../../generation/request.ts';
import { EXCHANGE_FIELDS } from './request-fields.ts';

const partSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  image_url: z.union([z.string(), z.looseObject({ url: z.string(), detail: z.string().nullish() })]).optional(),
  input_audio: z.looseObject({ data: z.string(), format: z.string() }).optional(),
  video_url: z.looseObject({ url: z.string() }).optional(),
  file: z.looseObject({ filename: z.string().nullish(), file_data: z.string().nullish() }).optional(),
});
type ChatPart = z.infer<typeof partSchema>;

const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  name: z.string().nullish(),
  content: z.union([z.string(), z.array(partSchema)]).nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_call_id: z.string().nullish(),
  tool_calls: z
    .array(z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string(), arguments: z.string() }) }))
    .nullish(),
});
type ChatMessage = z.infer<typeof messageSchema>;

const toolSchema = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string().min(1).max(64),
      description: z.string().nullish(),
      parameters: z.record(z.string(), z.unknown()).nullish(),
      strict: z.boolean().nullish(),
    })
    .optional(),
});

/** Fields that `RequestContent` holds under names of its own. */
const STRUCTURED = new Set(['messages', 'tools', 'tool_choice', 'model', 'stream', 'stream_options']);

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
  return {
    messages: messages.map(readMessage),
    tools: tools.flatMap(readTool),
    ...(toolChoice !== undefined && { toolChoice }),
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
    },
  ];
}

function readToolChoice(choice: Json | undefined): RequestContent['toolChoice'] | undefined {
  if (choice === 'none' || choice === 'auto' || choice === 'required') return choice;
  const named = z.looseObject({ function: z.looseObject({ name: z.string() }) }).safeParse(choice);
  return named.success ? { name: named.data.function.name } : undefined;
}

function readMessage(message: ChatMessage): Message {
  const role = message.role === 'function' ? 'tool' : message.role;
  const parts = readParts(message.content ?? undefined);
  const name = message.name ? { name: message.name } : {};
  if (role === 'tool') {
    const callId = message.tool_call_id ?? message.name ?? '';
    return { role, ...name, content: [{ type: 'tool-result', callId, content: parts }] };
  }
  const reasoning = message.reasoning ?? message.reasoning_content;
  const calls = (message.tool_calls ?? []).map(
    (call): Part => ({
      type: 'tool-call',
      id: call.id,
      name: call.function.name,
      argumentsJson: call.function.arguments,
    }),
  );
  return {
    role,
    ...name,
    content: [...(reasoning ? [{ type: 'reasoning', text: reasoning } as const] : []), ...parts, ...calls],
  };
}

function readParts(content: string | readonly ChatPart[] | undefined): Part[] {
  if (content === undefined) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return content.flatMap((part) => readPart(part) ?? []);
}

function readPart(part: ChatPart): Part | undefined {
  if (part.text !== undefined && part.type === 'text') return { type: 'text', text: part.text };
  if (part.image_url !== undefined) {
    const image = typeof part.image_url === 'string' ? { url: part.image_url, detail: undefined } : part.image_url;
    return { ...media('image', image.url), ...(image.detail && { detail: image.detail }) };
  }
  if (part.input_audio) {
    const { data, format } = part.input_audio;
    return { type: 'media', modality: 'audio', mediaType: `audio/${format}`, source: { base64: data } };
  }
  if (part.video_url) return media('video', part.video_url.url);
  if (part.file?.file_data) {
    return { ...media('file', part.file.file_data), ...(part.file.filename && { name: part.file.filename }) };
  }
  return undefined;
}

function media(modality: Modality, url: string): Part & { type: 'media' } {
  const inline = /^data:([^;,]+);base64,/.exec(url);
  if (!inline) return { type: 'media', modality, source: { url } };
  return { type: 'media', modality, mediaType: inline[1]!, source: { base64: url.slice(inline[0].length) } };
}
