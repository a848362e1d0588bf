import type { WireFormat } from '../formats/format.ts';
import type { GenerationEvent } from '../generation/event.ts';

/** So many bytes of frames are read at a stretch: answers that are under way go on in between. */
const STRETCH_BYTES = 16 * 1024;

/** The words of an answer. */
export interface FoldedAnswer {
  readonly completion: string | undefined;
  readonly reasoning: string | undefined;
}

/**
 * Reads an answer of ours back, as a client of its format would. Of one that breaks off, is cut or ends with an error: as much as
 * there is. Undefined where the format cannot be read at all.
 */
export async function foldAnswer(
  { client }: WireFormat,
  text: string,
  streamed: boolean,
): Promise<FoldedAnswer | undefined> {
  const options = { passThrough: false, quirks: {} } as const;
  let completion: string | undefined;
  let reasoning: string | undefined;
  const take = (events: readonly GenerationEvent[]): void => {
    for (const event of events) {
      if (event.type === 'text-delta' || event.type === 'refusal-delta') completion = (completion ?? '') + event.text;
      else if (event.type === 'reasoning-delta' && event.kind !== 'encrypted')
        reasoning = (reasoning ?? '') + event.text;
    }
  };
  const bytes = Buffer.from(text);
  try {
    if (!streamed) take(client.decodeResult(bytes, options));
    else {
      const decoder = client.openDecoder(options);
      // Frame by frame: an error in one takes nothing away of those before it.
      for (let from = 0, to = 0; from < bytes.length; from = to) {
        const end = bytes.indexOf('\n\n', from);
        to = end < 0 ? bytes.length : end + 2;
        take(decoder.push(bytes.subarray(from, to)));
        if (Math.floor(from / STRETCH_BYTES) < Math.floor(to / STRETCH_BYTES)) await new Promise(setImmediate);
      }
    }
  } catch {
    if (completion === undefined && reasoning === undefined) return undefined;
  }
  return { completion, reasoning };
}
