import type { FinishReason } from '../../generation/event.ts';

const NORMALISED: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  safety: 'content_filter',
  refusal: 'content_filter',
  error: 'error',
};

/** OpenRouter's five reasons. A word nobody knows ended the answer all the same: `stop`. */
export function normaliseFinishReason(native: string): FinishReason {
  return NORMALISED[native.toLowerCase()] ?? 'stop';
}
