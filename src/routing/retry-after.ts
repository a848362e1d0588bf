/** What a provider may ask for. Above it a broken clock or a joke would take the endpoint away for good. */
const SECONDS_MIN = 0.1;
const SECONDS_MAX = 600;
export const RETRY_AFTER_MS_MAX = SECONDS_MAX * 1000;

/** A provider's `Retry-After` within reason; undefined when it sent none or no number. */
export function clampRetryAfter(seconds: number | undefined): number | undefined {
  if (seconds === undefined || Number.isNaN(seconds)) return undefined;
  return Math.min(SECONDS_MAX, Math.max(SECONDS_MIN, seconds));
}
