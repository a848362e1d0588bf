import type { GenerationEvent } from '../../generation/event.ts';
import type { Source } from './search-web.ts';

const CITATIONS_MAX = 100;

/** Where a text cites the pages that were found, as OpenRouter prints it: by a Markdown link, or else by the bare address. */
export function findCitations(
  text: string,
  sources: readonly Source[],
): readonly (GenerationEvent & { type: 'annotation' })[] {
  const byUrl = new Map(sources.map((source) => [keyOf(source.url), source]));
  const places: { readonly source: Source; readonly start: number; readonly end: number }[] = [];
  const linked = new Set<Source>();
  for (const link of text.matchAll(/\[[^\][\n]{0,300}\]\((https?:[^)\s]{1,2000})\)/g)) {
    const source = byUrl.get(keyOf(link[1]!));
    if (!source) continue;
    linked.add(source);
    places.push({ source, start: link.index, end: link.index + link[0].length });
  }
  for (const source of sources) {
    const start = linked.has(source) ? -1 : text.indexOf(source.url);
    if (start >= 0) places.push({ source, start, end: start + source.url.length });
  }
  places.sort((a, b) => a.start - b.start);
  return places.slice(0, CITATIONS_MAX).map(({ source, start, end }) => {
    const { url, title, text: content } = source;
    const citation = { url, title, content, start_index: start, end_index: end };
    return { type: 'annotation', part: 0, annotation: { type: 'url_citation', url_citation: citation } };
  });
}

/** Models write an address with or without its last slash. */
function keyOf(url: string): string {
  return url.replace(/\/$/, '').toLowerCase();
}
