/** How times are shown: in the viewer's zone, with the exact UTC time beside it for whoever asks. */

/** `Apr 5, 2025`. From milliseconds since 1970 or an ISO text. */
export function day(time: number | string | undefined | null): string {
  const date = readTime(time);
  return date
    ? date.toLocaleDateString('en', { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' })
    : '—';
}

/** `Apr 5, 14:03:22` in the viewer's zone. */
export function moment(time: number | string | undefined | null): string {
  const date = readTime(time);
  if (!date) return '—';
  const options = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return date.toLocaleString('en', { ...options, hourCycle: 'h23' });
}

/** `2025-04-05 14:03:22 UTC`, for titles. */
export function exactTime(time: number | string | undefined | null): string {
  const date = readTime(time);
  return date ? `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC` : 'unknown';
}

/** `12 s ago`, `3 h ago`; from a day on, the day. */
export function ago(time: number | string | undefined | null, nowMs: number): string {
  const date = readTime(time);
  if (!date) return '—';
  const seconds = Math.round((nowMs - date.getTime()) / 1000);
  if (seconds < 0 || seconds >= 86_400) return day(date.getTime());
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

function readTime(time: number | string | undefined | null): Date | undefined {
  if (time === undefined || time === null || time === '') return undefined;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
