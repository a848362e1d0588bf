/**
 * Llama 4's split expression, walked by hand. A pattern engine may run out of stack or of steps on a megabyte without
 * a break, differs between browsers in what it then does, and cannot be asked for the exact sets. The expression's
 * alternatives, in order, each greedy:
 *
 *     1  [^\r\n\p{L}\p{N}]? [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]* [\p{Ll}\p{Lm}\p{Lo}\p{M}]+ (?i:'s|'t|'re|'ve|'m|'ll|'d)?
 *     2  [^\r\n\p{L}\p{N}]? [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+ [\p{Ll}\p{Lm}\p{Lo}\p{M}]* (?i:'s|'t|'re|'ve|'m|'ll|'d)?
 *     3  \p{N}{1,3}
 *     4   ?[^\s\p{L}\p{N}]+[\r\n/]*
 *     5  \s*[\r\n]+
 *     6  \s+(?!\S)
 *     7  \s+
 */
import { kindOf, kinds } from './character-kind.ts';

const { other, upper, lower, letter, mark, digit, lineEnd, space } = kinds;

/** The end of the word that starts at `start`, which is less than the text's length. Units are UTF-16. */
export function endOfWord(text: string, start: number): number {
  const kind = kindAt(text, start);
  if (kind === digit) return endOfDigits(text, start);
  const next = start + unitsAt(text, start);
  const isBeforeWord = kind === other || kind === space || kind === mark;
  const wordEnd =
    (isBeforeWord ? endOfLetters(text, next) : undefined) ?? (isWordKind(kind) ? endOfLetters(text, start) : undefined);
  if (wordEnd !== undefined) return wordEnd;
  if (isBeforeWord && isUpperAt(text, next)) return endOfCapitals(text, next);
  if (kind === upper) return endOfCapitals(text, start);
  if (kind === other) return endOfSigns(text, start);
  if (text[start] === ' ' && isSignAt(text, next)) return endOfSigns(text, next);
  return endOfSpaces(text, start);
}

/** Alternative 1 after its optional first character; undefined when it does not match here. */
function endOfLetters(text: string, start: number): number | undefined {
  let at = start;
  // Where the last character stands that both sets hold: giving capitals back, the expression stops there.
  let lastCommon = -1;
  for (; at < text.length; at += unitsAt(text, at)) {
    const kind = kindAt(text, at);
    if (kind === letter || kind === mark) lastCommon = at;
    else if (kind !== upper) break;
  }
  if (at < text.length && kindAt(text, at) === lower) {
    while (at < text.length && isSmall(kindAt(text, at))) at += unitsAt(text, at);
  } else {
    if (lastCommon < 0) return undefined;
    at = lastCommon + unitsAt(text, lastCommon);
  }
  return at + contractionUnits(text, at);
}

/** Alternative 2, only reached where alternative 1 does not match: capitals without anything small behind them. */
function endOfCapitals(text: string, start: number): number {
  let at = start;
  while (isUpperAt(text, at)) at += unitsAt(text, at);
  return at + contractionUnits(text, at);
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  for (let count = 0; count < 3 && at < text.length && kindAt(text, at) === digit; count++) at += unitsAt(text, at);
  return at;
}

function endOfSigns(text: string, start: number): number {
  let at = start;
  while (isSignAt(text, at)) at += unitsAt(text, at);
  while (at < text.length && (text[at] === '/' || kindAt(text, at) === lineEnd)) at++;
  return at;
}

/** Alternatives 5, 6 and 7: to behind the last line end of the run, else all of it but the space before a word. */
function endOfSpaces(text: string, start: number): number {
  let at = start;
  let lastLineEnd = -1;
  // All of White_Space lies in the first plane: each is one unit.
  for (; at < text.length; at++) {
    const kind = kindAt(text, at);
    if (kind === lineEnd) lastLineEnd = at;
    else if (kind !== space) break;
  }
  if (lastLineEnd >= 0) return lastLineEnd + 1;
  return at < text.length && at > start + 1 ? at - 1 : at;
}

/**
 * Case folding makes the long s (U+017F) an `s`: Oniguruma, which HF's tokenizers use, takes `'ſ`, and so do Rust's
 * patterns in Meta's own tokenizer.
 */
function contractionUnits(text: string, at: number): number {
  if (text[at] !== "'") return 0;
  const first = text[at + 1];
  if (first !== undefined && 'sStTmMdDſ'.includes(first)) return 2;
  const pair = text.slice(at + 1, at + 3).toLowerCase();
  return pair === 're' || pair === 've' || pair === 'll' ? 3 : 0;
}

function kindAt(text: string, at: number): number {
  return kindOf(text.codePointAt(at)!);
}

function unitsAt(text: string, at: number): number {
  return text.codePointAt(at)! > 0xffff ? 2 : 1;
}

function isUpperAt(text: string, at: number): boolean {
  return at < text.length && kindAt(text, at) === upper;
}

function isSignAt(text: string, at: number): boolean {
  if (at >= text.length) return false;
  const kind = kindAt(text, at);
  return kind === other || kind === mark;
}

function isWordKind(kind: number): boolean {
  return kind === upper || kind === lower || kind === letter || kind === mark;
}

function isSmall(kind: number): boolean {
  return kind === lower || kind === letter || kind === mark;
}
