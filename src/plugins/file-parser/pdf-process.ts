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

if (Bun.isMainThread) await supervise();
else self.onmessage = async ({ data }: MessageEvent<Uint8Array>) => self.postMessage(await readPages(data));

async function supervise(): Promise<void> {
  const bytes = new Uint8Array(await Bun.stdin.arrayBuffer());
  const worker = new Worker(import.meta.url);
  const say = (report: PdfReport): void => {
    Bun.write(Bun.stdout, JSON.stringify(report)).then(() => process.exit(0));
  };
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() < MEMORY_BYTES_MAX) return;
    clearInterval(watch);
    worker.terminate();
    say({ problem: 'memory', detail: 'it needs too much memory' });
  }, WATCH_MS);
  worker.onmessage = ({ data }: MessageEvent<PdfReport>) => say(data);
  worker.onerror = () => say({ problem: 'broken', detail: 'it can’t be read' });
  worker.postMessage(bytes);
}

async function readPages(bytes: Uint8Array): Promise<PdfReport> {
  try {
    const document = await getDocumentProxy(bytes, { useSystemFonts: false, verbosity: 0 });
    const pages: string[] = [];
    let letters = 0;
    const last = Math.min(document.numPages, PAGES_MAX);
    for (let number = 1; number <= last && letters < LETTERS_MAX; number++) {
      const page = await document.getPage(number);
      const text = joinItems((await page.getTextContent()).items).slice(0, LETTERS_MAX - letters);
      letters += text.length;
      pages.push(text);
      page.cleanup();
    }
    return { pages, pageCount: document.numPages, isCut: pages.length < document.numPages || letters >= LETTERS_MAX };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'PasswordException') return { problem: 'encrypted', detail: 'it is locked with a password' };
    return { problem: 'broken', detail: 'it is damaged or no PDF' };
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
