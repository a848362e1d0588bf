import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';

/** Arguments of a call for formats in which they are an object, not text. */

/** The value of a text of JSON; other text stands for itself. */
export function jsonOrText(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return value as Json;
  } catch {
    return text;
  }
}

/** A call without arguments has an empty object; undefined for what is no object. */
export function argumentsObject(json: string): JsonObject | undefined {
  const value = json.trim() === '' ? {} : jsonOrText(json);
  return isJsonObject(value) ? value : undefined;
}

/** Arguments that are no object are put into one. `path` is the call's. */
export function wrapArguments(json: string, path: string, losses: Loss[]): JsonObject {
  const value = argumentsObject(json);
  if (value) return value;
  losses.push({ field: `${path}.arguments`, outcome: 'approximated', reason: 'arguments are an object here' });
  return { arguments: jsonOrText(json) };
}
