import type { Availability, FailureKind } from '../generation/failure.ts';
import { REJECTION_WORDS } from './rejection-words.ts';
import type { Rejection, RejectionCode, RoutePlan } from './route-plan.ts';

/** What a plan doesn't know and an explanation needs. */
export interface EmptyPlanContext {
  /** Environment variables that would connect a provider. */
  keysOf(providerId: string): readonly string[];
  /** Models that could serve instead. */
  readonly fallbackModels: readonly string[];
}

/** Why nobody can serve: what the caller is told, ready for `new Failure(kind, { message, availability })`. */
export interface EmptyPlanExplanation {
  readonly kind: FailureKind;
  readonly message: string;
  readonly availability: Availability;
}

/**
 * Explains a plan without steps by the filter that emptied it: the furthest one that still had an endpoint to refuse.
 * Ten unconnected endpoints and one that was too dear mean "too dear": that is what the caller can change.
 */
export function explainEmpty(plan: RoutePlan, context: EmptyPlanContext): EmptyPlanExplanation {
  const rejected = plan.rejected.filter(({ reason }) => reason !== 'bundled');
  const emptiedBy = FILTER_ORDER.findLast((code) => rejected.some(({ reason }) => reason === code));
  const code = emptiedBy === undefined ? 'no_endpoints' : availabilityCode(emptiedBy, plan);
  const excludedBy = FILTER_ORDER.filter((code) => isTelling(code, emptiedBy, rejected));
  const constraint = emptiedBy === undefined ? undefined : CONSTRAINTS[emptiedBy];
  return {
    kind: kindOf(emptiedBy, code),
    message: makeMessage(plan, rejected, emptiedBy, context) + explainBundled(plan),
    availability: {
      code,
      retryable: code === 'temporarily_unavailable',
      requestedModels: plan.inputs.features.models,
      affectedProviders: distinct(
        rejected.filter(({ reason }) => excludedBy.includes(reason)).map(({ endpoint }) => endpoint.providerName),
      ),
      excludedBy,
      fallbackModels: context.fallbackModels,
      ...(constraint &&
        emptiedBy && { constraint: { field: constraint, detail: `Each endpoint left ${REJECTION_WORDS[emptiedBy]}` } }),
    },
  };
}

/** Clients shorten a conversation and go on when they are told that it is too long: that has a status and a code of its own. */
function kindOf(emptiedBy: RejectionCode | undefined, code: Availability['code']): FailureKind {
  if (emptiedBy === 'context_length') return 'context-too-long';
  return code === 'temporarily_unavailable' ? 'provider-overloaded' : 'no-endpoint';
}

/** As `planRoute` asks them. */
const FILTER_ORDER: readonly RejectionCode[] = [
  'retired',
  'not_connected',
  'switched_off',
  'key_refused',
  'service_tier',
  'allowed_providers',
  'ignored_providers',
  'data_policy:training',
  'data_policy:zdr',
  'distillable',
  'quantization',
  'max_price',
  'context_length',
  'max_tokens',
  'input_modality',
  'output_modality',
  'require_parameters',
];

/** The field of the request that a caller would change. */
const CONSTRAINTS: Readonly<Partial<Record<RejectionCode, string>>> = {
  service_tier: 'service_tier',
  allowed_providers: 'provider.only',
  ignored_providers: 'provider.ignore',
  'data_policy:training': 'provider.data_collection',
  'data_policy:zdr': 'provider.zdr',
  distillable: 'provider.enforce_distillable_text',
  quantization: 'provider.quantizations',
  max_price: 'provider.max_price',
  context_length: 'messages',
  max_tokens: 'max_tokens',
  input_modality: 'messages',
  output_modality: 'modalities',
  require_parameters: 'provider.require_parameters',
};

function availabilityCode(emptiedBy: RejectionCode, plan: RoutePlan): Availability['code'] {
  if (emptiedBy === 'retired') {
    const isFree = plan.inputs.models.every(({ modelId }) => modelId.endsWith(':free'));
    return isFree ? 'free_variant_ended' : 'model_deprecated';
  }
  if (emptiedBy === 'not_connected') return 'no_endpoints';
  if (emptiedBy === 'key_refused' || emptiedBy === 'switched_off') return 'temporarily_unavailable';
  if (emptiedBy === 'data_policy:training' || emptiedBy === 'data_policy:zdr') return 'privacy_restricted';
  return 'constraint_filtered';
}

/** A filter of the request always tells. What can't be called at all tells only where nothing else was refused. */
function isTelling(code: RejectionCode, emptiedBy: RejectionCode | undefined, rejected: readonly Rejection[]): boolean {
  if (!rejected.some(({ reason }) => reason === code)) return false;
  return code === emptiedBy || CONSTRAINTS[code] !== undefined;
}

function makeMessage(
  plan: RoutePlan,
  rejected: readonly Rejection[],
  emptiedBy: RejectionCode | undefined,
  context: EmptyPlanContext,
): string {
  const model = nameModels(plan);
  if (emptiedBy === undefined) return `No endpoint of ${model} is known here.`;
  if (emptiedBy === 'retired') return `Every endpoint of ${model} is retired.`;
  if (emptiedBy === 'not_connected') return explainUnconnected(model, rejected, context);
  if (emptiedBy === 'switched_off') return `Every connected endpoint of ${model} was switched off by an operator.`;
  if (emptiedBy === 'key_refused') {
    const providers = distinct(withReason(rejected, 'key_refused').map(({ endpoint }) => endpoint.providerName));
    return `No endpoint of ${model} can be used now: the key for ${listOf(providers, 3)} was refused or is unpaid.`;
  }
  const tooLong = emptiedBy === 'context_length' ? `${explainLength(plan, rejected)} ` : '';
  const unconnected = withReason(rejected, 'not_connected').length;
  return (
    `${tooLong}No endpoint of ${model} meets this request: ${countReasons(rejected)}.` +
    (unconnected > 0 ? ` ${unconnected} more ${unconnected === 1 ? 'is' : 'are'} not connected.` : '')
  );
}

/** Without those that are never asked in the place of another. */
function nameModels({ inputs }: RoutePlan): string {
  const [first, ...others] = inputs.models;
  if (!first) return inputs.features.models.join(' or ');
  const asked = [first, ...others.filter(({ isBundled }) => !isBundled)];
  return distinct(asked.map(({ modelId }) => modelId)).join(' or ');
}

function explainBundled({ inputs }: RoutePlan): string {
  const bundled = inputs.models.slice(1).find(({ isBundled }) => isBundled);
  return bundled ? ` ${bundled.modelId} is never a fallback: it answers only to its own name.` : '';
}

/** In the words that OpenAI's API has for it, by which agents and gateways in front of this one know it. */
function explainLength({ inputs }: RoutePlan, rejected: readonly Rejection[]): string {
  const { promptTokensEstimate, outputTokensMax = 0, adapts } = inputs.features;
  const limits = withReason(rejected, 'context_length').map(({ endpoint: { promptTokensMax, contextTokensMax } }) =>
    promptTokensMax !== undefined && promptTokensEstimate > promptTokensMax ? promptTokensMax : contextTokensMax,
  );
  const asked = `${promptTokensEstimate + outputTokensMax} tokens (${promptTokensEstimate} in the messages, ${outputTokensMax} in the completion)`;
  return (
    `This model's maximum context length is ${Math.max(...limits)} tokens. However, you requested about ${asked}. ` +
    `Please reduce the length of the messages or of the completion${adapts?.contextShare === undefined ? ', or use the plugin context-compression' : ''}.`
  );
}

const KEYS_SHOWN = 6;

function explainUnconnected(model: string, rejected: readonly Rejection[], context: EmptyPlanContext): string {
  const unconnected = withReason(rejected, 'not_connected').map(({ endpoint }) => endpoint.providerId);
  const keys = distinct(unconnected).flatMap((providerId) => context.keysOf(providerId).slice(0, 1));
  const engines =
    'run a local engine (Ollama, llama-server, vLLM, SGLang, LM Studio), or give llama-server its weights: trunkline models add';
  if (keys.length === 0)
    return `No endpoint of ${model} is connected. Add a provider to the configuration, ${engines}.`;
  const which = keys.length === 1 ? keys[0] : `one of ${listOf(keys, KEYS_SHOWN)}`;
  return `No endpoint of ${model} is connected. Set ${which}, ${engines}.`;
}

/** `2 cost more than provider.max_price` and so on: only what the request itself asked for. */
function countReasons(rejected: readonly Rejection[]): string {
  const told = FILTER_ORDER.filter((code) => CONSTRAINTS[code] !== undefined && withReason(rejected, code).length > 0);
  return told.map((code) => `${withReason(rejected, code).length} × ${REJECTION_WORDS[code]}`).join(', ');
}

function withReason(rejected: readonly Rejection[], code: RejectionCode): readonly Rejection[] {
  return rejected.filter(({ reason }) => reason === code);
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** At most `count` of them, then how many more there are. */
function listOf(values: readonly string[], count: number): string {
  if (values.length <= count) return values.join(', ');
  return `${values.slice(0, count).join(', ')} and ${values.length - count} more`;
}
