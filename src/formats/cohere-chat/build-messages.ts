import type { JsonObject } from '../../base/json.ts';
import { type Loss, listCacheMarks, listForeignExtras } from '../../generation/loss.ts';
import type { Message, Part, RequestContent } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { FORMAT, PLAN_ID, THOUGHT_ID } from './answer-meaning.ts';

/** Canonical content as Cohere's messages. */
export function buildMessages(content: RequestContent, target: RequestTarget, losses: Loss[]): readonly JsonObject[] {
  losses.push(...listForeignExtras(content, FORMAT), ...listCacheMarks(content));
  return content.messages.flatMap((message, index) => buildMessage(message, `messages.${index}`, target, losses));
}

function buildMessage(message: Message, path: string, target: RequestTarget, losses: Loss[]): readonly JsonObject[] {
  if (message.name !== undefined && message.role !== 'tool') {
    losses.push({ field: `${path}.name`, outcome: 'dropped', reason: 'a message has no name here' });
  }
  const builder = new PartsBuilder(target, losses);
  switch (message.role) {
    case 'tool':
      return message.content.flatMap((part, place) =>
        part.type === 'tool-result' ? [builder.result(part, `${path}.content.${place}`)] : [],
      );
    case 'assistant':
      return builder.assistant(message.content, path);
    default: {
      const role = message.role === 'user' ? 'user' : 'system';
      // Callers of Messages answer calls in the user's own turn.
      const results = message.content.flatMap((part, place) =>
        part.type === 'tool-result' ? [builder.result(part, `${path}.content.${place}`)] : [],
      );
      const rest = message.content.filter((part) => part.type !== 'tool-result');
      const content = builder.contents(rest, path, role === 'user');
      return [...results, ...(content.length > 0 ? [{ role, content: plainText(content) }] : [])];
    }
  }
}

/** One text alone stands as it is, as most callers and all servers of the format have it. */
function plainText(content: readonly JsonObject[]): string | readonly JsonObject[] {
  const [only] = content;
  return content.length === 1 && only?.type === 'text' ? (only.text as string) : content;
}

class PartsBuilder {
  readonly #target: RequestTarget;
  readonly #losses: Loss[];

  constructor(target: RequestTarget, losses: Loss[]) {
    this.#target = target;
    this.#losses = losses;
  }

  contents(parts: readonly Part[], path: string, takesPictures: boolean): readonly JsonObject[] {
    return parts.flatMap((part, place) => {
      const content = this.#content(part, `${path}.content.${place}`, takesPictures);
      return content ? [content] : [];
    });
  }

  assistant(parts: readonly Part[], path: string): readonly JsonObject[] {
    const plan = parts.flatMap((part) => (part.type === 'reasoning' && part.id === PLAN_ID ? [part.text] : []));
    const content = this.contents(parts, path, false);
    const tool_calls = parts.flatMap((part) =>
      part.type === 'tool-call'
        ? [{ id: part.id, type: 'function', function: { name: part.name, arguments: part.argumentsJson || '{}' } }]
        : [],
    );
    const message = {
      ...(plan.length > 0 && { tool_plan: plan.join('') }),
      ...(content.length > 0 && { content: plainText(content) }),
      ...(tool_calls.length > 0 && { tool_calls }),
    };
    return Object.keys(message).length > 0 ? [{ role: 'assistant', ...message }] : [];
  }

  result(part: Part & { type: 'tool-result' }, path: string): JsonObject {
    const content = this.contents(part.content, path, false);
    if (part.isError) this.#lose(`${path}.is_error`, 'a result says in words that it failed');
    return { role: 'tool', tool_call_id: part.callId, content: content.length > 0 ? plainText(content) : '(empty)' };
  }

  #content(part: Part, path: string, takesPictures: boolean): JsonObject | undefined {
    switch (part.type) {
      case 'text':
      case 'refusal':
        // An empty text is answered with an error.
        return part.text === '' ? undefined : { type: 'text', text: part.text };
      case 'media':
        return this.#media(part, path, takesPictures);
      case 'reasoning':
        if (part.id === THOUGHT_ID && (part.kind ?? 'text') === 'text')
          return { type: 'thinking', thinking: part.text };
        if (part.id !== PLAN_ID) this.#lose(path, 'only its own family can read its reasoning back');
        return undefined;
      default:
        return undefined;
    }
  }

  #media(part: Part & { type: 'media' }, path: string, takesPictures: boolean): JsonObject | undefined {
    const { source } = part;
    if (takesPictures && part.modality === 'image' && !('file' in source)) {
      const fetched = 'url' in source ? this.#target.media?.get(source.url) : undefined;
      const data =
        fetched ?? ('base64' in source ? { mediaType: part.mediaType ?? '', base64: source.base64 } : undefined);
      const url = data ? `data:${data.mediaType};base64,${data.base64}` : 'url' in source ? source.url : '';
      const detail = ['low', 'high', 'auto'].includes(part.detail ?? '') ? { detail: part.detail! } : {};
      return { type: 'image_url', image_url: { url, ...detail } };
    }
    this.#lose(path, `${part.modality} has no form here`);
    return undefined;
  }

  #lose(field: string, reason: string): void {
    this.#losses.push({ field, outcome: 'dropped', reason });
  }
}
