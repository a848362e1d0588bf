/** Characters that change how the text around them is shown, or nothing that one could see. Newline and tab stay. */
const UNSEEN = /[\p{Cc}\u202A-\u202E\u2066-\u2069\u2028\u2029\uFEFF\u{E0000}-\u{E007F}]/gu;

/**
 * Text of a model as it may be shown: direction overrides (which can make an address or code read as another), line separators and
 * tag characters become visible names, other control characters go.
 */
export function cleanText(text: string): string {
  return text.replace(UNSEEN, (character) => {
    if (character === '\n' || character === '\t') return character;
    const code = character.codePointAt(0)!;
    return code < 0xa0 ? '' : `[U+${code.toString(16).toUpperCase()}]`;
  });
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  copy: '©',
};

/** Markdown may write a character as an entity, and its reader decodes the numeric ones: what comes out is cleaned again. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return cleanText(text);
  const decoded = text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-z]{2,8}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name) ? NAMED[name]! : whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
  });
  return cleanText(decoded);
}
