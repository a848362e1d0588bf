import type { Json, JsonObject } from '../../base/json.ts';
import { ByteEdits, joinBytes } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { GenerationRequest, Message, Part, RequestContent, Tool } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { EXCHANGE_FIELDS, PARAMETER_NAMES } from './request-fields.ts';

const encoder = new TextEncoder();
const COMMA = encoder.encode(',');

/** Limits of cost and the shape of the answer are sent even to an endpoint that does not list them. */
const ALWAYS_SENT: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens']);

/** The provider's body: the caller's own bytes with the fields spliced that are ours, or built from the canonical content. */
export function encodeChatRequest(request: GenerationRequest, target: RequestTarget): Uint8Array {
  const body =
    request.origin.format === 'openai-chat' ? spliceRequest(request, target) : buildRequest(request.content(), target);
  const amend = target.quirks.amendBody;
  if (!amend) return body;
  const parsed = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
  return encoder.encode(JSON.stringify(amend(parsed)));
}

function spliceRequest(request: GenerationRequest, target: RequestTarget): Uint8Array {
  const { body, document, fields } = request.origin;
  const overrides = ownFields(request, target);
  const pieces: Uint8Array[] = [encoder.encode('{')];
  const add = (piece: Uint8Array): void => {
    if (pieces.length > 1) pieces.push(COMMA);
    pieces.push(piece);
  };
  for (const [name, node] of fields) {
    const sentName = providerFieldName(name, target);
    if (sentName === undefined || Object.hasOwn(overrides, sentName)) continue;
    // A field sent under both its names would be twice in the body: the provider's own name wins.
    if (sentName !== name && fields.has(sentName)) continue;
    if (name === 'messages') add(spliceMessages(document, node, target));
    else if (sentName === name) add(body.subarray(document.keyStart(node), document.end(node)));
    else add(joinBytes([encoder.encode(`"${sentName}":`), body.subarray(document.start(node), document.end(node))]));
  }
  for (const [name, value] of Object.entries(overrides)) {
    if (value !== undefined) add(encoder.encode(`${JSON.stringify(name)}:${JSON.stringify(value)}`));
  }
  pieces.push(encoder.encode('}'));
  return joinBytes(pieces);
}

/** Fields whose value we decide; `undefined` removes the caller's. */
function ownFields(request: GenerationRequest, target: RequestTarget): Record<string, Json | undefined> {
  const { quirks } = target;
  const own: Record<string, Json | undefined> = { model: target.upstreamModel };
  own.stream = target.stream ? true : undefined;
  own.stream_options =
    target.stream && quirks.streamUsage !== 'given' && quirks.streamUsage !== 'refused'
      ? { include_usage: true }
      : undefined;
  if (target.endUser !== undefined) own.user = target.endUser;
  if (quirks.reasoning !== 'object') Object.assign(own, reasoningFields(request, target.supportedParameters));
  return { ...own, ...quirks.set };
}

/** OpenRouter's `reasoning` object in OpenAI's words. A token budget has none there: the nearest effort stands in for it. */
function reasoningFields(request: GenerationRequest, supported: readonly string[]): Record<string, Json | undefined> {
  const reasoning = request.field('reasoning') as JsonObject | undefined;
  const shorthand = request.field('reasoning_effort');
  if (reasoning === undefined) return {};
  const effort = shorthand ?? reasoning.effort ?? (reasoning.enabled === true ? 'medium' : undefined);
  const isHonoured = isSupported('reasoning_effort', supported);
  return { reasoning: undefined, reasoning_effort: isHonoured && effort !== null ? effort : undefined };
}

/** What the provider calls a field; undefined when it is not for it. */
function providerFieldName(name: string, target: RequestTarget): string | undefined {
  const { quirks, supportedParameters } = target;
  if (EXCHANGE_FIELDS.has(name) || quirks.drop?.includes(name)) return undefined;
  const renamed = quirks.rename?.[name];
  if (renamed !== undefined) return renamed;
  if (name === 'max_completion_tokens' && knows(supportedParameters, 'max_tokens', name)) return 'max_tokens';
  if (name === 'max_tokens' && knows(supportedParameters, 'max_completion_tokens', name))
    return 'max_completion_tokens';
  if (PARAMETER_NAMES.has(name) && !ALWAYS_SENT.has(name) && !isSupported(name, supportedParameters)) return undefined;
  return name;
}

function knows(supported: readonly string[], one: string, other: string): boolean {
  return supported.includes(one) && !supported.includes(other);
}

function isSupported(name: string, supported: readonly string[]): boolean {
  if (supported.includes(name)) return true;
  // `structured_outputs` is the capability, `response_format` the field that asks for it; likewise for reasoning and tools.
  if (name === 'response_format') return supported.includes('structured_outputs');
  if (name === 'reasoning_effort') return supported.includes('reasoning');
  if (name === 'parallel_tool_calls' || name === 'tool_choice') return supported.includes('tools');
  if (name === 'top_logprobs') return supported.includes('logprobs');
  return false;
}

function spliceMessages(document: JsonDocument, node: number, target: RequestTarget): Uint8Array {
  const bytes = document.bytes.subarray(document.keyStart(node), document.end(node));
  const roles = target.quirks.roles;
  if (!roles) return bytes;
  const edits = new ByteEdits();
  const offset = document.keyStart(node);
  for (const message of document.children(node)) {
    const role = document.member(message, 'role');
    const renamed = role === undefined ? undefined : roles[document.value(role) as string];
    if (renamed !== undefined) {
      edits.replace(document.start(role!) - offset, document.end(role!) - offset, JSON.stringify(renamed));
    }
  }
  return edits.apply(bytes);
}

function buildRequest(content: RequestContent, target: RequestTarget): Uint8Array {
  const body: Record<string, Json | undefined> = { model: target.upstreamModel };
  body.messages = content.messages.map((message) => encodeMessage(message, target.quirks.roles));
  if (content.tools.length > 0) body.tools = content.tools.map(encodeTool);
  if (content.toolChoice !== undefined) body.tool_choice = encodeToolChoice(content.toolChoice);
  for (const [name, value] of Object.entries(content.fields)) {
    const sentName = providerFieldName(name, target);
    if (sentName !== undefined) body[sentName] = value;
  }
  if (target.stream) {
    body.stream = true;
    const streamUsage = target.quirks.streamUsage ?? 'ask';
    if (streamUsage === 'ask') body.stream_options = { include_usage: true };
  }
  if (target.endUser !== undefined) body.user = target.endUser;
  return encoder.encode(JSON.stringify({ ...body, ...target.quirks.set }));
}

function encodeToolChoice(choice: NonNullable<RequestContent['toolChoice']>): Json {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function encodeTool(tool: Tool): Json {
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      ...(tool.parameters !== undefined && { parameters: tool.parameters }),
      ...(tool.strict !== undefined && { strict: tool.strict }),
    },
  };
}

function encodeMessage(message: Message, roles: Readonly<Record<string, string>> | undefined): Json {
  const role = roles?.[message.role] ?? message.role;
  const result = message.content.find((part) => part.type === 'tool-result');
  if (result) return { role, tool_call_id: result.callId, content: encodeParts(result.content) };
  const calls = message.content.filter((part) => part.type === 'tool-call');
  const parts = message.content.filter((part) => part.type === 'text' || part.type === 'media');
  return {
    role,
    ...(message.name !== undefined && { name: message.name }),
    content: parts.length === 0 ? null : encodeParts(parts),
    ...(calls.length > 0 && {
      tool_calls: calls.map((call) => ({
        id: call.id,
        type: 'function',
        function: { name: call.name, arguments: call.argumentsJson },
      })),
    }),
  };
}

function encodeParts(parts: readonly Part[]): Json {
  if (parts.every((part) => part.type === 'text')) return parts.map((part) => part.text).join('');
  return parts.flatMap((part) => encodePart(part) ?? []);
}

function encodePart(part: Part): Json | undefined {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type !== 'media') return undefined;
  const url =
    'url' in part.source
      ? part.source.url
      : `data:${part.mediaType ?? 'application/octet-stream'};base64,${part.source.base64}`;
  switch (part.modality) {
    case 'image':
      return { type: 'image_url', image_url: { url, ...(part.detail !== undefined && { detail: part.detail }) } };
    case 'audio':
      return 'base64' in part.source
        ? {
            type: 'input_audio',
            input_audio: { data: part.source.base64, format: part.mediaType?.split('/')[1] ?? 'wav' },
          }
        : undefined;
    case 'video':
      return { type: 'video_url', video_url: { url } };
    default:
      return { type: 'file', file: { ...(part.name !== undefined && { filename: part.name }), file_data: url } };
  }
}
