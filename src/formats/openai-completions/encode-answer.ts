import type { JsonObject } from '../../base/json.ts';
import { joinBytes } from '../../base/json-edits.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import { type Loss, lossOfNative, noteLoss } from '../../generation/loss.ts';
import type { AnswerEncoder, AnswerIdentity, AnswerUsage } from '../format.ts';
import { isReadable, usageObject } from '../openai-chat/encode-answer.ts';
import { errorObject } from '../openai-chat/encode-failure.ts';

const encoder = new TextEncoder();
const DONE = encoder.encode('data: [DONE]\n\n');
const KEEP_ALIVE = encoder.encode(': TRUNKLINE PROCESSING\n\n');

/** Encodes an answer as a legacy text completion: `choices[].text`. What is no text has no place in it. */
export class CompletionsEncoder implements AnswerEncoder {
  readonly losses: Loss[] = [];
  readonly #identity: AnswerIdentity;

  constructor(identity: AnswerIdentity) {
    this.#identity = identity;
  }

  encodeEvents(events: readonly GenerationEvent[]): Uint8Array | undefined {
    const frames: Uint8Array[] = [];
    for (const event of events) {
      this.#noteLoss(event);
      const { text, reasoning } = wordsOf(event);
      if (text !== '') frames.push(this.#frame([choice(text)]));
      else if (reasoning !== '') frames.push(this.#frame([{ ...choice(''), reasoning }]));
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
      this.#noteLoss(event);
      const words = wordsOf(event);
      text += words.text;
      reasoning += words.reasoning;
      if (event.type === 'finish') finish = event;
    }
    const answer = { ...choice(text, finish), ...(reasoning !== '' && { reasoning }) };
    return encoder.encode(JSON.stringify(this.#object([answer], { usage: usageObject(usage), ...extra })));
  }

  encodeKeepAlive(): Uint8Array {
    return KEEP_ALIVE;
  }

  #noteLoss(event: GenerationEvent): void {
    if (event.type === 'native') noteLoss(this.losses, lossOfNative('choices.0.text', event.format, event.data));
    const isSealed = event.type === 'reasoning-delta' && !isReadable(event);
    const field = isSealed ? 'choices.0.message.reasoning_details' : LOST[event.type];
    if (field !== undefined)
      noteLoss(this.losses, { field, outcome: 'dropped', reason: 'a text completion is text alone' });
  }

  #frame(choices: readonly JsonObject[], extra?: JsonObject): Uint8Array {
    return encoder.encode(`data: ${JSON.stringify(this.#object(choices, extra))}\n\n`);
  }

  #object(choices: readonly JsonObject[], extra?: JsonObject): JsonObject {
    const { id, model, provider, created } = this.#identity;
    return { id, object: 'text_completion', created, model, provider, system_fingerprint: null, choices, ...extra };
  }
}

/** Where an answer in chat completions has them. */
const LOST: Readonly<Partial<Record<GenerationEvent['type'], string>>> = {
  'tool-call-start': 'choices.0.message.tool_calls',
  'media-delta': 'choices.0.message.media',
  annotation: 'choices.0.message.annotations',
  logprobs: 'choices.0.logprobs',
};

/** A refusal is what the model said as well. */
function wordsOf(event: GenerationEvent): { readonly text: string; readonly reasoning: string } {
  const isText = event.type === 'text-delta' || event.type === 'refusal-delta';
  const isThought = event.type === 'reasoning-delta' && isReadable(event);
  return { text: isText ? event.text : '', reasoning: isThought ? event.text : '' };
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
