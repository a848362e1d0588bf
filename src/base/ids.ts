import type { Clock } from './clock.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `count` base-62 characters from the system's cryptographic source. 43 of them carry 256 bits. */
export function randomText(count: number): string {
  let text = '';
  const bytes = new Uint8Array(count * 2);
  while (text.length < count) {
    crypto.getRandomValues(bytes);
    // 248 is the largest multiple of 62 in a byte: bytes above it would favour the first letters.
    for (let i = 0; i < bytes.length && text.length < count; i++) if (bytes[i]! < 248) text += ALPHABET[bytes[i]! % 62];
  }
  return text;
}

/** `gen-<seconds>-<20 random>`: sorts by time, as OpenRouter's ids do, and can't be guessed. */
export function makeGenerationId(clock: Clock): string {
  return `gen-${Math.floor(clock.nowMs() / 1000)}-${randomText(20)}`;
}
