import type { FinishReason } from '../../generation/event.ts';

const NORMALISED: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  compaction: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
};

/** A word nobody knows ended the answer all the same: `stop`. */
export function normaliseStopReason(native: string): FinishReason {
  return Object.hasOwn(NORMALISED, native) ? NORMALISED[native]! : 'stop';
}

const SPOKEN: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  error: 'end_turn',
};

export interface Ending {
  readonly finishReason: FinishReason;
  readonly nativeFinishReason: string;
  readonly stopSequence?: string;
}

/** The provider's own word where it is one of this format's, such as `pause_turn`; else the nearest there is. */
export function stopReasonOf(ending: Ending | undefined, seen: { hasCalls: boolean; hasRefused: boolean }): string {
  if (ending === undefined) return 'end_turn';
  const { finishReason, nativeFinishReason, stopSequence } = ending;
  if (Object.hasOwn(NORMALISED, nativeFinishReason) && NORMALISED[nativeFinishReason] === finishReason) {
    return nativeFinishReason;
  }
  if (finishReason !== 'stop') return SPOKEN[finishReason];
  // Several engines say `stop` after calls as well; a client of this format looks for them only after `tool_use`.
  if (seen.hasCalls) return 'tool_use';
  if (seen.hasRefused) return 'refusal';
  return stopSequence === undefined ? 'end_turn' : 'stop_sequence';
}
