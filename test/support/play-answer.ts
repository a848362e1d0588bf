import { joinBytes } from '../../src/base/json-edits.ts';
import type {
  AnswerDecoder,
  AnswerEncoder,
  AnswerIdentity,
  AnswerUsage,
  WireFormat,
} from '../../src/formats/format.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import type { GenerationEvent } from '../../src/generation/event.ts';
import { Failure } from '../../src/generation/failure.ts';
import { NO_USAGE } from '../../src/generation/usage.ts';

export const IDENTITY: AnswerIdentity = {
  id: 'gen-1-ours',
  model: 'demo/talker',
  provider: 'Acme "é"',
  created: 1_700_000_000,
};
export const COST = { cost: 0.000123, promptCost: 0.0001, completionCost: 0.000023, isByok: false };

export interface Played {
  /** What the caller's socket got. */
  readonly bytes: Uint8Array;
  readonly events: readonly GenerationEvent[];
  readonly failure?: Failure;
}

/** A provider's bytes through decoder and encoder, as the gateway does it. */
export function play(
  pieces: readonly Uint8Array[],
  passThrough: boolean,
  from: WireFormat = openaiChat,
  to: WireFormat = from,
): Played {
  const decoder = from.client.openDecoder({ passThrough, quirks: {} });
  return playInto(pieces, decoder, to.server.openEncoder(IDENTITY), (events) => answerUsage(events, from));
}

/** The same between a decoder and an encoder that are open; the network's buffer is reused after each piece. */
export function playInto(
  pieces: readonly Uint8Array[],
  decoder: AnswerDecoder,
  encoder: AnswerEncoder,
  usageOf: (events: readonly GenerationEvent[]) => AnswerUsage,
): Played {
  const out: Uint8Array[] = [];
  const events: GenerationEvent[] = [];
  const take = (batch: readonly GenerationEvent[]): void => {
    events.push(...batch);
    const frames = encoder.encodeEvents(batch);
    if (frames) out.push(frames.slice());
    if (batch.at(-1)?.type === 'generation-end') out.push(encoder.encodeEnd(usageOf(events)));
  };
  try {
    for (const piece of pieces) {
      const buffer = piece.slice();
      take(decoder.push(buffer));
      buffer.fill(0x58);
    }
    take(decoder.end());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { bytes: joinBytes([...out, new Uint8Array(0)]), events, failure: error };
  }
  return { bytes: joinBytes([...out, new Uint8Array(0)]), events };
}

export function answerUsage(events: readonly GenerationEvent[], { id }: WireFormat = openaiChat): AnswerUsage {
  const last = events.findLast((event) => event.type === 'usage');
  return {
    usage: last?.usage ?? NO_USAGE,
    cost: COST,
    ...(last?.reported && { reported: last.reported }),
    reportedFormat: id,
  };
}
