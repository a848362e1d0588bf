/**
 * Money is whole picodollars (10^-12 USD) in a bigint: the cheapest known price, a fraction of a cent per million
 * tokens, is then still a whole number per token, and $9 million fits the 64-bit integer of a database.
 */
export const PICO_PER_USD = 1_000_000_000_000n;
const PICO_PER_USD_DIGITS = 12;

const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,30}))?$/;

/** Reads a decimal string such as `"0.08"`. Undefined when it is no plain decimal or finer than a picodollar. */
export function parseUsd(text: string): bigint | undefined {
  const match = DECIMAL.exec(expandExponent(text.trim()));
  if (!match) return undefined;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > PICO_PER_USD_DIGITS) return undefined;
  const pico = BigInt(match[2]!) * PICO_PER_USD + BigInt(fraction.padEnd(PICO_PER_USD_DIGITS, '0'));
  return match[1] ? -pico : pico;
}

/** `"0.08"` dollars per million tokens is 80,000 picodollars per token. Undefined when finer than a picodollar per token. */
export function parseUsdPerMillion(text: string): bigint | undefined {
  const match = DECIMAL.exec(expandExponent(text.trim()));
  if (!match || match[1]) return undefined;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > 6) return undefined;
  return BigInt(match[2]!) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** Decimal string without exponent or trailing zeros: 80,000 pico is `"0.00000008"`. */
export function formatUsd(pico: bigint): string {
  const sign = pico < 0n ? '-' : '';
  const digits = (pico < 0n ? -pico : pico).toString().padStart(PICO_PER_USD_DIGITS + 1, '0');
  const fraction = digits.slice(-PICO_PER_USD_DIGITS).replace(/0+$/, '');
  const whole = digits.slice(0, -PICO_PER_USD_DIGITS);
  return sign + (fraction ? `${whole}.${fraction}` : whole);
}

/** For JSON numbers at the API only; all arithmetic stays in picodollars. */
export function usdNumber(pico: bigint): number {
  return Number(formatUsd(pico));
}

/** Turns `1e-7` into `0.0000001`, since JSON sources print small prices with an exponent. */
function expandExponent(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,2})$/.exec(text);
  if (!match) return text;
  const exponent = Number(match[4]);
  const digits = match[2]! + (match[3] ?? '');
  const point = match[2]!.length + exponent;
  if (point <= 0) return `${match[1]}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return match[1] + digits + '0'.repeat(point - digits.length);
  return `${match[1]}${digits.slice(0, point)}.${digits.slice(point)}`;
}
