import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { listOf, numberOf, textOf } from './proto-json.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The sources of a candidate as OpenRouter prints annotations. `text` is what was written so far: Google counts in its bytes. */
export function readCitations(candidate: JsonObject, text: string): readonly JsonObject[] {
  const grounding = isJsonObject(candidate.groundingMetadata) ? readGrounding(candidate.groundingMetadata, text) : [];
  const metadata = isJsonObject(candidate.citationMetadata) ? candidate.citationMetadata : {};
  const cited = listOf(metadata.citations ?? metadata.citationSources).flatMap((citation) => {
    const url = textOf(citation.uri);
    if (url === '') return [];
    const place = placeOf(text, citation);
    return [{ ...place, url, title: textOf(citation.title), content: text.slice(place.start_index, place.end_index) }];
  });
  return [...grounding, ...cited].map((citation) => ({ type: 'url_citation', url_citation: citation }));
}

/** Each claim with each of its sources; sources that no claim names stand alone. */
function readGrounding(metadata: JsonObject, text: string): readonly JsonObject[] {
  const sources = listOf(metadata.groundingChunks).map((chunk) => {
    const source = [chunk.web, chunk.retrievedContext, chunk.maps].find(isJsonObject) ?? {};
    return { url: textOf(source.uri), title: textOf(source.title) };
  });
  const named = new Set<number>();
  const citations: JsonObject[] = [];
  for (const support of listOf(metadata.groundingSupports)) {
    const segment = isJsonObject(support.segment) ? support.segment : {};
    for (const index of Array.isArray(support.groundingChunkIndices) ? support.groundingChunkIndices : []) {
      const source = typeof index === 'number' ? sources[index] : undefined;
      if (!source || source.url === '') continue;
      named.add(index as number);
      citations.push({ ...source, content: textOf(segment.text), ...placeOf(text, segment) });
    }
  }
  const unnamed = sources.filter(({ url }, index) => url !== '' && !named.has(index));
  return [...citations, ...unnamed.map((source) => ({ ...source, content: '', start_index: 0, end_index: 0 }))];
}

interface Place {
  readonly start_index: number;
  readonly end_index: number;
}

/** Offsets in bytes as offsets in characters. */
function placeOf(text: string, { startIndex, endIndex }: JsonObject): Place {
  const bytes = encoder.encode(text);
  const at = (offset: number): number => decoder.decode(bytes.subarray(0, Math.max(0, offset))).length;
  return { start_index: at(numberOf(startIndex) ?? 0), end_index: at(numberOf(endIndex) ?? 0) };
}
