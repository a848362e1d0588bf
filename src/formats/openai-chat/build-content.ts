import type { Json, JsonObject } from '../../base/json.ts';
import { type Loss, listForeignExtras } from '../../generation/loss.ts';
import { encodeReasoningDetail } from '../../generation/reasoning.ts';
import type { CacheMark, Message, Part, RequestContent, Tool } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';

const FORMAT = 'openai-chat';

export interface BuiltContent {
  readonly messages: readonly Json[];
  readonly tools: readonly Json[];
  readonly toolChoice?: Json;
  /** Top-level fields that only this format knows. */
  readonly extra: JsonObject;
}

/** Canonical content in the words of chat completions. */
export function buildContent(content: RequestContent, target: RequestTarget, losses: Loss[]): BuiltContent {
  losses.push(...listForeignExtras(content, FORMAT));
  const builder = new ContentBuilder(target, losses);
  const nativeTools = (content.nativeTools ?? []).flatMap((tool) => (tool.format === FORMAT ? [tool.data] : []));
  return {
    messages: content.messages.flatMap((message, index) => builder.message(message, `messages.${index}`)),
    tools: [...content.tools.map((tool, index) => builder.tool(tool, `tools.${index}`)), ...nativeTools],
    ...(content.toolChoice !== undefined && { toolChoice: encodeToolChoice(content.toolChoice) }),
    extra: content.extra?.format === FORMAT ? content.extra.fields : {},
  };
}

class ContentBuilder {
  readonly #target: RequestTarget;
  readonly #losses: Loss[];

  constructor(target: RequestTarget, losses: Loss[]) {
    this.#target = target;
    this.#losses = losses;
  }

  tool(tool: Tool, path: string): Json {
    return {
      type: 'function',
      function: {
        name: tool.name,
        ...(tool.description !== undefined && { description: tool.description }),
        ...(tool.parameters !== undefined && { parameters: tool.parameters }),
        ...(tool.strict !== undefined && { strict: tool.strict }),
      },
      ...this.#mark(tool.cache, path),
      ...ownExtra(tool.extra),
    };
  }

  /** A message may hold several results of tools; here each is a message of its own. */
  message(message: Message, path: string): readonly Json[] {
    const results = message.content.filter((part) => part.type === 'tool-result');
    const rest = message.content.filter((part) => part.type !== 'tool-result');
    const messages: Json[] = results.map((result) => this.#result(result, path));
    if (rest.length > 0 || results.length === 0) messages.push(this.#spoken(message, rest, path));
    return messages;
  }

  #result(result: Part & { type: 'tool-result' }, path: string): Json {
    if (result.isError) {
      this.#losses.push({ field: `${path}.is_error`, outcome: 'dropped', reason: 'a failed tool has no mark here' });
    }
    const role = this.#target.quirks.roles?.tool ?? 'tool';
    return {
      role,
      tool_call_id: result.callId,
      content: this.#parts(this.#markLast(result, path), path),
      ...ownExtra(result.extra),
    };
  }

  /** The result itself is no part here: its mark stands at the end of what it holds. */
  #markLast({ content, cache }: Part & { type: 'tool-result' }, path: string): readonly Part[] {
    const last = content.at(-1);
    if ((last?.type === 'text' || last?.type === 'media') && last.cache && this.#target.quirks.cacheMarks === 'taken') {
      const reason = 'a mark on the last part of a result is one on the whole result here';
      this.#losses.push({ field: `${path}.cache_control`, outcome: 'approximated', reason });
    }
    if (cache === undefined) return content;
    if (last?.type === 'text' || last?.type === 'media') return [...content.slice(0, -1), { ...last, cache }];
    this.#losses.push({ field: `${path}.cache_control`, outcome: 'dropped', reason: 'there is nothing to mark' });
    return content;
  }

  /** Only who is known to take marks is sent some; others cache by themselves, and many refuse the word. */
  #mark(mark: CacheMark | undefined, path: string): JsonObject {
    if (mark === undefined || this.#target.quirks.cacheMarks === 'taken') return cacheControl(mark);
    this.#losses.push({ field: `${path}.cache_control`, outcome: 'dropped', reason: 'the provider caches by itself' });
    return {};
  }

  #spoken(message: Message, parts: readonly Part[], path: string): Json {
    const role = this.#target.quirks.roles?.[message.role] ?? message.role;
    const calls = parts.filter((part) => part.type === 'tool-call');
    const shown = parts.filter((part) => part.type === 'text' || part.type === 'media' || part.type === 'native');
    const refusal = parts.flatMap((part) => (part.type === 'refusal' ? [part.text] : [])).join('');
    return {
      role,
      ...(message.name !== undefined && { name: message.name }),
      content: shown.length === 0 ? null : this.#parts(shown, path),
      ...(refusal !== '' && { refusal }),
      ...this.#reasoning(parts, path),
      ...(calls.length > 0 && { tool_calls: calls.map(encodeCall) }),
      ...ownExtra(message.extra),
    };
  }

  /** Only a provider that takes OpenRouter's `reasoning` object can read the pieces back. */
  #reasoning(parts: readonly Part[], path: string): JsonObject {
    const pieces = parts.filter((part) => part.type === 'reasoning');
    if (pieces.length === 0) return {};
    const text = pieces.flatMap((piece) => ((piece.kind ?? 'text') === 'text' ? [piece.text] : [])).join('');
    if (this.#target.quirks.reasoning === 'object') {
      return {
        ...(text !== '' && { reasoning: text }),
        reasoning_details: pieces.map((piece, index) =>
          encodeReasoningDetail({ ...piece, kind: piece.kind ?? 'text' }, index),
        ),
      };
    }
    // Providers that think take their earlier thoughts as an error or for nothing, unless they say otherwise.
    this.#losses.push({
      field: `${path}.reasoning`,
      outcome: 'dropped',
      reason: 'earlier thoughts are not taken back',
    });
    return {};
  }

  #parts(parts: readonly Part[], path: string): Json {
    const passesMarks = this.#target.quirks.cacheMarks === 'taken';
    const isPlain = parts.every(
      (part) => part.type === 'text' && !(part.cache && passesMarks) && part.extra?.format !== FORMAT,
    );
    if (isPlain) {
      for (const [place, part] of parts.entries())
        if (part.type === 'text') this.#mark(part.cache, `${path}.content.${place}`);
      return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
    }
    return parts.flatMap((part, place) => this.#part(part, `${path}.content.${place}`) ?? []);
  }

  #part(part: Part, path: string): Json | undefined {
    switch (part.type) {
      case 'text':
        return { type: 'text', text: part.text, ...this.#mark(part.cache, path), ...ownExtra(part.extra) };
      case 'native':
        return part.format === FORMAT ? part.data : undefined;
      case 'media': {
        const encoded = this.#media(part);
        if (encoded !== undefined) return { ...encoded, ...this.#mark(part.cache, path), ...ownExtra(part.extra) };
        this.#losses.push({
          field: path,
          outcome: 'dropped',
          reason: `${part.modality} by this kind of address has no form here`,
        });
        return undefined;
      }
      default:
        return undefined;
    }
  }

  #media(part: Part & { type: 'media' }): JsonObject | undefined {
    const url = mediaUrl(part, this.#target.media);
    switch (part.modality) {
      case 'image':
        if (url === undefined) return undefined;
        return { type: 'image_url', image_url: { url, ...(part.detail !== undefined && { detail: part.detail }) } };
      case 'audio': {
        const sound = 'base64' in part.source ? part.source.base64 : this.#fetched(part);
        if (sound === undefined) return undefined;
        const format = audioFormat(part.mediaType);
        return { type: 'input_audio', input_audio: { data: sound, format } };
      }
      case 'video':
        return url === undefined ? undefined : { type: 'video_url', video_url: { url } };
      default: {
        const name = part.name === undefined ? {} : { filename: part.name };
        if ('file' in part.source) return { type: 'file', file: { ...name, file_id: part.source.file } };
        return url === undefined ? undefined : { type: 'file', file: { ...name, file_data: url } };
      }
    }
  }

  #fetched(part: Part & { type: 'media' }): string | undefined {
    return 'url' in part.source ? this.#target.media?.get(part.source.url)?.base64 : undefined;
  }
}

/** The part as one address: its own, or its data. Undefined for a file that some provider keeps. */
export function mediaUrl(part: Part & { type: 'media' }, media: RequestTarget['media']): string | undefined {
  if ('base64' in part.source)
    return `data:${part.mediaType ?? 'application/octet-stream'};base64,${part.source.base64}`;
  if (!('url' in part.source)) return undefined;
  const fetched = media?.get(part.source.url);
  return fetched ? `data:${fetched.mediaType};base64,${fetched.base64}` : part.source.url;
}

const AUDIO_FORMATS: Readonly<Record<string, string>> = { mpeg: 'mp3', 'x-wav': 'wav', wave: 'wav', mp4: 'm4a' };

function audioFormat(mediaType: string | undefined): string {
  const subtype = mediaType?.split('/')[1]?.split(';')[0] ?? 'wav';
  return AUDIO_FORMATS[subtype] ?? subtype;
}

function encodeCall(call: Part & { type: 'tool-call' }): Json {
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.argumentsJson },
    ...ownExtra(call.extra),
  };
}

function encodeToolChoice(choice: NonNullable<RequestContent['toolChoice']>): Json {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function cacheControl(mark: CacheMark | undefined): JsonObject {
  if (mark === undefined) return {};
  return { cache_control: { type: 'ephemeral', ...(mark.ttl !== undefined && { ttl: mark.ttl }) } };
}

function ownExtra(extra: { readonly format: string; readonly fields: JsonObject } | undefined): JsonObject {
  return extra?.format === FORMAT ? extra.fields : {};
}
