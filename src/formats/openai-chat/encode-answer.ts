import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { joinBytes } from '../../base/json-edits.ts';
import type { FrameShape, GenerationEvent, RawFrame } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import type { AnswerEncoder, AnswerIdentity, AnswerUsage } from '../format.ts';
import { errorObject } from './encode-failure.ts';
import { FrameSplicer } from './splice-frame.ts';

const encoder = new TextEncoder();
const DONE = encoder.encode('data: [DONE]\n\n');
const KEEP_ALIVE = encoder.encode(': TRUNKLINE PROCESSING\n\n');

/** Encodes one answer as a chat completion: frames for a stream, one body otherwise. */
export class ChatEncoder implements AnswerEncoder {
  readonly #identity: AnswerIdentity;
  readonly #splicer: FrameSplicer;
  #shape: FrameShape | undefined;
  #shaped: readonly Uint8Array[] = [];
  #hasRole = false;

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

  #meaning(event: GenerationEvent, pieces: Uint8Array[]): void {
    const delta = this.#delta(event);
    if (delta) pieces.push(this.#chunk([{ index: 0, delta: this.#withRole(delta), finish_reason: null }]));
    if (event.type === 'finish') {
      const finish = { finish_reason: event.finishReason, native_finish_reason: event.nativeFinishReason };
      pieces.push(this.#chunk([{ index: 0, delta: this.#withRole({ content: '' }), ...finish }]));
    }
  }

  #delta(event: GenerationEvent): JsonObject | undefined {
    switch (event.type) {
      case 'text-delta':
        return { content: event.text };
      case 'reasoning-delta':
        return { reasoning: event.text, reasoning_details: reasoningDetails(event.text) };
      case 'tool-call-start': {
        const call = { id: event.id, type: 'function', function: { name: event.name, arguments: '' } };
        return { tool_calls: [{ index: toolIndex(event.part), ...call }] };
      }
      case 'tool-call-delta':
        return { tool_calls: [{ index: toolIndex(event.part), function: { arguments: event.argumentsJson } }] };
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

/** Tool calls are numbered from 2 in the canonical events: text and reasoning are parts 1 and 0. */
function toolIndex(part: number): number {
  return Math.max(0, part - 2);
}

export function reasoningDetails(text: string): Json {
  return [{ type: 'reasoning.text', text, format: 'unknown', index: 0 }];
}

/** OpenRouter's usage object, on every answer. */
export function usageObject({ usage, cost, reported }: AnswerUsage): JsonObject {
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

/** One plain answer from the events of another format. */
function foldResult(events: readonly GenerationEvent[], identity: AnswerIdentity, extra: JsonObject): JsonObject {
  let content = '';
  let reasoning = '';
  let finish: { finish_reason: string; native_finish_reason: string } | undefined;
  const calls = new Map<number, { id: string; name: string; arguments: string }>();
  for (const event of events) {
    if (event.type === 'text-delta') content += event.text;
    else if (event.type === 'reasoning-delta') reasoning += event.text;
    else if (event.type === 'tool-call-start') calls.set(event.part, { id: event.id, name: event.name, arguments: '' });
    else if (event.type === 'tool-call-delta') {
      const call = calls.get(event.part);
      if (call) call.arguments += event.argumentsJson;
    } else if (event.type === 'finish') {
      finish = { finish_reason: event.finishReason, native_finish_reason: event.nativeFinishReason };
    }
  }
  const toolCalls = [...calls.values()].map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = {
    role: 'assistant',
    content: content === '' && toolCalls.length > 0 ? null : content,
    refusal: null,
    ...(reasoning !== '' && { reasoning, reasoning_details: reasoningDetails(reasoning) }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  const { id, model, provider, created } = identity;
  const head = { id, object: 'chat.completion', created, model, provider, system_fingerprint: null };
  return { ...head, choices: [{ index: 0, message, logprobs: null, ...finish }], ...extra };
}
