/** A source file as the tidy rules see it: what is code, what is a string, line by line as it was. */
export interface SourceText {
  /** The code with comments and the insides of strings blanked; offsets and lines stay. */
  readonly code: string;
  readonly strings: readonly { readonly value: string; readonly offset: number }[];
}

/** What may stand before a `/` that begins a regular expression, so that it is no division. */
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await|else|do))\s*$/;

/**
 * Separates code from comments, strings and regular expressions. A small scanner, since TypeScript 7 offers none to
 * JavaScript. It follows `${}` inside templates; it does not know JSX.
 */
export function readSource(text: string): SourceText {
  // Code units, so that offsets hold beside characters outside the basic plane.
  const code = text.split('');
  const strings: { value: string; offset: number }[] = [];
  /** Depth of braces at which each open template goes on. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  const blank = (from: number, to: number) => {
    for (let i = from; i < to; i++) if (code[i] !== '\n') code[i] = ' ';
  };
  const takeTemplate = (from: number) => {
    const { end, isOpen } = findTemplateEnd(text, from);
    strings.push({ value: text.slice(from, end), offset: from });
    blank(from, end);
    if (isOpen) templates.push(depth++);
    return end + (isOpen ? 2 : 1);
  };
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    const one = two[0]!;
    if (two === '//' || two === '/*') {
      const end = two === '//' ? findOr(text, '\n', at, 0) : findOr(text, '*/', at + 2, 2);
      blank(at, end);
      at = end;
    } else if (one === "'" || one === '"') {
      const end = findQuoteEnd(text, at + 1, one);
      strings.push({ value: text.slice(at + 1, end), offset: at + 1 });
      blank(at + 1, end);
      at = end + 1;
    } else if (one === '`') at = takeTemplate(at + 1);
    else if (one === '}' && templates.at(-1) === depth - 1) {
      templates.pop();
      depth--;
      at = takeTemplate(at + 1);
    } else if (one === '/' && BEFORE_PATTERN.test(code.slice(Math.max(0, at - 200), at).join(''))) {
      const end = findPatternEnd(text, at + 1);
      blank(at + 1, end);
      at = end + 1;
    } else {
      if (one === '{') depth++;
      if (one === '}') depth--;
      at++;
    }
  }
  return { code: code.join(''), strings };
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Every module that the source imports, types and dynamic imports included. */
export function findImports(source: SourceText): readonly { readonly module: string; readonly offset: number }[] {
  return source.strings
    .filter(({ offset }) =>
      /(?:\bfrom|\bimport|\bimport\s*\()\s*['"`]$/.test(source.code.slice(Math.max(0, offset - 40), offset)),
    )
    .map(({ value, offset }) => ({ module: value, offset }));
}

function findOr(text: string, mark: string, from: number, length: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + length;
}

function findQuoteEnd(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function findTemplateEnd(text: string, from: number): { readonly end: number; readonly isOpen: boolean } {
  let at = from;
  while (at < text.length && text[at] !== '`') {
    if (text.startsWith('${', at)) return { end: at, isOpen: true };
    at += text[at] === '\\' ? 2 : 1;
  }
  return { end: at, isOpen: false };
}

function findPatternEnd(text: string, from: number): number {
  let isInClass = false;
  let at = from;
  while (at < text.length && text[at] !== '\n' && (isInClass || text[at] !== '/')) {
    if (text[at] === '[') isInClass = true;
    if (text[at] === ']') isInClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at;
}
