import { cleanText } from './clean-text.ts';

/** Text from outside as Markdown that reads as the same text: nothing in it is a heading, a link, a cell or HTML, or turns words around. */
export function plain(text: string): string {
  return cleanText(text)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_{}[\]<>|#~!@]|:(?=\/\/)/g, '\\$&');
}

/** A table; cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
