import type { RequestQuirks, WireFormat } from '../formats/format.ts';
import type { GenerationEvent } from '../generation/event.ts';

export interface PlainAnswer {
  readonly body: Uint8Array;
  readonly quirks: RequestQuirks;
  /** The caller speaks the provider's format. */
  readonly isOwnFormat: boolean;
  /** Somebody wants to know what the answer says. */
  readonly readsMeaning: boolean;
}

/** A plain answer's events. Where it is both passed on and read, they hold its meaning and, at the end, the body as it came. */
export function decodePlain(format: WireFormat, answer: PlainAnswer): readonly GenerationEvent[] {
  const { body, quirks, isOwnFormat, readsMeaning } = answer;
  const decode = (passThrough: boolean) => format.client.decodeResult(body, { passThrough, quirks });
  if (!isOwnFormat || !readsMeaning) return decode(isOwnFormat);
  const raw = decode(true).filter((event) => event.type === 'raw-result');
  return [...decode(false).filter((event) => event.type !== 'generation-end'), ...raw, { type: 'generation-end' }];
}
