import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';

/** Wire format id, and the tag of extras and native parts. */
export const FORMAT = 'gemini';
/** How OpenRouter names reasoning of this family in its details. */
export const REASONING_FORMAT = 'google-gemini-v1';

/**
 * Google's readers of JSON take a field by its name in lower camel case and by the name in the proto file (`inlineData`,
 * `inline_data`), and its own examples use both: so do we.
 */
export function camelCased(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The object with its own field names in camel case; what stands inside the fields is left alone. */
export function camelFields(value: Json | undefined): JsonObject {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => (field === null ? [] : [[camelCased(name), field]])),
  );
}

/** A repeated field; a single object where a list belongs counts as a list of one, as at Google. */
export function listOf(value: Json | undefined): readonly JsonObject[] {
  if (isJsonObject(value)) return [value];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Whole numbers of 64 bits travel as strings. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
}
