import type { SamplingOptions } from './sampler.ts';
import { SamplingError } from './sampling-error.ts';

/** Throws a SamplingError for what is out of range. */
export function checkOptions(options: SamplingOptions): void {
  within(options.temperature, 'temperature', 0, 2);
  within(options.topP, 'top_p', 0, 1);
  within(options.minP, 'min_p', 0, 1);
  within(options.topA ?? 0, 'top_a', 0, 1);
  within(options.repetitionPenalty, 'repetition_penalty', Number.MIN_VALUE, 2);
  within(options.frequencyPenalty, 'frequency_penalty', -2, 2);
  within(options.presencePenalty, 'presence_penalty', -2, 2);
  for (const bias of options.logitBias.values()) within(bias, 'logit_bias', -100, 100);
  whole(options.topK, 'top_k', Number.MAX_SAFE_INTEGER);
  whole(options.topLogprobs ?? 0, 'top_logprobs', 20);
}

function within(value: number, name: string, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new SamplingError('option-invalid', `${name} is not within ${min} and ${max}`);
}

function whole(value: number, name: string, max: number): void {
  within(value, name, 0, max);
  if (!Number.isInteger(value)) throw new SamplingError('option-invalid', `${name} is not a whole number`);
}
