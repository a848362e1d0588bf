import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';

const LOOK_MS = 500;

/**
 * Calls back with a file's text whenever it changed; the empty text while there is no file. Looks at size and time twice a
 * second, which also sees files that editors replace and that network disks change.
 */
export function watchFile(path: string, clock: Clock, onChange: (text: string) => void): () => void {
  let last = printOf(path);
  return clock.every(LOOK_MS, () => {
    const print = printOf(path);
    if (print === last) return;
    last = print;
    onChange(readText(path));
  });
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function printOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs}:${size}:${ino}`;
  } catch {
    return 'absent';
  }
}
