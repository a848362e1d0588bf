import type { Quantization } from '../generation/preferences.ts';

/** Names of number formats, as engines, file names and repositories write them. The first match wins. */
const PATTERNS: readonly (readonly [RegExp, Quantization])[] = [
  [/mxfp4/, 'mxfp4'],
  [/nvfp4|modelopt_fp4/, 'nvfp4'],
  [/mxfp8/, 'mxfp8'],
  [/fp8|f8_e[45]m[23]/, 'fp8'],
  [/fp4/, 'fp4'],
  [/fp6/, 'fp6'],
  [/q4_[0-9k]|iq4|q4(?![0-9_])|4-?bit|int4|w4a|awq|gptq/, 'int4'],
  [/q8_[0-9k]|q8(?![0-9_])|8-?bit|int8|w8a/, 'int8'],
  // Other GGUF types lie between the names that exist, or below the smallest: no name is honest.
  [/i?q[1-9](_|$)|tq[12]_/, 'unknown'],
  [/bf16|bfloat16/, 'bf16'],
  [/f16|fp16|float16|half(?![a-z])/, 'fp16'],
  [/f32|fp32|float32/, 'fp32'],
];

/** `Q4_K_M` → `int4`. Undefined or unknown text is `unknown`, never a guess. */
export function quantizationOf(text: string | undefined): Quantization {
  if (text === undefined) return 'unknown';
  const lower = text.toLowerCase();
  return PATTERNS.find(([pattern]) => hasWord(lower, pattern))?.[1] ?? 'unknown';
}

/** From several texts, the first that says something. */
export function firstQuantization(...texts: readonly (string | undefined)[]): Quantization {
  for (const text of texts) {
    const quantization = quantizationOf(text);
    if (quantization !== 'unknown') return quantization;
  }
  return 'unknown';
}

/** Only at the beginning of a word, so that `gpt-q4` counts and `seq4096` does not. */
function hasWord(text: string, pattern: RegExp): boolean {
  return new RegExp(`(?:^|[^a-z0-9])(?:${pattern.source})`).test(text);
}
