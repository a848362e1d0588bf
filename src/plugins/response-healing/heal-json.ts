import { jsonrepair } from 'jsonrepair';
import { z } from 'zod';

/** Longer answers are left as they are: mending reads them several times. */
const TEXT_LENGTH_MAX = 2_000_000;

export type Healing =
  /** It was JSON already. */
  | { readonly outcome: 'valid'; readonly value: unknown }
  | { readonly outcome: 'healed'; readonly text: string; readonly value: unknown; readonly steps: readonly Step[] }
  | { readonly outcome: 'left'; readonly why: string };

/** `fence`: taken out of a Markdown fence; `prose`: words around it left out; `syntax`: brackets, commas, quotes, literals. */
export type Step = 'fence' | 'prose' | 'syntax';

/**
 * The JSON that an answer means. Only its notation is mended: nothing is added that the model did not write but closing brackets,
 * and those only where it said itself that it was done. A text that ends inside a string or a number's place is left alone.
 */
export function healJson(text: string, judge: Judge = () => true): Healing {
  const whole = parseJson(text);
  if (whole.ok) return judge(whole.value) ? { outcome: 'valid', value: whole.value } : MISFIT;
  if (text.length > TEXT_LENGTH_MAX) return { outcome: 'left', why: 'the answer is too long to be mended' };
  let hasMisfit = false;
  // JSON that needs no mending anywhere in the answer is surer than something mended before it.
  for (const read of [takeAsIs, mend]) {
    for (const { candidate, steps } of candidatesOf(text)) {
      const found = read(candidate);
      if (!found) continue;
      if (judge(found.value))
        return { outcome: 'healed', ...found, steps: read === mend ? [...steps, 'syntax'] : steps };
      hasMisfit = true;
    }
  }
  return hasMisfit ? MISFIT : { outcome: 'left', why: 'there is no JSON in the answer that could be mended' };
}

/** Is it what the caller asked for? */
export type Judge = (value: unknown) => boolean;

const MISFIT = { outcome: 'left', why: 'it is not what was asked for' } as const;

interface Found {
  readonly text: string;
  readonly value: unknown;
}

function takeAsIs(candidate: string): Found | undefined {
  const parsed = parseJson(candidate);
  return parsed.ok && isCollection(parsed.value) ? { text: candidate, value: parsed.value } : undefined;
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: z.unknown().parse(JSON.parse(text)) };
  } catch {
    return { ok: false };
  }
}

/** Both JSON modes ask for an object; some schemas for a list. A bare word in a sentence is neither. */
function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Each is scanned to its end; a text full of brackets is no answer in JSON. */
const CANDIDATES_MAX = 32;

interface Candidate {
  readonly candidate: string;
  readonly steps: readonly Step[];
}

/** Where the JSON may stand, the surest place first. */
function candidatesOf(text: string): readonly Candidate[] {
  const found: Candidate[] = [];
  const add = (candidate: string, steps: readonly Step[]): void => {
    const trimmed = candidate.trim();
    if (trimmed !== '' && !found.some((known) => known.candidate === trimmed))
      found.push({ candidate: trimmed, steps });
  };
  for (const block of text.matchAll(/```[\w+-]*[ \t]*\r?\n([\s\S]*?)(?:\r?\n[ \t]*```|$)/g)) {
    if (found.length >= CANDIDATES_MAX) break;
    const inside = block[1]!.trim();
    if (inside.startsWith('{') || inside.startsWith('[')) add(inside, ['fence']);
  }
  // One after the other at the top level: brackets in a sentence before it are not the answer.
  let isAlone = true;
  let from = 0;
  for (let count = 0; count < CANDIDATES_MAX; count++) {
    const offset = text.slice(from).search(/[{[]/);
    if (offset < 0) break;
    const start = from + offset;
    const { end } = scan(text.slice(start));
    const stop = end === undefined ? text.length : start + end;
    isAlone &&= text.slice(from, start).trim() === '';
    add(text.slice(start, stop), isAlone && text.slice(stop).trim() === '' ? [] : ['prose']);
    if (end === undefined) {
      // Quotes that no scan can follow: as far as the last bracket.
      const last = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']')) + 1;
      if (last > start) add(text.slice(start, last), text.slice(last).trim() === '' && isAlone ? [] : ['prose']);
      break;
    }
    isAlone = false;
    from = stop;
  }
  return found;
}

function mend(candidate: string): Found | undefined {
  const { endsInString, hasGap } = scan(candidate);
  if (endsInString || hasGap) return undefined;
  try {
    const text = jsonrepair(candidate);
    const parsed = parseJson(text);
    return parsed.ok && isCollection(parsed.value) ? { text, value: parsed.value } : undefined;
  } catch {
    return undefined;
  }
}

interface Scan {
  /** Just behind the bracket that closes the first one. */
  readonly end: number | undefined;
  readonly endsInString: boolean;
  /** A value is missing where one has to stand: to fill it would be to invent it. */
  readonly hasGap: boolean;
}

/** Deeper is no answer, and a way to exhaust whoever parses it. */
const DEPTH_MAX = 256;
const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '“': '”', '‘': '’', '`': '`' };

/** Follows brackets and strings as far as they can be followed in a text that is not quite JSON. */
function scan(text: string): Scan {
  let depth = 0;
  let end: number | undefined;
  let closer: string | undefined;
  let before = '';
  let hasGap = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    if (closer !== undefined) {
      if (letter === '\\') i++;
      else if (letter === closer) {
        // `'it's'`: where such a string ends is anybody's guess.
        if (closer !== '"' && /\w/.test(text[i + 1] ?? '')) hasGap = true;
        closer = undefined;
        before = 'value';
      }
      continue;
    }
    if (/\s/.test(letter)) continue;
    // An apostrophe inside a word opens nothing.
    const opens = CLOSERS[letter];
    if (opens !== undefined && (letter === '"' || /^[{[,:(]?$/.test(before))) {
      closer = opens;
      continue;
    }
    if (before === ':' && /[,}\]]/.test(letter)) hasGap = true;
    if (letter === '{' || letter === '[') depth++;
    if (depth > DEPTH_MAX) return { end: undefined, endsInString: false, hasGap: true };
    if (letter === '}' || letter === ']') {
      depth--;
      if (depth === 0) end ??= i + 1;
    }
    before = letter;
  }
  return { end, endsInString: closer !== undefined, hasGap: hasGap || before === ':' };
}
