import { lexer, type Token } from 'marked';
import remend from 'remend';
import { cleanText } from '../../text/clean-text.ts';

/** A top-level piece of markdown. Once it is frozen it never changes, so that it is drawn once. */
export interface Block {
  readonly key: number;
  readonly raw: string;
  /** Undefined: shown as plain text. */
  readonly tokens: readonly Token[] | undefined;
}

const OPTIONS = { gfm: true, breaks: true } as const;
/** Paragraphs are read in more than linear time: a longer one is shown without its markup. */
const PARAGRAPH_MAX = 8_000;
const BLOCK_MAX = 24_000;
/** Markup inside markup beyond this is nobody's text; reading it costs seconds, or the stack. */
const TOO_DEEP = /^(?:[ \t]*>){12}|^[ \t]{40,}(?:[-*+]|\d+[.)])[ \t]|^(?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]){12}/m;
const FENCE = /^ {0,3}(?:```|~~~)/;

/**
 * Splits a text that only grows into blocks. What stands before the last block is read once; the last one again with each piece, so a
 * long answer costs no more per piece than a short one.
 */
export class BlockSplitter {
  readonly #frozen: Block[] = [];
  /** What was given so far, and the same without characters that deceive. */
  #given = '';
  #source = '';
  /** Where the last block begins in the source. */
  #start = 0;
  #readLength = 0;
  #blocks: readonly Block[] = [];

  /** `isWhole`: nothing follows. The array is a new one when something changed. */
  read(given: string, isWhole: boolean): readonly Block[] {
    this.#take(given, isWhole);
    const grown = this.#source.length - this.#readLength;
    // A long last block is read again only after it grew by a part of its length.
    if (!isWhole && this.#blocks.length > 0 && grown <= (this.#source.length - this.#start) / 64) return this.#blocks;
    this.#readLength = this.#source.length;
    const tokens = readTokens(this.#source.slice(this.#start));
    const last = tokens && !isWhole ? tokens.findLastIndex(({ type }) => type !== 'space') : (tokens?.length ?? 0);
    for (const token of tokens?.slice(0, Math.max(last, 0)) ?? []) this.#freeze(token);
    const rest = this.#source.slice(this.#start);
    this.#blocks = rest === '' ? [...this.#frozen] : [...this.#frozen, this.#open(rest, tokens?.[last])];
    return this.#blocks;
  }

  #take(given: string, isWhole: boolean): void {
    if (!given.startsWith(this.#given)) this.#reset();
    // Half of a character waits for its other half.
    const end = !isWhole && /[\uD800-\uDBFF]$/.test(given) ? given.length - 1 : given.length;
    this.#source += cleanText(given.slice(this.#given.length, end));
    this.#given = given.slice(0, end);
  }

  #freeze(token: Token): void {
    this.#start += token.raw.length;
    if (token.type === 'space' || token.type === 'def') return;
    this.#frozen.push({ key: this.#frozen.length, raw: token.raw, tokens: [token] });
  }

  /** The block that still grows: markup that has only half arrived is closed for the time being. */
  #open(raw: string, token: Token | undefined): Block {
    const key = this.#frozen.length;
    if (!token) return { key, raw, tokens: undefined };
    if (FENCE.test(raw)) return { key, raw, tokens: [token] };
    const closed = remend(raw, { htmlTags: false, katex: false, linkMode: 'text-only', images: false });
    return { key, raw, tokens: closed === raw ? [token] : readTokens(closed) };
  }

  #reset(): void {
    this.#frozen.length = 0;
    this.#given = '';
    this.#source = '';
    this.#start = 0;
    this.#readLength = 0;
    this.#blocks = [];
  }
}

/** Undefined for what is better shown as it is. Blocks are found again by the lengths of their raw texts: those must make up the whole. */
function readTokens(source: string): readonly Token[] | undefined {
  if (isTooMuch(source)) return undefined;
  try {
    const tokens: readonly Token[] = lexer(source, OPTIONS);
    return tokens.map(({ raw }) => raw).join('') === source ? tokens : undefined;
  } catch {
    // Markup deep enough for the stack.
    return undefined;
  }
}

function isTooMuch(text: string): boolean {
  if (TOO_DEEP.test(text)) return true;
  if (text.length <= PARAGRAPH_MAX) return false;
  return text.split(/\n[ \t]*\n/).some((piece) => !FENCE.test(piece) && piece.length > limitOf(piece));
}

function limitOf(piece: string): number {
  return /^[ \t]*(?:\||[-*+][ \t]|\d+[.)][ \t])/.test(piece) ? BLOCK_MAX : PARAGRAPH_MAX;
}
