import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { fitSchema, type SchemaFit } from './fit-schema.ts';
import { healJson, type Step } from './heal-json.ts';

export type AnswerHealing =
  /** It was already what was asked for. */
  | { readonly outcome: 'valid' }
  /** `fit`: with the caller's schema, where there is one. */
  | { readonly outcome: 'healed'; readonly text: string; readonly steps: readonly Step[]; readonly fit?: SchemaFit }
  | { readonly outcome: 'left'; readonly why: string };

/** The JSON that an answer means, if it is what the caller asked for. Without a schema that is an object, as in JSON mode. */
export function healAnswer(text: string, schema: JsonObject | undefined): AnswerHealing {
  const healing = healJson(text, (value) =>
    schema ? fitSchema(value, schema) !== 'misfit' : isJsonObject(value as Json),
  );
  if (healing.outcome === 'left') return healing;
  if (healing.outcome === 'valid') return { outcome: 'valid' };
  const { steps, value } = healing;
  return { outcome: 'healed', text: healing.text, steps, ...(schema && { fit: fitSchema(value, schema) }) };
}
