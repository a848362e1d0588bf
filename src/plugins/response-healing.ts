import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import type { GenerationEvent } from '../generation/event.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { Plugin, PluginDeed, PluginRun } from './plugin.ts';
import { healApart } from './response-healing/heal-apart.ts';

/**
 * Mends the notation of plain answers that were to be JSON. A stream has reached the caller before anybody can see that it is
 * broken, so streams are passed over, as on OpenRouter. A text that was cut off at its length, and one that does not fit the
 * caller's schema, is left as it was: nobody should take it for a good one.
 */
export default {
  id: 'response-healing',
  stage: 'response_healing',
  settings: z.looseObject({}) as unknown as z.ZodType<JsonObject>,
  open({ request }) {
    const wanted = readWanted(request);
    if (!wanted || request.features.stream) return undefined;
    return new HealingRun(wanted, (request.field('n') ?? 1) !== 1);
  },
} satisfies Plugin;

interface Wanted {
  readonly schema?: JsonObject;
}

/** Undefined unless JSON was asked for. */
function readWanted(request: GenerationRequest): Wanted | undefined {
  const format = request.field('response_format');
  if (!isJsonObject(format)) return undefined;
  if (format.type === 'json_object') return {};
  if (format.type !== 'json_schema') return undefined;
  const outer: Json = format.json_schema ?? format;
  const schema = isJsonObject(outer) ? outer.schema : undefined;
  return isJsonObject(schema) ? { schema } : {};
}

class HealingRun implements PluginRun {
  readonly #wanted: Wanted;
  readonly #isPlural: boolean;
  #deed: PluginDeed | undefined;

  constructor(wanted: Wanted, isPlural: boolean) {
    this.#wanted = wanted;
    this.#isPlural = isPlural;
  }

  did(): PluginDeed | undefined {
    return this.#deed;
  }

  async heal(events: readonly GenerationEvent[]): Promise<readonly GenerationEvent[] | undefined> {
    const text = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    if (text === '') return undefined;
    if (this.#isPlural) return this.#leave('several answers were asked for at once');
    const finish = events.find((event) => event.type === 'finish');
    const { schema } = this.#wanted;
    const healing = await healApart(text, schema);
    if (healing.outcome === 'left') return this.#leave(healing.why);
    if (healing.outcome === 'valid') return undefined;
    if (finish?.finishReason !== 'stop') return this.#leave('the answer did not come to its end');
    const { fit } = healing;
    const steps = [...healing.steps];
    this.#deed = {
      summary: `mended the answer's JSON (${steps.join(', ')})`,
      data: { outcome: 'healed', steps, ...(fit && { schema: fit }) },
    };
    return withText(events, healing.text);
  }

  #leave(why: string): undefined {
    this.#deed = { summary: `left the answer as it was: ${why}`, data: { outcome: 'left', reason: why } };
    return undefined;
  }
}

/** The provider's own body holds the old text, and its log-probabilities belong to it. */
function withText(events: readonly GenerationEvent[], text: string): readonly GenerationEvent[] {
  let isWritten = false;
  return events.flatMap((event): GenerationEvent[] => {
    if (event.type === 'raw-result' || event.type === 'logprobs') return [];
    if (event.type !== 'text-delta') return [event];
    if (isWritten) return [];
    isWritten = true;
    return [{ type: 'text-delta', part: event.part, text }];
  });
}
