/**
 * How numbers are shown. Money travels as decimal strings and is never turned into a float: digits are moved, cut and rounded as text.
 */

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** A decimal as its digits and the place of its point: `digits * 10^-scale`. Undefined for what is no number. */
interface Decimal {
  readonly isNegative: boolean;
  readonly digits: bigint;
  readonly scale: number;
}

function readDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text.trim());
  if (!match) return undefined;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole! + fraction);
  return scale >= 0
    ? { isNegative: sign === '-', digits, scale }
    : { isNegative: sign === '-', digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function writeDecimal(value: Decimal, places: number): string {
  const digits = roundTo(value, places)
    .toString()
    .padStart(places + 1, '0');
  const whole = group(places === 0 ? digits : digits.slice(0, -places));
  return places === 0 ? whole : `${whole}.${digits.slice(-places)}`;
}

/** Half away from zero. */
function roundTo({ digits, scale }: Decimal, places: number): bigint {
  if (scale <= places) return digits * 10n ** BigInt(places - scale);
  const unit = 10n ** BigInt(scale - places);
  return (digits + unit / 2n) / unit;
}

function group(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Nothing is known: not zero, and not free. */
export const UNKNOWN = '—';

/** A price per token as dollars per million tokens: `$0.08`, `$0.0075`, `$12.50`; at least two figures, never `$0.00` above zero. */
export function pricePerMillion(perToken: string | undefined | null): string {
  const value = typeof perToken === 'string' ? readDecimal(perToken) : undefined;
  if (!value || value.isNegative) return UNKNOWN;
  return dollarsOf({ ...value, digits: value.digits * 1_000_000n });
}

/** An amount in dollars: `$1,204.50`, `$0.0032`; `$0` is exactly nothing. */
export function dollars(amount: string | undefined | null): string {
  const value = typeof amount === 'string' ? readDecimal(amount) : undefined;
  return value ? dollarsOf(value) : UNKNOWN;
}

function dollarsOf(value: Decimal): string {
  if (value.digits === 0n) return '$0';
  const sign = value.isNegative ? '-' : '';
  return `${sign}$${writeDecimal(value, placesFor(value))}`;
}

/** Cents; below ten cents, as many places as two figures need, without zeros at the end. */
function placesFor({ digits, scale }: Decimal): number {
  const figures = digits.toString().length;
  const firstPlace = scale - figures + 1;
  if (firstPlace <= 1) return 2;
  const second = roundTo({ isNegative: false, digits, scale }, firstPlace + 1);
  return second % 10n === 0n ? Math.max(2, firstPlace) : firstPlace + 1;
}

/** Is the first smaller than, equal to or larger than the second? What is no number comes last. */
export function compareDecimals(a: string | undefined | null, b: string | undefined | null): number {
  const left = typeof a === 'string' ? readDecimal(a) : undefined;
  const right = typeof b === 'string' ? readDecimal(b) : undefined;
  if (!left || !right) return left ? -1 : right ? 1 : 0;
  const scale = Math.max(left.scale, right.scale);
  const of = ({ isNegative, digits, scale: own }: Decimal) =>
    digits * 10n ** BigInt(scale - own) * (isNegative ? -1n : 1n);
  const difference = of(left) - of(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** `count * perUnit`, exactly, as a decimal string: what so many tokens cost. */
export function multiply(perUnit: string, count: number): string {
  const value = readDecimal(perUnit);
  if (!value || !Number.isSafeInteger(count) || count < 0) return '';
  return plain({ ...value, digits: value.digits * BigInt(count) });
}

/** The sum, exactly, as a decimal string. What is no number counts nothing. */
export function add(...amounts: readonly string[]): string {
  const values = amounts.flatMap((amount) => readDecimal(amount) ?? []);
  const scale = values.reduce((most, value) => Math.max(most, value.scale), 0);
  const sum = values.reduce(
    (total, value) => total + value.digits * 10n ** BigInt(scale - value.scale) * (value.isNegative ? -1n : 1n),
    0n,
  );
  return plain({ isNegative: sum < 0n, digits: sum < 0n ? -sum : sum, scale });
}

function plain({ isNegative, digits, scale }: Decimal): string {
  const text = digits.toString().padStart(scale + 1, '0');
  const number = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`.replace(/\.?0+$/, '');
  return isNegative && digits !== 0n ? `-${number}` : number;
}

/** For the height of a bar, never for a sum or a text: money as a float. */
export function forDrawing(amount: string): number {
  const value = Number(amount);
  return Number.isFinite(value) ? value : 0;
}

const STEPS = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
] as const;

/** `13.8B`, `328K`, `999`: three figures. The exact number belongs into the title. */
export function compact(count: number | undefined | null): string {
  if (count === undefined || count === null || !Number.isFinite(count)) return UNKNOWN;
  const size = Math.abs(count);
  for (const [index, [step, letter]] of STEPS.entries()) {
    // 999,950 is `1M`, not `1000K`.
    if (size >= step * 0.9995) {
      const value = count / step;
      const places = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
      const text = value.toFixed(places).replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros));
      return `${trimZeros(text)}${STEPS[index]![1] === letter ? letter : ''}`;
    }
  }
  return trimZeros(size < 10 && !Number.isInteger(count) ? count.toFixed(2) : count.toFixed(0));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `327,680`. */
export function exact(count: number | undefined | null): string {
  if (count === undefined || count === null || !Number.isFinite(count)) return UNKNOWN;
  return Number.isInteger(count) ? group(String(Math.abs(count))).replace(/^/, count < 0 ? '-' : '') : String(count);
}

/** A share of one as percent: `99.97 %`, `100 %`. Only a whole share reads as 100. */
export function percent(share: number | undefined | null, places = 2): string {
  if (share === undefined || share === null || !Number.isFinite(share)) return UNKNOWN;
  const rounded = (share * 100).toFixed(places);
  const text = share < 1 && Number(rounded) === 100 ? (100 - 10 ** -places).toFixed(places) : rounded;
  return `${trimZeros(text)} %`;
}

/** Milliseconds for people: `340 ms`, `1.25 s`, `2 min 5 s`. */
export function duration(ms: number | undefined | null): string {
  if (ms === undefined || ms === null || !Number.isFinite(ms)) return UNKNOWN;
  if (ms < 1) return ms === 0 ? '0 ms' : '< 1 ms';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${trimZeros((ms / 1000).toFixed(2))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Tokens per second: `57.3 tok/s`. */
export function speed(tokensPerSecond: number | undefined | null): string {
  if (tokensPerSecond === undefined || tokensPerSecond === null) return UNKNOWN;
  return `${compact(Math.round(tokensPerSecond * 10) / 10)} tok/s`;
}

/** Bytes in powers of 1,024. */
export function bytes(count: number | undefined | null): string {
  if (count === undefined || count === null || !Number.isFinite(count)) return UNKNOWN;
  const names = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let index = 0;
  for (; value >= 1024 && index < names.length - 1; index++) value /= 1024;
  return `${trimZeros(value.toFixed(value < 10 && index > 0 ? 1 : 0))} ${names[index]}`;
}

/** `1 request`, `12,400 requests`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${exact(count)} ${count === 1 ? one : many}`;
}

/** An amount with every digit it has: `$0.0000006`, `$1,204.5`. For bills, where a rounded figure would be a wrong one. */
export function exactDollars(amount: string | undefined | null): string {
  const value = typeof amount === 'string' ? readDecimal(amount) : undefined;
  if (!value) return UNKNOWN;
  const [whole = '0', fraction] = plain({ ...value, isNegative: false }).split('.');
  const sign = value.isNegative && value.digits !== 0n ? '-' : '';
  return `${sign}$${group(whole)}${fraction === undefined ? '' : `.${fraction}`}`;
}
