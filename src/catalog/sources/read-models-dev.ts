import { z } from 'zod';
import type { Modality } from '../../generation/request.ts';
import { readNativeName } from '../native-name.ts';
import type { PriceOverride } from '../price.ts';
import { perMillion } from './amounts.ts';
import type { Amounts, Offer } from './offer.ts';
import type { OverlayProvider } from './read-overlay.ts';
import { supportedParameters } from './supported-parameters.ts';

export interface ModelsDevRows {
  readonly offers: readonly Offer[];
  /** Rows of providers we know, readable or not. */
  readonly rowCount: number;
  readonly malformed: readonly string[];
  /** Names of models that no slug was found for. */
  readonly unmatched: readonly string[];
}

const cost = {
  input: z.number(),
  output: z.number(),
  cache_read: z.number().optional(),
  cache_write: z.number().optional(),
};
const rowSchema = z.object({
  id: z.string().min(1).max(300),
  reasoning: z.boolean().optional(),
  temperature: z.boolean().optional(),
  tool_call: z.union([z.boolean(), z.object({ supported: z.boolean() })]).optional(),
  structured_output: z.boolean().optional(),
  modalities: z.object({ input: z.array(z.string()), output: z.array(z.string()) }).optional(),
  cost: z
    .object({ ...cost, input_audio: z.number().optional(), context_over_200k: z.object(cost).optional() })
    .optional(),
  limit: z.object({ context: z.number().int(), output: z.number().int().optional() }),
  status: z.string().optional(),
});
type Row = z.infer<typeof rowSchema>;
const providerSchema = z.object({ models: z.record(z.string(), z.unknown()) });
const fileSchema = z.record(z.string(), z.unknown());

/** `api.json` is the providers themselves; `catalog.json` has them beside the labs' facts. Throws when it is neither. */
export function readModelsDev(
  json: unknown,
  providers: readonly OverlayProvider[],
  seenAt: string,
  matchNativeId: (nativeId: string) => string | undefined,
): ModelsDevRows {
  const file = fileSchema.parse(json);
  const all = new Map(Object.entries(file.providers === undefined ? file : fileSchema.parse(file.providers)));
  const offers: Offer[] = [];
  const malformed: string[] = [];
  const unmatched: string[] = [];
  let rowCount = 0;
  for (const provider of providers) {
    for (const id of provider.models_dev ?? [provider.id]) {
      const listed = providerSchema.safeParse(all.get(id));
      if (!listed.success && all.has(id)) malformed.push(id);
      for (const [name, value] of Object.entries(listed.data?.models ?? {})) {
        rowCount++;
        const row = rowSchema.safeParse(value);
        const modelId = row.success ? matchNativeId(row.data.id) : undefined;
        const isReadable = row.success && (row.data.cost === undefined || amountsOf(row.data) !== undefined);
        if (!isReadable) malformed.push(`${id}/${name}`);
        else if (modelId === undefined) unmatched.push(`${id}/${name}`);
        else offers.push(toOffer(row.data, modelId, provider, seenAt));
      }
    }
  }
  return { offers, rowCount, malformed, unmatched };
}

function toOffer(row: Row, modelId: string, provider: OverlayProvider, seenAt: string): Offer {
  const { region, quantization } = readNativeName(row.id);
  const price = amountsOf(row);
  return {
    modelId,
    providerId: provider.id,
    upstreamModel: row.id,
    source: 'models.dev',
    seenAt,
    ...(region !== undefined && { region }),
    ...(quantization !== 'unknown' && { quantization }),
    ...(price && { price }),
    contextTokens: row.limit.context,
    ...(row.limit.output !== undefined && row.limit.output > 0 && { outputTokens: row.limit.output }),
    ...(row.modalities && {
      inputModalities: inputsOf(row.modalities.input),
      outputModalities: row.modalities.output.filter((name) => ['text', 'image', 'audio', 'video'].includes(name)),
    }),
    supportedParameters: supportedParameters({
      wire: 'openai-completions',
      tools: typeof row.tool_call === 'object' ? row.tool_call.supported : (row.tool_call ?? false),
      structuredOutputs: row.structured_output ?? false,
      reasoning: row.reasoning ?? false,
      reasoningEffort: false,
      temperature: row.temperature ?? true,
    }),
    ...(row.status === 'deprecated' && { isRetired: true }),
  };
}

function inputsOf(names: readonly string[]): readonly Modality[] {
  const known: readonly Modality[] = ['text', 'image', 'file', 'audio', 'video'];
  return known.filter((name) => names.includes(name === 'file' ? 'pdf' : name));
}

/** US dollars per million tokens. A zero beside other prices means "not offered". */
function amountsOf({ cost: prices }: Row): Amounts | undefined {
  const base = prices && tokenAmounts(prices);
  if (!prices || base?.prompt === undefined || base.completion === undefined) return undefined;
  const audio = perMillion(prices.input_audio);
  const long = prices.context_over_200k && tokenAmounts(prices.context_over_200k);
  const overrides: readonly PriceOverride[] = long ? [{ minPromptTokens: 200_000, ...long }] : [];
  return {
    ...base,
    prompt: base.prompt,
    completion: base.completion,
    ...(audio !== undefined && audio > 0n && { audio }),
    ...(overrides.length > 0 && { overrides }),
  };
}

function tokenAmounts(prices: z.infer<z.ZodObject<typeof cost>>) {
  const prompt = perMillion(prices.input);
  const completion = perMillion(prices.output);
  const cacheRead = perMillion(prices.cache_read);
  const cacheWrite = perMillion(prices.cache_write);
  return {
    ...(prompt !== undefined && { prompt }),
    ...(completion !== undefined && { completion }),
    ...(cacheRead !== undefined && cacheRead > 0n && { cacheRead }),
    ...(cacheWrite !== undefined && cacheWrite > 0n && { cacheWrite }),
  };
}
