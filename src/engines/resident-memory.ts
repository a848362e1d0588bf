/** How much of a process stands in memory, by what the Linux kernel says; undefined where nothing does. */
import { readFileSync } from 'node:fs';

export interface ResidentMemory {
  /** Pages of files, such as mapped weights: the kernel counts them as available. */
  readonly fileBytes: number;
  readonly totalBytes: number;
}

const KIB = 1024;

export function readResidentMemory(pid: number, read: (path: string) => string = readSync): ResidentMemory | undefined {
  let text: string;
  try {
    text = read(`/proc/${pid}/status`);
  } catch {
    return undefined;
  }
  const bytes = (name: string): number => KIB * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  const totalBytes = bytes('VmRSS');
  const fileBytes = bytes('RssFile') + bytes('RssShmem');
  return Number.isNaN(totalBytes + fileBytes) ? undefined : { totalBytes, fileBytes };
}

function readSync(path: string): string {
  return readFileSync(path, 'utf8');
}
