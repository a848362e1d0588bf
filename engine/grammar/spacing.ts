/** Where JSON may be spaced, and how much: enough for every usual style, and never without end. */
import type { Language, Languages } from './language.ts';

const INDENT_MAX = 32;

/** Between brackets, members and items: nothing, one space, or a new line and its indent. */
export function gap(languages: Languages): Language {
  return languages.once('gap', () => {
    const space = languages.text(' ');
    const line = languages.sequence(languages.text('\n'), languages.repeat(space, 0, INDENT_MAX));
    return languages.either([space, line, languages.end]);
  });
}

export function colon(languages: Languages): Language {
  return languages.once('colon', () => languages.sequence(languages.text(':'), languages.maybe(languages.text(' '))));
}

export function comma(languages: Languages): Language {
  return languages.once('comma', () => languages.sequence(languages.text(','), gap(languages)));
}
