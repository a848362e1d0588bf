import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { type Loss, listForeignExtras } from '../../generation/loss.ts';
import type { CacheMark, Message, Part, RequestContent, Tool } from '../../generation/request.ts';
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
  const toolConfig = toolConfigOf(content, builder.hasToolBlocks, losses);
  return { messages: builder.messages, system: builder.system, ...(toolConfig && { toolConfig }) };
}

/** Tools can't be forbidden here. They are left out, unless the history has calls: then they have to be named. */
function toolConfigOf(content: RequestContent, isNeeded: boolean, losses: Loss[]): JsonObject | undefined {
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
    tools: tools.flatMap((tool, index) => encodeTool(tool, `tools.${index}`, losses)),
    ...(toolChoice && { toolChoice }),
  };
}

function encodeTool(tool: Tool, path: string, losses: Loss[]): readonly JsonObject[] {
  if (tool.strict === true) {
    losses.push({
      field: `${path}.function.strict`,
      outcome: 'dropped',
      reason: 'arguments are not held to the schema',
    });
  }
  const toolSpec = {
    name: tool.name,
    ...(tool.description && { description: tool.description }),
    inputSchema: { json: tool.parameters ?? { type: 'object', properties: {} } },
  };
  return [{ toolSpec }, ...cachePoint(tool.cache)];
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
    return block ? [block, ...cachePoint(part.cache)] : [];
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

  #result(part: Part & { type: 'tool-result' }, path: string): JsonObject {
    const content = part.content.flatMap((inner, place) => this.#blocks(inner, `${path}.content.${place}`));
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
    if (isOwn && part.signature !== undefined) {
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
    const format = FORMATS[mediaType];
    if (bytes !== undefined && format !== undefined && KINDS[format] !== undefined) {
      const kind = KINDS[format]!;
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

const FORMATS: Readonly<Record<string, string | undefined>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'video/x-matroska': 'mkv',
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
};
const KINDS: Readonly<Record<string, 'image' | 'video' | 'document' | undefined>> = {
  ...{
    png: 'image',
    jpeg: 'image',
    gif: 'image',
    webp: 'image',
    mp4: 'video',
    mov: 'video',
    webm: 'video',
    mkv: 'video',
  },
  ...{ pdf: 'document', csv: 'document', html: 'document', txt: 'document', md: 'document' },
};

function cachePoint(mark: CacheMark | undefined): readonly JsonObject[] {
  if (mark === undefined) return [];
  return [{ cachePoint: { type: 'default', ...(mark.ttl !== undefined && { ttl: mark.ttl }) } }];
}
