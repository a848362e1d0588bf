import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { joinBytes } from '../../base/json-edits.ts';
import type { FrameShape, GenerationEvent, RawFrame } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import { type Loss, lossOfNative, noteLoss } from '../../generation/loss.ts';
import { encodeReasoningDetail } from '../../generation/reasoning.ts';
import type { AnswerEncoder, AnswerIdentity, AnswerUsage } from '../format.ts';
import { errorObject } from './encode-failure.ts';
import { callId, foldResult } from './fold-result.ts';
import { FrameSplicer } from './splice-frame.ts';

const encoder = new TextEncoder();
const DONE = encoder.encode('data: [DONE]\n\n');
const KEEP_ALIVE = encoder.encode(': TRUNKLINE PROCESSING\n\n');

/** Encodes one answer as a chat completion: frames for a stream, one body otherwise. */
export class ChatEncoder implements AnswerEncoder {
  readonly losses: Loss[] = [];
  readonly #identity: AnswerIdentity;
  readonly #splicer: FrameSplicer;
  #shape: FrameShape | undefined;
  #shaped: readonly Uint8Array[] = [];
  #hasRole = false;
  readonly #calls = new Numbering();
  readonly #reasoning = new Numbering();

  constructor(identity: AnswerIdentity) {
    this.#identity = identity;
    this.#splicer = new FrameSplicer(identity);
  }

  encodeEvents(events: readonly GenerationEvent[]): Uint8Array | undefined {
    const pieces: Uint8Array[] = [];
    for (const event of events) {
      if (!('raw' in event) || event.raw === undefined) this.#meaning(event, pieces);
      else if (event.raw !== 'earlier') this.#frame(event.raw, pieces);
    }
    return pieces.length === 0 ? undefined : joinBytes(pieces);
  }

  encodeEnd(usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    const frame = this.#chunk([], { usage: usageObject(usage), ...extra });
    return joinBytes([frame, DONE]);
  }

  encodeStreamFailure(failure: Failure): Uint8Array {
    const choice = { index: 0, delta: { content: '' }, finish_reason: 'error', native_finish_reason: 'error' };
    return this.#chunk([choice], { error: errorObject(failure) });
  }

  encodeKeepAlive(): Uint8Array {
    return KEEP_ALIVE;
  }

  encodeResult(events: readonly GenerationEvent[], usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    const raw = events.find((event) => event.type === 'raw-result');
    const own = { usage: usageObject(usage), ...extra };
    if (raw) return this.#splicer.spliceResult(raw.document, own);
    for (const event of events) this.#noteLoss(event);
    return encoder.encode(JSON.stringify(foldResult(events, this.#identity, own)));
  }

  #frame(raw: RawFrame, pieces: Uint8Array[]): void {
    if (raw.shape !== undefined) {
      if (raw.shape !== this.#shape) {
        this.#shape = raw.shape;
        this.#shaped = this.#splicer.spliceShape(raw.shape);
      }
      const text = raw.bytes.subarray(raw.shape.prefix.length, raw.bytes.length - raw.shape.suffix.length);
      for (let i = 0; i < this.#shaped.length; i++) {
        if (i > 0) pieces.push(text);
        pieces.push(this.#shaped[i]!);
      }
      return;
    }
    const frame = this.#splicer.spliceFrame(raw.document!);
    if (frame) pieces.push(frame);
  }

  #noteLoss(event: GenerationEvent): void {
    if (event.type === 'native') noteLoss(this.losses, lossOfNative('choices.0.message', event.format, event.data));
  }

  #meaning(event: GenerationEvent, pieces: Uint8Array[]): void {
    this.#noteLoss(event);
    const delta = this.#delta(event);
    const logprobs = event.type === 'logprobs' ? { logprobs: { content: event.content, refusal: null } } : undefined;
    if (delta || logprobs) {
      const choice = { index: 0, delta: this.#withRole(delta ?? { content: '' }), finish_reason: null, ...logprobs };
      pieces.push(this.#chunk([choice]));
    }
    if (event.type === 'finish') {
      const finish = { finish_reason: event.finishReason, native_finish_reason: event.nativeFinishReason };
      pieces.push(this.#chunk([{ index: 0, delta: this.#withRole({ content: '' }), ...finish }]));
    }
  }

  #delta(event: GenerationEvent): JsonObject | undefined {
    switch (event.type) {
      case 'text-delta':
        return { content: event.text };
      case 'refusal-delta':
        return { refusal: event.text };
      case 'reasoning-delta': {
        const details = [
          encodeReasoningDetail({ ...event, kind: event.kind ?? 'text' }, this.#reasoning.numberOf(event.part)),
        ];
        return { ...(isReadable(event) && { reasoning: event.text }), reasoning_details: details };
      }
      case 'tool-call-start': {
        const index = this.#calls.numberOf(event.part);
        const id = callId(event.id, index, this.#identity);
        return { tool_calls: [{ index, id, type: 'function', function: { name: event.name, arguments: '' } }] };
      }
      case 'tool-call-delta': {
        const index = this.#calls.numberOf(event.part);
        return { tool_calls: [{ index, function: { arguments: event.argumentsJson } }] };
      }
      case 'annotation':
        return { annotations: [event.annotation] };
      case 'media-delta':
        return event.modality === 'image' ? { images: [imageOf(event)] } : { audio: soundOf(event) };
      default:
        return undefined;
    }
  }

  #withRole(delta: JsonObject): JsonObject {
    if (this.#hasRole) return delta;
    this.#hasRole = true;
    return { role: 'assistant', ...delta };
  }

  #chunk(choices: readonly JsonObject[], extra?: JsonObject): Uint8Array {
    const { id, model, provider, created } = this.#identity;
    const chunk = { id, object: 'chat.completion.chunk', created, model, provider, choices, ...extra };
    return encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`);
  }
}

/** Parts are numbered over all kinds; calls, like details of reasoning, have numbers of their own, in order. */
class Numbering {
  readonly #numbers = new Map<number, number>();

  numberOf(part: number): number {
    const known = this.#numbers.get(part);
    if (known !== undefined) return known;
    const next = this.#numbers.size;
    this.#numbers.set(part, next);
    return next;
  }
}

type ReasoningDelta = GenerationEvent & { readonly type: 'reasoning-delta' };
type MediaDelta = GenerationEvent & { readonly type: 'media-delta' };

/** A text for people: an encrypted one is for the provider alone. */
export function isReadable({ kind = 'text', text }: ReasoningDelta): boolean {
  return text !== '' && (kind === 'text' || kind === 'summary');
}

function imageOf({ mediaType, base64 }: MediaDelta): JsonObject {
  return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${base64}` } };
}

function soundOf({ base64, transcript }: MediaDelta): JsonObject {
  return { ...(base64 !== '' && { data: base64 }), ...(transcript !== undefined && { transcript }) };
}

/** OpenRouter's usage object, on every answer. */
export function usageObject({ usage, cost, reported: given, reportedFormat = 'openai-chat' }: AnswerUsage): JsonObject {
  const reported = reportedFormat === 'openai-chat' ? given : undefined;
  return {
    ...reported,
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    cost: cost.cost,
    is_byok: cost.isByok,
    prompt_tokens_details: {
      ...detailsOf(reported, 'prompt_tokens_details'),
      cached_tokens: usage.cachedTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      audio_tokens: usage.audioPromptTokens,
      video_tokens: 0,
    },
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_prompt_cost: cost.promptCost,
      upstream_inference_completions_cost: cost.completionCost,
    },
    completion_tokens_details: {
      ...detailsOf(reported, 'completion_tokens_details'),
      reasoning_tokens: usage.reasoningTokens,
      image_tokens: usage.imageTokens,
      audio_tokens: usage.audioCompletionTokens,
    },
    ...(usage.provenance !== 'reported' && { usage_source: usage.provenance }),
  };
}

function detailsOf(reported: JsonObject | undefined, name: string): JsonObject {
  const details = reported?.[name];
  return isJsonObject(details) ? details : {};
}
