/** Characters that change how the text around them is shown, or nothing that one could see. Newline and tab stay. */
const UNSEEN = /[\p{Cc}\u202A-\u202E\u2066-\u2069\u2028\u2029\uFEFF\u{E0000}-\u{E007F}]/gu;
/** Marks on one letter: no language stacks more, and a hundred of them cover the lines above. */
const STACKED = /(\p{Mn}{8})\p{Mn}+/gu;

/**
 * Text of outsiders as it may be shown: direction overrides (which can make an address or code read as another), line separators and
 * tag characters become visible names, other control characters go, and so do marks that pile up on a letter.
 */
export function cleanText(text: string): string {
  return text.replace(STACKED, '$1').replace(UNSEEN, (character) => {
    if (character === '\n' || character === '\t') return character;
    const code = character.codePointAt(0)!;
    return code < 0xa0 ? '' : `[U+${code.toString(16).toUpperCase()}]`;
  });
}

/** Letters that are written from the right. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** For places that take no element, such as an option, a label or a sentence: a name in it cannot reorder the words around it. */
export function isolate(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}

/** An answer of our API with all its texts cleaned: names, titles and errors in it were chosen by outsiders. */
export function cleanAnswer<Value>(value: Value): Value {
  if (typeof value === 'string') return cleanText(value) as Value;
  if (Array.isArray(value)) return value.map(cleanAnswer) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, cleanAnswer(one)])) as Value;
}
