import { z } from 'zod';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { CatalogChange, CatalogFact } from '../statistics/catalog-changes.ts';

/**
 * JSON that keeps bigints. A bigint is the string `#` and its digits; a text that itself begins with `#` gets one more in front,
 * so each text has exactly one meaning. Absent fields stay absent.
 */
export function toExactJson(value: unknown): string {
  return JSON.stringify(encode(value));
}

export function fromExactJson(text: string): unknown {
  return decode(JSON.parse(text));
}

export function recordToJson(record: GenerationRecord): string {
  return toExactJson(record);
}

/** Throws when the text is no record. Fields that this version doesn't know are kept. */
export function recordFromJson(text: string): GenerationRecord {
  const value = fromExactJson(text);
  recordSchema.parse(value);
  return value as GenerationRecord;
}

export function endpointsToJson(endpoints: readonly Endpoint[]): string {
  return toExactJson(endpoints);
}

export function endpointsFromJson(text: string): readonly Endpoint[] {
  const value = fromExactJson(text);
  endpointsSchema.parse(value);
  return value as readonly Endpoint[];
}

export function changeFromJson(text: string): CatalogChange {
  const value = fromExactJson(text);
  changeSchema.parse(value);
  return value as CatalogChange;
}

export function factsFromJson(text: string): readonly CatalogFact[] {
  const value = fromExactJson(text);
  factsSchema.parse(value);
  return value as readonly CatalogFact[];
}

/** What storing and settling rely on. The rest was written by us and is guarded by checksums. */
const recordSchema = z.looseObject({
  id: z.string().min(1),
  createdAtMs: z.number(),
  accountId: z.string(),
  keyHash: z.string(),
  outcome: z.enum(['settled', 'voided', 'estimated']),
  holdPico: z.bigint(),
  charge: z.looseObject({ listPico: z.bigint(), chargedPico: z.bigint(), lines: z.array(z.looseObject({})) }),
  usage: z.looseObject({ promptTokens: z.number(), completionTokens: z.number() }),
  attempts: z.array(z.looseObject({ endpointId: z.string() })),
  app: z.looseObject({ categories: z.array(z.string()) }),
});
const endpointsSchema = z.array(
  z.looseObject({ id: z.string(), price: z.looseObject({ prompt: z.bigint(), completion: z.bigint() }) }),
);

const priceSchema = z.looseObject({ id: z.string(), prompt: z.bigint(), completion: z.bigint() });
const changeSchema = z.looseObject({
  endpointId: z.string(),
  before: priceSchema.optional(),
  after: priceSchema.optional(),
});
const factsSchema = z.array(z.looseObject({ endpointId: z.string(), price: priceSchema }));

/** Copies only what has to change: most of a record is passed on as it is. */
function encode(value: unknown): unknown {
  if (typeof value === 'bigint') return `#${value}`;
  if (typeof value === 'string') return value.charCodeAt(0) === 0x23 ? `#${value}` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(encode);
  let copy: Record<string, unknown> | undefined;
  const source = value as Record<string, unknown>;
  for (const key in source) {
    const before = source[key];
    const after = encode(before);
    if (after === before) continue;
    copy ??= { ...source };
    copy[key] = after;
  }
  return copy ?? value;
}

/** In place: the value was just parsed and is nobody else's. */
function decode(value: unknown): unknown {
  if (typeof value === 'string') {
    if (value.charCodeAt(0) !== 0x23) return value;
    return value.charCodeAt(1) === 0x23 ? value.slice(1) : BigInt(value.slice(1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const target = value as Record<string, unknown>;
  for (const key of Object.keys(target)) {
    const before = target[key];
    const after = decode(before);
    if (after !== before) target[key] = after;
  }
  return value;
}
