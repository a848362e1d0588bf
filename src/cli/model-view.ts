import { printBytes } from '../base/print-bytes.ts';
import type { CliTools } from './cli-tools.ts';
import type { ModelProgress, ModelView } from './model-order.ts';
import { printable } from './print-table.ts';

const TITLE_WIDTH = 10;
const BAR_WIDTH = 30;
/** Where nobody watches a bar move, a line for so much. */
const STEP = 0.1;
/** A bar is drawn at most so often. */
const DRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

/** Facts as lines; progress as a bar that moves on a terminal, and as a line for each tenth elsewhere. */
export function viewOf({ out, terminal, clock, askLine }: CliTools): ModelView & { end(): void } {
  let isBarThere = false;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let last = { what: '', step: -1 };
  let speed: Speed | undefined;
  const clear = () => {
    if (isBarThere) out(CLEAR_LINE);
    isBarThere = false;
  };
  return {
    tell(title, text) {
      clear();
      out(`${printable(title).padEnd(TITLE_WIDTH)}  ${printable(text)}`.trimEnd().concat('\n'));
    },
    progress(progress) {
      const { what, done, total } = progress;
      const nowMs = clock.monotonicMs();
      if (speed?.what !== what) speed = { what, startMs: nowMs, startDone: done };
      const isWhole = total !== undefined && done >= total;
      if (terminal.isTty) {
        if (nowMs - drawnMs < DRAW_MS && !isWhole) return;
        drawnMs = nowMs;
        isBarThere = true;
        out(`${CLEAR_LINE}${layBar(progress, speed, nowMs)}`);
        if (isWhole) {
          out('\n');
          isBarThere = false;
        }
        return;
      }
      const step = total ? Math.floor(done / total / STEP) : 0;
      if (what === last.what && step <= last.step) return;
      last = { what, step };
      out(`${layLine(progress)}\n`);
    },
    async confirm(question) {
      clear();
      const answer = await askLine(`${printable(question)} [y/N] `);
      return /^\s*y(?:es)?\s*$/i.test(answer ?? '');
    },
    end: clear,
  };
}

interface Speed {
  readonly what: string;
  readonly startMs: number;
  readonly startDone: number;
}

/** `Downloading x.gguf  [#####.....]  43 %  28.1 of 65.3 GB  112 MB/s  5 min left` */
function layBar(progress: ModelProgress, speed: Speed, nowMs: number): string {
  const { what, done, total, unit } = progress;
  if (!total) return `${printable(what)}  ${unit === 'bytes' ? printBytes(done) : '…'}`;
  const share = Math.min(1, done / total);
  const full = Math.floor(share * BAR_WIDTH);
  const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`;
  const parts = [printable(what), bar, `${Math.floor(share * 100)} %`];
  if (unit === 'bytes') {
    parts.push(`${printBytes(done)} of ${printBytes(total)}`);
    const seconds = (nowMs - speed.startMs) / 1000;
    const perSecond = seconds >= 1 ? (done - speed.startDone) / seconds : 0;
    if (perSecond > 0) parts.push(`${printBytes(perSecond)}/s`, `${duration((total - done) / perSecond)} left`);
  }
  return parts.join('  ');
}

function layLine({ what, done, total, unit }: ModelProgress): string {
  const share = total ? `${Math.floor((done / total) * 100)} %` : undefined;
  const bytes =
    unit === 'bytes' ? (total ? `${printBytes(done)} of ${printBytes(total)}` : printBytes(done)) : undefined;
  return [printable(what), share, bytes].filter(Boolean).join('  ');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
