import { z } from 'zod';
import { Failure } from '../../generation/failure.ts';

/** Long enough for a book on a small machine. */
const READ_MS = 20_000;
const BYTES_MAX = 32 * 1024 * 1024;
/** Each is a process with up to a gigabyte: more wait in line. */
const PROCESSES_MAX = 2;

const reportSchema = z.union([
  z.object({ pages: z.array(z.string()), pageCount: z.number(), isCut: z.boolean() }),
  z.object({ problem: z.enum(['encrypted', 'broken', 'memory']), detail: z.string() }),
]);

export interface PdfText {
  readonly text: string;
  readonly pageCount: number;
  /** It went on beyond what is read of one file. */
  readonly isCut: boolean;
}

let running = 0;
const waiting: (() => void)[] = [];

/** The text of a PDF, page by page. Throws a failure of the caller's for one that gives none, with the reason. */
export async function readPdf(bytes: Uint8Array, name: string, signal: AbortSignal): Promise<PdfText> {
  if (bytes.length > BYTES_MAX) throw unreadable(name, `it has more than ${BYTES_MAX / 1024 / 1024} MB`);
  if (running >= PROCESSES_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await readInProcess(bytes, name, signal);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function readInProcess(bytes: Uint8Array, name: string, signal: AbortSignal): Promise<PdfText> {
  signal.throwIfAborted();
  const limit = AbortSignal.timeout(READ_MS);
  const child = Bun.spawn([process.execPath, new URL('./pdf-process.ts', import.meta.url).pathname], {
    stdin: bytes,
    stdout: 'pipe',
    stderr: 'ignore',
    // Nothing of ours is its business.
    env: {},
    signal: AbortSignal.any([signal, limit]),
    killSignal: 'SIGKILL',
  });
  const output = await new Response(child.stdout).text();
  await child.exited;
  signal.throwIfAborted();
  if (limit.aborted) throw unreadable(name, `reading it takes longer than ${READ_MS / 1000} seconds`);
  const report = readReport(output);
  if (!report) throw unreadable(name, 'it is damaged or no PDF');
  if ('problem' in report) throw unreadable(name, report.detail);
  const text = report.pages.join('\n\n').trim();
  if (text === '')
    throw unreadable(name, 'there is no text in it: pictures of text, such as scans, are not recognised here');
  return { text, pageCount: report.pageCount, isCut: report.isCut };
}

function readReport(output: string): z.infer<typeof reportSchema> | undefined {
  try {
    return reportSchema.parse(JSON.parse(output));
  } catch {
    return undefined;
  }
}

export function unreadable(name: string, reason: string): Failure {
  return new Failure('unprocessable', {
    message: `The file ${JSON.stringify(name.slice(0, 100))} can’t be read: ${reason}`,
  });
}
