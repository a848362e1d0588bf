import type { FinishReason } from '../../generation/event.ts';

/** Google's reasons; undefined for the one that says that the answer goes on. */
const NORMALISED: Readonly<Record<string, FinishReason | undefined>> = {
  FINISH_REASON_UNSPECIFIED: undefined,
  STOP: 'stop',
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  OTHER: 'error',
  NO_IMAGE: 'error',
  IMAGE_OTHER: 'error',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  MALFORMED_RESPONSE: 'error',
};

/** OpenRouter's five reasons; a word nobody knows is no good sign here, where the good one is `STOP` alone. */
export function normaliseGeminiFinish(native: string, hasCalled: boolean): FinishReason | undefined {
  const reason = Object.hasOwn(NORMALISED, native) ? NORMALISED[native] : 'error';
  return reason === 'stop' && hasCalled ? 'tool_calls' : reason;
}

const WORDS: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  tool_calls: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
  error: 'OTHER',
};

/** Google's word for an end: its own where it came from there. */
export function geminiFinish(reason: FinishReason, native: string): string {
  return Object.hasOwn(NORMALISED, native) ? native : WORDS[reason];
}
