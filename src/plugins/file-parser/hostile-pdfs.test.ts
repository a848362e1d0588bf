import { expect, test } from 'bun:test';
import { Failure } from '../../generation/failure.ts';
import { bombPdf, encryptedPdf, loopingPdf } from './hostile-pdfs.test-data.ts';
import { makePdf } from './make-pdf.test-data.ts';
import { readPdf } from './read-pdf.ts';

/** Reading takes at most twenty seconds; the rest is for a machine that runs other things too. */
const MS_MAX = 60_000;
/** What this process may grow by: the reading is done by another. */
const GROWTH_BYTES_MAX = 400_000_000;

/** The text, or what the caller is told; within the bounds of time and memory that hold for every file. */
async function read(
  bytes: Uint8Array,
): Promise<{ readonly text?: string; readonly pages?: number; readonly told?: string }> {
  const [startedMs, before] = [performance.now(), process.memoryUsage.rss()];
  try {
    const { text, pageCount } = await readPdf(bytes, 'bad.pdf', new AbortController().signal);
    return { text, pages: pageCount };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.kind).toBe('unprocessable');
    return { told: error.message };
  } finally {
    expect(performance.now() - startedMs).toBeLessThan(MS_MAX);
    expect(process.memoryUsage.rss() - before).toBeLessThan(GROWTH_BYTES_MAX);
  }
}

const about = (reason: string) => ({ told: `The file "bad.pdf" can’t be read: ${reason}` });

test(
  'a PDF under a password is refused, and says so',
  async () => {
    expect(await read(encryptedPdf())).toEqual(about('it is locked with a password'));
  },
  MS_MAX,
);

test(
  'of ten thousand pages the first are read, and the rest is known to be missing',
  async () => {
    const pdf = makePdf(Array.from({ length: 10_000 }, (_, at) => `Page ${at + 1}`));
    const { text, pageCount, isCut } = await readPdf(pdf, 'long.pdf', new AbortController().signal);
    expect([pageCount, isCut]).toEqual([10_000, true]);
    expect([text.startsWith('Page 1\n\nPage 2\n'), text.includes('Page 100\n'), text.includes('Page 2001')]).toEqual([
      ...[true, true, false],
    ]);
  },
  MS_MAX,
);

test.each([
  ['blanks', ' '],
  ['letters', '(aaaaaaaaaaaaaaaa) Tj '],
])(
  'a page that unpacks into more than a gigabyte of %s ends within bounds, in text or a reason',
  async (_, filler) => {
    const pdf = await bombPdf(1_200, filler);
    expect(pdf.length).toBeLessThan(1_000_000);
    const { text, told } = await read(pdf);
    if (told === undefined) expect(text!.length).toBeLessThanOrEqual(4_000_000);
    else expect(told).toMatch(/too much memory|takes longer than 20 seconds|damaged|no text/);
  },
  MS_MAX,
);

test(
  'a tree of pages that is its own root ends in a reason',
  async () => {
    expect((await read(loopingPdf())).told).toMatch(/damaged|no text|takes longer/);
  },
  MS_MAX,
);

test(
  'a PDF that breaks off gives what is left of its text, or a reason, never other words',
  async () => {
    const whole = makePdf(['First page', 'Second page', 'Third page']);
    const told: (string | undefined)[] = [];
    for (const share of [0.05, 0.5, 0.8, 0.99]) {
      const result = await read(whole.subarray(0, Math.floor(whole.length * share)));
      told.push(result.told);
      const lines = (result.text ?? '').split('\n').filter((line) => line !== '');
      expect(lines.filter((line) => !['First page', 'Second page', 'Third page'].includes(line))).toEqual([]);
    }
    expect(told[0]).toEqual(about('it is damaged or no PDF').told);
  },
  MS_MAX,
);

test(
  'what only begins like a PDF is none',
  async () => {
    const noise = new Uint8Array(50_000).map((_, at) => (at * 7_919) % 251);
    for (const bytes of [
      Buffer.from('%PDF-1.7'),
      Buffer.concat([Buffer.from('%PDF-1.7\n'), noise]),
      Buffer.from('%PDF-1.7\ntrailer << /Root 1 0 R >>\n1 0 obj << /Type /Catalog /Pages 1 0 R >> endobj'),
    ]) {
      expect((await read(new Uint8Array(bytes))).told).toMatch(/it is damaged or no PDF|there is no text in it/);
    }
  },
  MS_MAX,
);

test(
  'a caller who leaves while it is read waits for nothing',
  async () => {
    const leaving = new AbortController();
    const reading = readPdf(await bombPdf(500, 'q Q '), 'bad.pdf', leaving.signal);
    leaving.abort(new Failure('caller-left', { message: 'left' }));
    expect(await reading.catch((error: unknown) => error)).toMatchObject({ kind: 'caller-left' });
  },
  MS_MAX,
);
