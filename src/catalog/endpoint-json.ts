import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import type { PriceList } from './price.ts';

/** An endpoint as plain JSON: the same fields, amounts as decimal strings of picodollars. */
export type EndpointJson = Readonly<Record<string, unknown>>;

const PRICE_AMOUNTS = [
  'prompt',
  'completion',
  'cacheRead',
  'cacheWrite',
  'cacheWrite1h',
  'reasoning',
  'audio',
  'audioOutput',
  'perImage',
  'perRequest',
  'perWebSearch',
] as const satisfies readonly (keyof PriceList)[];

export function endpointToJson(endpoint: Endpoint): EndpointJson {
  const { overrides } = endpoint.price;
  const price = {
    ...withAmounts(endpoint.price, String),
    ...(overrides && { overrides: overrides.map(overrideToJson) }),
  };
  return { ...endpoint, price };
}

/** Throws when the value is no endpoint. */
export function endpointFromJson(value: unknown): Endpoint {
  return trustedEndpointFromJson(endpointSchema.parse(value) as EndpointJson);
}

/** For values that this program wrote and guards by a checksum: a thousand endpoints pass no schema at each start. */
export function trustedEndpointFromJson(value: EndpointJson): Endpoint {
  const json = value as unknown as Endpoint;
  const price = withAmounts(json.price, BigInt);
  if (json.price.overrides) price.overrides = json.price.overrides.map((override) => withAmounts(override, BigInt));
  return { ...json, price: price as unknown as PriceList };
}

function overrideToJson(override: object): object {
  return withAmounts(override, String);
}

function withAmounts(source: object, convert: (amount: string) => unknown): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...source };
  for (const name of PRICE_AMOUNTS) {
    const amount = copy[name];
    if (amount !== undefined) copy[name] = convert(amount as string);
  }
  return copy;
}

const amount = z.string().regex(/^\d{1,30}$/);
const amounts = {
  prompt: amount,
  completion: amount,
  cacheRead: amount.optional(),
  cacheWrite: amount.optional(),
};
const tokens = z.number().int().positive();
const endpointSchema = z.looseObject({
  id: z.string().min(1),
  modelId: z.string().min(1),
  tag: z.string().min(1),
  providerId: z.string().min(1),
  providerName: z.string(),
  upstreamModel: z.string(),
  quantization: z.string(),
  contextTokensMax: tokens,
  promptTokensMax: tokens.optional(),
  outputTokensMax: tokens.optional(),
  supportedParameters: z.array(z.string()),
  inputModalities: z.array(z.string()),
  outputModalities: z.array(z.string()),
  price: z.looseObject({
    id: z.string(),
    ...amounts,
    cacheWrite1h: amount.optional(),
    reasoning: amount.optional(),
    audio: amount.optional(),
    audioOutput: amount.optional(),
    perImage: amount.optional(),
    perRequest: amount.optional(),
    perWebSearch: amount.optional(),
    overrides: z
      .array(z.looseObject({ ...amounts, prompt: amount.optional(), completion: amount.optional() }))
      .optional(),
    source: z.string(),
    seenAt: z.string(),
  }),
  implicitCaching: z.boolean(),
  isModerated: z.boolean(),
  status: z.enum(['active', 'retired']),
  isLocal: z.boolean(),
  engine: z.object({ parallel: z.number().int().min(1), reuses: z.enum(['prefix', 'chat']) }).optional(),
});
