import type { Json } from '../../base/json.ts';
import { Failure } from '../../generation/failure.ts';
import type { Loss } from '../../generation/loss.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { layOutChat } from './chat-template.ts';

const encoder = new TextEncoder();
/** What chooses tokens means the same here as in a chat. */
const SAMPLING = [
  ...['temperature', 'top_p', 'top_k', 'min_p', 'seed', 'stop', 'logit_bias'],
  ...['frequency_penalty', 'presence_penalty', 'repetition_penalty'],
] as const;
/** A rest of fewer tokens is not worth a call. */
const ROOM_MIN = 256;
/** The template's own tokens around each message, generously. */
const TURN_TOKENS = 16;

/** Can the rest of an answer be asked for as a text that goes on? */
export function canWriteOn(request: GenerationRequest, target: RequestTarget): boolean {
  const text = target.continuation?.text ?? '';
  return layOutChat(target.quirks.template, request, text) !== undefined && roomFor(request, target) >= ROOM_MIN;
}

/** The rest of an answer, from the prompt in the model's own template; or a caller's own text, as it is. */
export function encodeCompletionRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const written = target.continuation?.text ?? '';
  const own = request.origin.format === 'openai-completions' ? promptOf(request) + written : undefined;
  const prompt = layOutChat(target.quirks.template, request, written) ?? own;
  if (prompt === undefined) {
    throw new Failure('provider-unprocessable', {
      message: 'This endpoint takes texts alone, and the request is a chat',
    });
  }
  const { fields } = request.content();
  const sent: Record<string, Json> = {};
  for (const name of SAMPLING) {
    const value = fields[name];
    if (value === undefined) continue;
    if (!target.supportedParameters.includes(name) || target.quirks.drop?.includes(name)) {
      losses.push({ field: name, outcome: 'dropped', reason: 'the endpoint does not take it' });
    } else sent[target.quirks.rename?.[name] ?? name] = value;
  }
  const limit = fields.max_completion_tokens ?? fields.max_tokens;
  const used = target.continuation?.outputTokens ?? 0;
  const room = target.continuation ? roomFor(request, target) : freshRoom(request, target, limit);
  const body = {
    model: target.upstreamModel,
    prompt,
    // Without a limit, engines stop after sixteen tokens.
    max_tokens: typeof limit === 'number' ? Math.max(1, Math.min(limit - used, room)) : Math.max(1, room),
    ...sent,
    ...(target.stream && { stream: true, stream_options: { include_usage: true } }),
    ...target.quirks.set,
  };
  return encoder.encode(JSON.stringify(body));
}

function promptOf(request: GenerationRequest): string {
  const [part] = request.content().messages[0]?.content ?? [];
  return part?.type === 'text' ? part.text : '';
}

/**
 * An answer from its beginning gets what the caller asked for. Where our estimate leaves next to nothing, it may be twice as
 * long as the prompt is: the engine counts, and refuses what is too much, where we would cut an answer short.
 */
function freshRoom(request: GenerationRequest, target: RequestTarget, limit: unknown): number {
  if (typeof limit === 'number') return limit;
  const certain = roomFor(request, target);
  if (certain >= ROOM_MIN) return certain;
  const { promptTokensMax, promptTokensEstimate } = request.features;
  return certain + promptTokensMax - Math.ceil(promptTokensEstimate / 2);
}

/** So many tokens are left in the context for certain, since no tokenizer makes more tokens of a text than it has bytes. */
function roomFor(request: GenerationRequest, target: RequestTarget): number {
  const written = Buffer.byteLength(target.continuation?.text ?? '');
  const turns = (request.content().messages.length + 1) * TURN_TOKENS;
  const context = target.contextTokensMax ?? 4_096;
  const room = context - request.features.promptTokensMax - written - turns;
  return Math.min(room, target.outputTokensMax ?? room);
}
