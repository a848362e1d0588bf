import type { ModelQuery } from '../contract/model-query.ts';
import type { IndexedModel } from './model-index.ts';
import { longestContext } from './print-model.ts';

const DAY_MS = 86_400_000;

type Test = (indexed: IndexedModel) => boolean;

/**
 * The models that a query asks for. A filter over a figure that we have not measured for any model (benchmarks, tool success,
 * use-case categories) keeps only models with that figure, so it keeps none, unless every figure there could be would pass.
 */
export function filterModels(
  models: readonly IndexedModel[],
  query: ModelQuery,
  nowMs: number,
): readonly IndexedModel[] {
  const tests = [...capabilityTests(query), ...originTests(query, nowMs), ...priceTests(query), ...figureTests(query)];
  return models.filter((indexed) => tests.every((passes) => passes(indexed)));
}

function* capabilityTests(query: ModelQuery): Generator<Test> {
  const { context, supported_parameters: parameters, input_modalities: inputs, zdr, region } = query;
  const outputs: readonly string[] = query.output_modalities ?? ['text'];
  if (!outputs.includes('all'))
    yield ({ model }) => outputs.some((modality) => model.outputModalities.includes(modality));
  if (inputs) yield ({ model }) => inputs.every((modality) => model.inputModalities.includes(modality));
  if (context !== undefined) yield ({ endpoints }) => longestContext(endpoints) >= context;
  if (parameters) yield ({ listing }) => parameters.every((name) => listing.supported_parameters.includes(name));
  if (zdr) yield ({ endpoints }) => endpoints.some((endpoint) => endpoint.zeroDataRetention === true);
  if (region) yield ({ endpoints }) => endpoints.some((endpoint) => REGIONS[region].test(endpoint.region ?? ''));
}

/** An endpoint whose region nobody stated is in neither. */
const REGIONS = { eu: /^eu(?:rope)?(?:$|[^a-z])/i, us: /^us(?:$|[^a-z])/i } as const;

function* originTests(query: ModelQuery, nowMs: number): Generator<Test> {
  const { q, arch, distillable, min_age_days: ageMin, max_age_days: ageMax } = query;
  const words = q?.toLowerCase().split(/\s+/) ?? [];
  if (words.length > 0) yield ({ searchText }) => words.every((word) => searchText.includes(word));
  if (arch !== undefined) yield ({ listing }) => listing.architecture.tokenizer.toLowerCase() === arch.toLowerCase();
  if (query.model_authors) {
    const authors = query.model_authors.map((author) => author.toLowerCase());
    yield ({ model }) => authors.includes(model.author.toLowerCase());
  }
  if (query.providers) {
    const names = new Set(query.providers.map(plainName));
    yield ({ endpoints }) =>
      endpoints.some(
        ({ providerId, providerName }) => names.has(plainName(providerId)) || names.has(plainName(providerName)),
      );
  }
  // Nobody said that it may be distilled: then it is not called distillable.
  if (distillable !== undefined) yield ({ model }) => (model.distillable === true) === distillable;
  const ageDays = ({ model }: IndexedModel): number => (nowMs - model.created * 1000) / DAY_MS;
  if (ageMin !== undefined) yield (indexed) => ageDays(indexed) >= ageMin;
  if (ageMax !== undefined) yield (indexed) => ageDays(indexed) <= ageMax;
}

/** `DeepInfra`, `deepinfra` and `deep-infra` are one provider. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function* priceTests(query: ModelQuery): Generator<Test> {
  const { min_price: min, max_price: max, min_output_price: outputMin, max_output_price: outputMax } = query;
  if (min !== undefined) yield ({ lead }) => lead.price.prompt >= min;
  if (max !== undefined) yield ({ lead }) => lead.price.prompt <= max;
  if (outputMin !== undefined) yield ({ lead }) => lead.price.completion >= outputMin;
  if (outputMax !== undefined) yield ({ lead }) => lead.price.completion <= outputMax;
}

/** The indices run to 100, the rate to 1. */
const FIGURES = [
  ['min_intelligence_index', 'max_intelligence_index', 100],
  ['min_coding_index', 'max_coding_index', 100],
  ['min_agentic_index', 'max_agentic_index', 100],
  ['min_tool_success_rate', 'max_tool_success_rate', 1],
] as const;

function* figureTests(query: ModelQuery): Generator<Test> {
  if (query.category !== undefined) yield () => false;
  for (const [min, max, most] of FIGURES) {
    if ((query[min] ?? 0) > 0 || (query[max] ?? most) < most) yield () => false;
  }
}
