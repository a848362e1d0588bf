import type { JsonObject } from '../base/json.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import {
  type ArchitectureListing,
  INPUT_MODALITIES,
  INSTRUCT_TYPES,
  type ModelListing,
  OUTPUT_MODALITIES,
  PARAMETER_NAMES,
  REASONING_EFFORTS,
  TOKENIZER_GROUPS,
} from '../contract/model.ts';
import { printPrice } from './print-price.ts';

/**
 * A model as `GET /models` lists it. Price and limits are those of its lead endpoint; the context is the longest that any
 * endpoint takes, and a parameter counts when any endpoint honours it.
 */
export function printModel(model: Model, endpoints: readonly Endpoint[], lead: Endpoint): ModelListing {
  return {
    id: model.id,
    canonical_slug: model.canonicalSlug,
    hugging_face_id: model.huggingFaceId ?? null,
    name: model.name,
    created: model.created,
    description: model.description,
    context_length: longestContext(endpoints),
    architecture: printArchitecture(model),
    pricing: printPrice(lead.price),
    top_provider: {
      context_length: lead.contextTokensMax,
      max_completion_tokens: lead.outputTokensMax ?? null,
      is_moderated: lead.isModerated,
    },
    per_request_limits: null,
    supported_parameters: parametersOf(endpoints),
    default_parameters: null,
    supported_voices: null,
    knowledge_cutoff: model.knowledgeCutoff ?? null,
    expiration_date: model.expiresOn ?? null,
    links: { details: `/api/v1/models/${model.id}/endpoints` },
    ...(model.reasoning && { reasoning: printReasoning(model.reasoning) }),
  };
}

export function longestContext(endpoints: readonly Endpoint[]): number {
  return endpoints.reduce((longest, endpoint) => Math.max(longest, endpoint.contextTokensMax), 0);
}

export function printArchitecture(model: Model): ArchitectureListing {
  const inputs = known(model.inputModalities, INPUT_MODALITIES);
  const outputs = known(model.outputModalities, OUTPUT_MODALITIES);
  return {
    modality: `${inputs.join('+')}->${outputs.join('+')}`,
    input_modalities: inputs,
    output_modalities: outputs,
    tokenizer: known([model.tokenizer], TOKENIZER_GROUPS)[0] ?? 'Other',
    instruct_type: known([model.instructType ?? ''], INSTRUCT_TYPES)[0] ?? null,
  };
}

/** In the order of OpenRouter's list, so that equal sets print alike. */
export function parametersOf(endpoints: readonly Endpoint[]): readonly string[] {
  const named = new Set(endpoints.flatMap((endpoint) => endpoint.supportedParameters));
  return PARAMETER_NAMES.filter((name) => named.has(name));
}

function printReasoning(reasoning: NonNullable<Model['reasoning']>): JsonObject {
  const { mandatory, defaultEnabled, supportedEfforts, supportsMaxTokens } = reasoning;
  return {
    mandatory,
    ...(defaultEnabled !== undefined && { default_enabled: defaultEnabled }),
    ...(supportedEfforts && { supported_efforts: known(supportedEfforts, REASONING_EFFORTS) }),
    ...(supportsMaxTokens !== undefined && { supports_max_tokens: supportsMaxTokens }),
  };
}

/** The values that OpenRouter's closed list has too: a stranger would fail a client that checks. */
function known(values: readonly string[], list: readonly string[]): readonly string[] {
  return values.filter((value) => list.includes(value));
}
