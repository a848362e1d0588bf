import type { Json, JsonObject } from '../../base/json.ts';
import { type Loss, listCacheMarks, listForeignExtras } from '../../generation/loss.ts';
import type { Extra, Message, Part, RequestContent, Tool } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { mediaUrl } from '../openai-chat/build-content.ts';
import { FORMAT } from './read-content.ts';

export interface BuiltInput {
  readonly instructions?: string;
  readonly input: readonly Json[];
  readonly tools: readonly Json[];
  readonly toolChoice?: Json;
  /** Top-level fields that only this format knows. */
  readonly extra: JsonObject;
}

/** Canonical content as the items of a Responses request. */
export function buildContent(content: RequestContent, target: RequestTarget, losses: Loss[]): BuiltInput {
  losses.push(...listForeignExtras(content, FORMAT), ...listCacheMarks(content));
  const builder = new InputBuilder(target, losses);
  const [first] = content.messages;
  const instructions = first && plainSystem(first);
  const messages = instructions === undefined ? content.messages : content.messages.slice(1);
  const nativeTools = (content.nativeTools ?? []).flatMap((tool) => (tool.format === FORMAT ? [tool.data] : []));
  const choice = content.toolChoice;
  const extra = content.extra?.format === FORMAT ? content.extra.fields : {};
  return {
    ...(instructions !== undefined && { instructions }),
    input: messages.flatMap((message, index) => builder.message(message, `messages.${index}`)),
    tools: [...content.tools.map(encodeTool), ...nativeTools],
    ...(choice !== undefined &&
      !('tool_choice' in extra) && {
        toolChoice: typeof choice === 'string' ? choice : { type: 'function', name: choice.name },
      }),
    extra,
  };
}

/** A first message of the system that is plain text is what `instructions` is for. */
function plainSystem(message: Message): string | undefined {
  const [part] = message.content;
  if (message.role !== 'system' || message.content.length !== 1 || part?.type !== 'text' || part.cache)
    return undefined;
  return part.text;
}

function encodeTool(tool: Tool): Json {
  return {
    type: 'function',
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    parameters: tool.parameters ?? { type: 'object', properties: {} },
    strict: tool.strict ?? false,
    ...ownExtra(tool.extra),
  };
}

class InputBuilder {
  readonly #target: RequestTarget;
  readonly #losses: Loss[];

  constructor(target: RequestTarget, losses: Loss[]) {
    this.#target = target;
    this.#losses = losses;
  }

  message(message: Message, path: string): readonly Json[] {
    if (message.name !== undefined && message.role !== 'tool') {
      this.#losses.push({ field: `${path}.name`, outcome: 'dropped', reason: 'a message has no name here' });
    }
    return message.role === 'assistant' ? this.#assistant(message, path) : this.#given(message, path);
  }

  #given(message: Message, path: string): readonly Json[] {
    const items: Json[] = [];
    const spoken: Json[] = [];
    for (const [place, part] of message.content.entries()) {
      if (part.type === 'tool-result') items.push(this.#result(part, path));
      else spoken.push(...this.#input(part, `${path}.content.${place}`));
    }
    const role = message.role === 'tool' ? 'user' : (this.#target.quirks.roles?.[message.role] ?? message.role);
    if (spoken.length > 0 || items.length === 0) items.push({ type: 'message', role, content: spoken });
    return items;
  }

  #result(part: Part & { type: 'tool-result' }, path: string): Json {
    if (part.isError) {
      this.#losses.push({ field: `${path}.is_error`, outcome: 'dropped', reason: 'a failed tool has no mark here' });
    }
    const isPlain = part.content.every((inner) => inner.type === 'text');
    const output = isPlain
      ? part.content.map((inner) => (inner.type === 'text' ? inner.text : '')).join('')
      : part.content.flatMap((inner, place) => this.#input(inner, `${path}.content.${place}`));
    return { type: 'function_call_output', call_id: part.callId, output };
  }

  /** Each run of texts is a message item; calls and thoughts are items of their own, in their order. */
  #assistant(message: Message, path: string): readonly Json[] {
    const items: Json[] = [];
    let texts: Json[] = [];
    const flush = (): void => {
      if (texts.length > 0) items.push({ type: 'message', role: 'assistant', content: texts });
      texts = [];
    };
    const thoughts = new Map<string, Part & { type: 'reasoning' }>();
    for (const [place, part] of message.content.entries()) {
      const at = `${path}.content.${place}`;
      if (part.type === 'text')
        texts.push({ type: 'output_text', text: part.text, annotations: [], ...ownExtra(part.extra) });
      else if (part.type === 'refusal') texts.push({ type: 'refusal', refusal: part.text });
      else {
        flush();
        items.push(...this.#item(part, at, items, thoughts));
      }
    }
    flush();
    return items;
  }

  #item(part: Part, path: string, items: Json[], thoughts: Map<string, Part & { type: 'reasoning' }>): readonly Json[] {
    if (part.type === 'tool-call') {
      return [{ type: 'function_call', call_id: part.id, name: part.name, arguments: part.argumentsJson }];
    }
    if (part.type === 'native') return part.format === FORMAT ? [part.data] : [];
    if (part.type === 'reasoning') return this.#reasoning(part, path, items, thoughts);
    this.#losses.push({ field: path, outcome: 'dropped', reason: `the assistant cannot send ${part.type} here` });
    return [];
  }

  /** Pieces with one id are one item again. What came from another family, or without an id, can't be read back. */
  #reasoning(
    part: Part & { type: 'reasoning' },
    path: string,
    items: Json[],
    thoughts: Map<string, Part & { type: 'reasoning' }>,
  ): readonly Json[] {
    if (part.id === undefined || !part.format?.includes('responses')) {
      this.#losses.push({ field: path, outcome: 'dropped', reason: 'only this API can read its reasoning back' });
      return [];
    }
    const piece =
      part.kind === 'encrypted'
        ? { encrypted_content: part.text }
        : part.kind === 'summary'
          ? { summary: [{ type: 'summary_text', text: part.text }] }
          : { content: [{ type: 'reasoning_text', text: part.text }] };
    const last = items.at(-1) as JsonObject | undefined;
    if (thoughts.has(part.id) && last?.type === 'reasoning' && last.id === part.id) {
      items[items.length - 1] = mergeReasoning(last, piece);
      return [];
    }
    thoughts.set(part.id, part);
    return [mergeReasoning({ type: 'reasoning', id: part.id, summary: [] }, piece)];
  }

  #input(part: Part, path: string): readonly Json[] {
    switch (part.type) {
      case 'text':
        return [{ type: 'input_text', text: part.text, ...ownExtra(part.extra) }];
      case 'refusal':
        return [{ type: 'input_text', text: part.text }];
      case 'native':
        return part.format === FORMAT ? [part.data] : [];
      case 'media': {
        const encoded = this.#media(part);
        if (encoded) return [{ ...encoded, ...ownExtra(part.extra) }];
        this.#losses.push({ field: path, outcome: 'dropped', reason: `${part.modality} has no form here` });
        return [];
      }
      default:
        this.#losses.push({ field: path, outcome: 'dropped', reason: `${part.type} has no place in this message` });
        return [];
    }
  }

  #media(part: Part & { type: 'media' }): JsonObject | undefined {
    const url = mediaUrl(part, this.#target.media);
    const file = 'file' in part.source ? { file_id: part.source.file } : undefined;
    if (part.modality === 'image') {
      const source = file ?? (url === undefined ? undefined : { image_url: url });
      return source && { type: 'input_image', detail: part.detail ?? 'auto', ...source };
    }
    if (part.modality === 'file') {
      const name = part.name === undefined ? {} : { filename: part.name };
      if (file) return { type: 'input_file', ...name, ...file };
      if (url === undefined) return undefined;
      return url.startsWith('data:')
        ? { type: 'input_file', filename: part.name ?? 'file', file_data: url }
        : { type: 'input_file', ...name, file_url: url };
    }
    if (part.modality !== 'audio' || !('base64' in part.source)) return undefined;
    const format = part.mediaType?.split('/')[1] ?? 'wav';
    return { type: 'input_audio', input_audio: { data: part.source.base64, format } };
  }
}

function mergeReasoning(item: JsonObject, piece: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...item };
  for (const [name, value] of Object.entries(piece)) {
    const before = merged[name];
    merged[name] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
  }
  return merged;
}

function ownExtra(extra: Extra | undefined): JsonObject {
  return extra?.format === FORMAT ? extra.fields : {};
}
