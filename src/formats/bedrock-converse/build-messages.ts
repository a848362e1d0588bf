import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { type Loss, listForeignExtras } from '../../generation/loss.ts';
import type { CacheMark, Message, Part, RequestContent, Tool } from '../../generation/request.ts';
import { fitSchema } from '../anthropic-messages/fit-schema.ts';
import type { RequestTarget } from '../format.ts';
import { wrapArguments } from '../openai-chat/call-arguments.ts';

export const FORMAT = 'bedrock-converse';

export interface BuiltMessages {
  readonly messages: readonly JsonObject[];
  readonly system: readonly JsonObject[];
  readonly toolConfig?: JsonObject;
}

/** Canonical content as Converse's messages: two roles in turn, blocks of one kind each, results in the user's turn. */
export function buildMessages(content: RequestContent, target: RequestTarget, losses: Loss[]): BuiltMessages {
  losses.push(...listForeignExtras(content, FORMAT));
  const builder = new MessagesBuilder(target, losses);
  for (const [index, message] of content.messages.entries()) builder.message(message, `messages.${index}`);
  const toolConfig = toolConfigOf(content, builder.hasToolBlocks, target, losses);
  return { messages: builder.messages, system: builder.system, ...(toolConfig && { toolConfig }) };
}

/** Tools can't be forbidden here. They are left out, unless the history has calls: then they have to be named. */
function toolConfigOf(
  content: RequestContent,
  isNeeded: boolean,
  target: RequestTarget,
  losses: Loss[],
): JsonObject | undefined {
  const { tools, toolChoice: choice } = content;
  if (tools.length === 0) return undefined;
  if (choice === 'none') {
    losses.push({
      field: 'tool_choice',
      outcome: 'emulated',
      reason: 'by leaving out the tools, where none was called',
    });
    if (!isNeeded) return undefined;
  }
  const toolChoice =
    choice === 'required' ? { any: {} } : typeof choice === 'object' ? { tool: { name: choice.name } } : undefined;
  return {
    tools: tools.flatMap((tool, index) => encodeTool(tool, `tools.${index}`, target, losses)),
    ...(toolChoice && { toolChoice }),
  };
}

function encodeTool(tool: Tool, path: string, target: RequestTarget, losses: Loss[]): readonly JsonObject[] {
  const isHeld = tool.strict === true && target.supportedParameters.includes('structured_outputs');
  if (tool.strict === true && !isHeld) {
    losses.push({
      field: `${path}.function.strict`,
      outcome: 'dropped',
      reason: 'arguments are not held to the schema',
    });
  }
  const toolSpec = {
    name: tool.name,
    ...(tool.description && { description: tool.description }),
    inputSchema: { json: schemaOf(tool, isHeld, path, losses) },
    ...(isHeld && { strict: true }),
  };
  return [{ toolSpec }, ...cachePoint(tool.cache, target, path, losses)];
}

function schemaOf({ parameters }: Tool, isHeld: boolean, path: string, losses: Loss[]): JsonObject {
  if (!parameters) return { type: 'object', properties: {}, ...(isHeld && { additionalProperties: false }) };
  return isHeld ? fitSchema(parameters, `${path}.function.parameters`, losses) : parameters;
}

class MessagesBuilder {
  readonly messages: { role: string; content: JsonObject[] }[] = [];
  readonly system: JsonObject[] = [];
  hasToolBlocks = false;
  readonly #target: RequestTarget;
  readonly #losses: Loss[];
  #documents = 0;

  constructor(target: RequestTarget, losses: Loss[]) {
    this.#target = target;
    this.#losses = losses;
  }

  message(message: Message, path: string): void {
    if (message.name !== undefined && message.role !== 'tool') this.#drop(`${path}.name`, 'a message has no name here');
    const blocks = message.content.flatMap((part, place) => this.#blocks(part, `${path}.content.${place}`));
    if (message.role === 'system' || message.role === 'developer') {
      if (this.messages.length > 0) {
        const reason = 'instructions all stand before the first turn here';
        this.#losses.push({ field: path, outcome: 'approximated', reason });
      }
      this.system.push(...blocks);
      return;
    }
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const last = this.messages.at(-1);
    if (blocks.length === 0) return;
    if (last?.role === role) last.content.push(...blocks);
    else this.messages.push({ role, content: blocks });
  }

  #blocks(part: Part, path: string): JsonObject[] {
    if (part.type === 'native') return part.format === FORMAT && isJsonObject(part.data) ? [part.data] : [];
    const block = this.#block(part, path);
    const cache = part.cache ?? (part.type === 'tool-result' ? cacheWithin(part.content) : undefined);
    return block ? [block, ...cachePoint(cache, this.#target, path, this.#losses)] : [];
  }

  #block(part: Exclude<Part, { type: 'native' }>, path: string): JsonObject | undefined {
    switch (part.type) {
      case 'text':
      case 'refusal':
        // An empty text is answered with an error.
        return part.text.trim() === '' ? undefined : { text: part.text };
      case 'tool-call':
        this.hasToolBlocks = true;
        return {
          toolUse: {
            toolUseId: part.id,
            name: part.name,
            input: wrapArguments(part.argumentsJson, path, this.#losses),
          },
        };
      case 'tool-result':
        this.hasToolBlocks = true;
        return this.#result(part, path);
      case 'media':
        return this.#media(part, path);
      default:
        return this.#reasoning(part, path);
    }
  }

  /** No mark stands inside a result: one there counts after the whole. */
  #result(part: Part & { type: 'tool-result' }, path: string): JsonObject {
    const content = part.content.flatMap((inner, place) => {
      if (inner.type === 'native') return this.#blocks(inner, `${path}.content.${place}`);
      return this.#block(inner, `${path}.content.${place}`) ?? [];
    });
    return {
      toolResult: {
        toolUseId: part.callId,
        content: content.length > 0 ? content : [{ text: '(empty)' }],
        ...(part.isError && { status: 'error' }),
      },
    };
  }

  /** Only Anthropic's models read their thoughts back, and only with their signature. */
  #reasoning(part: Part & { type: 'reasoning' }, path: string): JsonObject | undefined {
    const isOwn = part.format?.startsWith('anthropic') ?? false;
    if (isOwn && part.kind === 'encrypted') return { reasoningContent: { redactedContent: part.text } };
    // A stream names the family with the signature, at the end; clients that join the pieces keep what the first one said.
    if ((isOwn || part.format === undefined) && part.signature !== undefined) {
      return { reasoningContent: { reasoningText: { text: part.text, signature: part.signature } } };
    }
    this.#drop(path, 'only its own family can read its reasoning back');
    return undefined;
  }

  #media(part: Part & { type: 'media' }, path: string): JsonObject | undefined {
    const { source } = part;
    const fetched = 'url' in source ? this.#target.media?.get(source.url) : undefined;
    const bytes = 'base64' in source ? source.base64 : fetched?.base64;
    const mediaType = fetched?.mediaType ?? part.mediaType ?? '';
    const [format, kind] = FORMATS[mediaType] ?? [];
    if (bytes !== undefined && format !== undefined && kind !== undefined) {
      if (part.detail !== undefined) this.#drop(`${path}.detail`, 'pictures are read at one size');
      const name = kind === 'document' ? { name: `document ${++this.#documents}` } : {};
      return { [kind]: { format, ...name, source: { bytes } } };
    }
    this.#drop(path, `${part.modality} of this kind has no form here`);
    return undefined;
  }

  #drop(field: string, reason: string): void {
    this.#losses.push({ field, outcome: 'dropped', reason });
  }
}

type MediaKind = 'image' | 'video' | 'document' | 'audio';

/** Media type → what it is called here, and as what it is sent. */
const FORMATS: Readonly<Record<string, readonly [format: string, kind: MediaKind] | undefined>> = {
  'image/png': ['png', 'image'],
  'image/jpeg': ['jpeg', 'image'],
  'image/gif': ['gif', 'image'],
  'image/webp': ['webp', 'image'],
  'video/mp4': ['mp4', 'video'],
  'video/quicktime': ['mov', 'video'],
  'video/webm': ['webm', 'video'],
  'video/x-matroska': ['mkv', 'video'],
  'application/pdf': ['pdf', 'document'],
  'text/csv': ['csv', 'document'],
  'text/html': ['html', 'document'],
  'text/plain': ['txt', 'document'],
  'text/markdown': ['md', 'document'],
  'application/msword': ['doc', 'document'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['docx', 'document'],
  'application/vnd.ms-excel': ['xls', 'document'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx', 'document'],
  'audio/wav': ['wav', 'audio'],
  'audio/mp3': ['mp3', 'audio'],
  'audio/mpeg': ['mp3', 'audio'],
  'audio/flac': ['flac', 'audio'],
  'audio/ogg': ['ogg', 'audio'],
  'audio/m4a': ['m4a', 'audio'],
  'audio/aac': ['aac', 'audio'],
};

function cacheWithin(parts: readonly Part[]): CacheMark | undefined {
  const last = parts.at(-1);
  return last === undefined || last.type === 'native' ? undefined : last.cache;
}

/** A model that does not know marks answers one with an error. */
function cachePoint(
  mark: CacheMark | undefined,
  { quirks }: RequestTarget,
  path: string,
  losses: Loss[],
): readonly JsonObject[] {
  if (mark === undefined) return [];
  if (quirks.cacheMarks === 'refused') {
    losses.push({ field: `${path}.cache_control`, outcome: 'dropped', reason: 'the model takes no marks' });
    return [];
  }
  return [{ cachePoint: { type: 'default', ...(mark.ttl !== undefined && { ttl: mark.ttl }) } }];
}
