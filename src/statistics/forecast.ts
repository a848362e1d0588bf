/** What a month may come to: what was spent, and for the days left the mean of its whole days, give or take one standard error of it. */
export interface Forecast {
  readonly lowPico: bigint;
  readonly middlePico: bigint;
  readonly highPico: bigint;
  /** Whole days that it is from. */
  readonly days: number;
}

const DAYS_MIN = 3;

/**
 * `spending` is each day of the month up to today, which is not over and so says nothing of a whole day. Undefined with fewer
 * than three whole days: what would be drawn then is chance. Never below what is spent already.
 */
export function forecastMonth(spending: readonly bigint[], daysOfMonth: number): Forecast | undefined {
  const whole = spending.slice(0, -1);
  if (whole.length < DAYS_MIN) return undefined;
  const spentPico = spending.reduce((sum, one) => sum + one, 0n);
  const count = BigInt(whole.length);
  const meanPico = whole.reduce((sum, one) => sum + one, 0n) / count;
  const squares = whole.reduce((sum, one) => sum + (one - meanPico) ** 2n, 0n);
  const errorPico = rootOf(squares / (count - 1n) / count);
  const daysLeft = BigInt(Math.max(0, daysOfMonth - whole.length));
  const today = spending.at(-1)!;
  const until = (perDayPico: bigint): bigint => {
    const total = spentPico - today + (perDayPico < 0n ? 0n : perDayPico) * daysLeft;
    return total < spentPico ? spentPico : total;
  };
  return {
    lowPico: until(meanPico - errorPico),
    middlePico: until(meanPico),
    highPico: until(meanPico + errorPico),
    days: whole.length,
  };
}

/** The whole part of a square root, by Newton. */
function rootOf(square: bigint): bigint {
  if (square < 2n) return square;
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  for (;;) {
    const next = (root + square / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
