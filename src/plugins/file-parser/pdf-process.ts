/**
 * A process of its own that reads one PDF from its standard input and prints its text as JSON. What is in a PDF is a stranger's:
 * it may expand without end or loop, so it is read in a worker, and this process ends itself when it grows too large.
 */
import { getDocumentProxy } from 'unpdf';

const MEMORY_BYTES_MAX = 1_000_000_000;
const WATCH_MS = 25;

/** What this process prints. */
export type PdfReport =
  | { readonly pages: readonly string[]; readonly pageCount: number; readonly isCut: boolean }
  | { readonly problem: 'encrypted' | 'broken' | 'memory'; readonly detail: string };

const PAGES_MAX = 2_000;
const LETTERS_MAX = 4_000_000;
/** What was read by then is given, before whoever waits for this process has to end it. */
const READ_MS = 15_000;

/** What the worker says, page by page, and at its end. */
type WorkerWord =
  | { readonly page: string; readonly pageCount: number }
  | 'whole'
  | (PdfReport & { readonly problem: string });

if (Bun.isMainThread) await supervise();
else self.onmessage = ({ data }: MessageEvent<Uint8Array>) => readPages(data, (word) => self.postMessage(word));

async function supervise(): Promise<void> {
  const bytes = new Uint8Array(await Bun.stdin.arrayBuffer());
  const worker = new Worker(import.meta.url);
  const pages: string[] = [];
  let pageCount = 0;
  let hasSaid = false;
  const say = (report: PdfReport): void => {
    if (hasSaid) return;
    hasSaid = true;
    worker.terminate();
    Bun.write(Bun.stdout, JSON.stringify(report)).then(() => process.exit(0));
  };
  setInterval(() => {
    if (process.memoryUsage.rss() >= MEMORY_BYTES_MAX) say({ problem: 'memory', detail: 'it needs too much memory' });
  }, WATCH_MS);
  setTimeout(() => {
    if (pages.length > 0) say({ pages, pageCount, isCut: true });
  }, READ_MS);
  worker.onmessage = ({ data: word }: MessageEvent<WorkerWord>) => {
    if (word === 'whole') {
      const letters = pages.reduce((sum, page) => sum + page.length, 0);
      say({ pages, pageCount, isCut: pages.length < pageCount || letters >= LETTERS_MAX });
    } else if ('problem' in word) say(word);
    else {
      pages.push(word.page);
      pageCount = word.pageCount;
    }
  };
  worker.onerror = () => say({ problem: 'broken', detail: 'it can’t be read' });
  worker.postMessage(bytes);
}

async function readPages(bytes: Uint8Array, tell: (word: WorkerWord) => void): Promise<void> {
  try {
    const document = await getDocumentProxy(bytes, { useSystemFonts: false, verbosity: 0 });
    const last = Math.min(document.numPages, PAGES_MAX);
    let letters = 0;
    for (let number = 1; number <= last && letters < LETTERS_MAX; number++) {
      const page = await document.getPage(number);
      const text = joinItems((await page.getTextContent()).items).slice(0, LETTERS_MAX - letters);
      letters += text.length;
      tell({ page: text, pageCount: document.numPages });
      page.cleanup();
    }
    tell('whole');
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'PasswordException') tell({ problem: 'encrypted', detail: 'it is locked with a password' });
    else tell({ problem: 'broken', detail: 'it is damaged or no PDF' });
  }
}

/** Lines as they stand on the page. */
function joinItems(items: readonly object[]): string {
  let text = '';
  for (const item of items) {
    if ('str' in item && typeof item.str === 'string') text += item.str;
    if ('hasEOL' in item && item.hasEOL === true) text += '\n';
  }
  return text.replace(/[ \t]+\n/g, '\n').trim();
}
