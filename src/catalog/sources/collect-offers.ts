import type { Modality } from '../../generation/request.ts';
import { readNativeName } from '../native-name.ts';
import { genaiAmounts, piAmounts } from './amounts.ts';
import type { ModelNames } from './model-names.ts';
import type { Offer } from './offer.ts';
import { GENAI_SEEN_AT, type GenaiRow, readGenai } from './read-genai.ts';
import type { OverlayHost, OverlayProvider } from './read-overlay.ts';
import type { PiData, PiRow } from './read-pi.ts';
import { supportedParameters } from './supported-parameters.ts';

/** A row of a source whose model nobody could name, or that stands back behind another name of the same model. */
export interface Unmatched {
  readonly providerId: string;
  readonly nativeId: string;
  readonly reason: string;
}

export interface Collected {
  readonly offers: Offer[];
  readonly unmatched: Unmatched[];
}

/** Slugs of OpenRouter that are routers of its own, no models. */
export function isRouterSlug(id: string): boolean {
  return id === 'auto' || id.startsWith('openrouter/');
}

export function collectPi(pi: PiData, provider: OverlayProvider, names: ModelNames, into: Collected): void {
  for (const row of provider.pi.flatMap((id) => pi.providers.get(id) ?? [])) {
    if (row.type !== 'chat' || isRouterSlug(row.id) || row.id.startsWith('~')) continue;
    // An aggregator that uses our slugs names its own static variants.
    const modelId = provider.aggregator && row.id.includes(':') ? row.id : names.match(row.id, provider);
    if (modelId === undefined) into.unmatched.push({ providerId: provider.id, nativeId: row.id, reason: 'no model' });
    else into.offers.push(piOffer(row, modelId, provider, pi.seenAt));
  }
}

function piOffer(row: PiRow, modelId: string, provider: OverlayProvider, seenAt: string): Offer {
  const { region, quantization } = readNativeName(row.id);
  const price = piAmounts(row);
  return {
    modelId,
    providerId: provider.id,
    upstreamModel: row.id,
    source: 'pi-ai',
    seenAt,
    ...(region !== undefined && { region }),
    ...(quantization !== 'unknown' && { quantization }),
    ...(price && { price }),
    ...(row.contextWindow !== undefined && { contextTokens: row.contextWindow }),
    ...(row.maxTokens !== undefined && { outputTokens: row.maxTokens }),
    inputModalities: modalities(row.input),
    outputModalities: row.output ?? ['text'],
    supportedParameters: supportedParameters({
      wire: row.api,
      // The package lists only models that call tools.
      tools: true,
      structuredOutputs: row.compat?.supportsStrictMode ?? false,
      reasoning: row.reasoning,
      reasoningEffort: reasoningEfforts(row).length > 0,
      temperature: row.compat?.supportsTemperature ?? true,
    }),
  };
}

const EFFORTS = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** Levels the provider takes, as the source spells them out. */
export function reasoningEfforts(row: PiRow): readonly string[] {
  return row.reasoning ? EFFORTS.filter((effort) => typeof row.thinkingLevelMap?.[effort] === 'string') : [];
}

function modalities(names: readonly string[]): readonly Modality[] {
  const known: readonly Modality[] = ['text', 'image', 'file', 'audio', 'video'];
  return known.filter((name) => names.includes(name));
}

/** genai-prices does not say what a model does; these do not chat. */
const NOT_CHAT =
  /embed|rerank|tts|whisper|transcri|realtime|-live|audio|sonic|image|moderation|guard|bge-|m2m100|indictrans|-ocr/i;

/**
 * Prices of genai-prices, which keeps those of models that are gone. Where pi-ai knows the provider, a model that is neither
 * listed there nor among today's slugs is left out: its price is true, but nobody says that it is still served.
 */
export function collectGenai(
  provider: OverlayProvider,
  names: ModelNames,
  isListedToday: (modelId: string) => boolean,
  into: Collected,
): void {
  const own = provider.genai.flatMap(readGenai);
  for (const row of own) addGenaiRow({ row, nativeId: row.id, source: 'genai-prices' });
  const routed = provider.genai_router === undefined ? [] : readGenai(provider.genai_router);
  for (const row of routed) {
    const nativeId = provider.router_ids === 'lower' ? row.id.toLowerCase() : row.id;
    if (provider.router_ids !== 'none')
      addGenaiRow({ row, nativeId, source: 'genai-prices, by the Hugging Face router' });
  }

  function addGenaiRow({ row, nativeId, source }: { row: GenaiRow; nativeId: string; source: string }): void {
    const modelId = NOT_CHAT.test(nativeId) ? undefined : names.match(nativeId, provider);
    const isServed = row.isDeprecated || provider.pi.length === 0 || isListedToday(modelId ?? '');
    if (modelId === undefined || !isServed) {
      const reason = modelId === undefined ? 'no model' : 'in no list of what is served today';
      into.unmatched.push({ providerId: provider.id, nativeId, reason });
      return;
    }
    const price = genaiAmounts(row, GENAI_SEEN_AT);
    const { region, quantization } = readNativeName(nativeId);
    into.offers.push({
      modelId,
      providerId: provider.id,
      upstreamModel: nativeId,
      source,
      seenAt: GENAI_SEEN_AT,
      ...(region !== undefined && { region }),
      ...(quantization !== 'unknown' && { quantization }),
      ...(price && { price }),
      ...(row.contextTokens !== undefined && { contextTokens: row.contextTokens }),
      ...(row.isDeprecated && { isRetired: true }),
    });
  }
}

/** What the overlay says of a host: one offer per claim. */
export function overlayOffers(host: OverlayHost): readonly Offer[] {
  return host.claims.map(
    (claim): Offer => ({
      modelId: host.model,
      providerId: host.provider,
      upstreamModel: host.native,
      source: claim.source,
      seenAt: claim.seen,
      ...(host.region !== undefined && { region: host.region }),
      ...(host.service_tier !== undefined && { serviceTier: host.service_tier }),
      ...(host.quantization !== undefined && { quantization: host.quantization }),
      ...(claim.input !== undefined &&
        claim.output !== undefined && { price: { prompt: claim.input, completion: claim.output } }),
      ...(claim.context !== undefined && { contextTokens: claim.context }),
      ...(claim.max_output !== undefined && { outputTokens: claim.max_output }),
      ...(!claim.serving && { isServingLimit: false }),
      inputModalities: ['text', 'image'],
      supportedParameters: host.parameters,
      ...(host.status === 'retired' && { isRetired: true }),
      ...(host.retires_on !== undefined && { retiresOn: host.retires_on }),
    }),
  );
}
