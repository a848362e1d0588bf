import type { JsonObject } from '../../base/json.ts';
import { joinBytes } from '../../base/json-edits.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import type { AnswerEncoder, AnswerIdentity, AnswerUsage } from '../format.ts';
import { usageObject } from '../openai-chat/encode-answer.ts';
import { errorObject } from '../openai-chat/encode-failure.ts';

const encoder = new TextEncoder();
const DONE = encoder.encode('data: [DONE]\n\n');
const KEEP_ALIVE = encoder.encode(': TRUNKLINE PROCESSING\n\n');

/** Encodes an answer as a legacy text completion: `choices[].text`. Tool calls have no place in it. */
export class CompletionsEncoder implements AnswerEncoder {
  readonly #identity: AnswerIdentity;

  constructor(identity: AnswerIdentity) {
    this.#identity = identity;
  }

  encodeEvents(events: readonly GenerationEvent[]): Uint8Array | undefined {
    const frames: Uint8Array[] = [];
    for (const event of events) {
      if (event.type === 'text-delta') frames.push(this.#frame([choice(event.text)]));
      else if (event.type === 'reasoning-delta') frames.push(this.#frame([{ ...choice(''), reasoning: event.text }]));
      else if (event.type === 'finish') frames.push(this.#frame([choice('', event)]));
    }
    return frames.length === 0 ? undefined : joinBytes(frames);
  }

  encodeEnd(usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    return joinBytes([this.#frame([], { usage: usageObject(usage), ...extra }), DONE]);
  }

  encodeStreamFailure(failure: Failure): Uint8Array {
    const ended = { ...choice(''), finish_reason: 'error', native_finish_reason: 'error' };
    return this.#frame([ended], { error: errorObject(failure) });
  }

  encodeResult(events: readonly GenerationEvent[], usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    let text = '';
    let reasoning = '';
    let finish: GenerationEvent | undefined;
    for (const event of events) {
      if (event.type === 'text-delta') text += event.text;
      else if (event.type === 'reasoning-delta') reasoning += event.text;
      else if (event.type === 'finish') finish = event;
    }
    const answer = { ...choice(text, finish), ...(reasoning !== '' && { reasoning }) };
    return encoder.encode(JSON.stringify(this.#object([answer], { usage: usageObject(usage), ...extra })));
  }

  encodeKeepAlive(): Uint8Array {
    return KEEP_ALIVE;
  }

  #frame(choices: readonly JsonObject[], extra?: JsonObject): Uint8Array {
    return encoder.encode(`data: ${JSON.stringify(this.#object(choices, extra))}\n\n`);
  }

  #object(choices: readonly JsonObject[], extra?: JsonObject): JsonObject {
    const { id, model, provider, created } = this.#identity;
    return { id, object: 'text_completion', created, model, provider, system_fingerprint: null, choices, ...extra };
  }
}

function choice(text: string, finish?: GenerationEvent): JsonObject {
  const isFinish = finish?.type === 'finish';
  return {
    index: 0,
    text,
    logprobs: null,
    finish_reason: isFinish ? finish.finishReason : null,
    ...(isFinish && { native_finish_reason: finish.nativeFinishReason }),
  };
}
