import type { Catalog } from '../catalog/catalog.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { Config } from '../config/read-config.ts';
import { ENGINE_TRAITS } from '../engines/engine.ts';
import { engineFacts } from '../engines/engine-facts.ts';
import type { Provider } from '../providers/provider.ts';

/** What any server of this kind understands, unless the configuration lists less. */
const USUAL_PARAMETERS = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
  'max_tokens',
  'max_completion_tokens',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'seed',
  'response_format',
  'structured_outputs',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'include_reasoning',
  'reasoning_effort',
] as const;
const USUAL_CONTEXT_TOKENS = 131_072;

/** The endpoints that the configuration's `[[providers.models]]` declare. */
export function configuredEndpoints(
  config: Config,
  providers: ReadonlyMap<string, Provider>,
  catalog: Catalog,
  seenAt: string,
): readonly Endpoint[] {
  return config.providers.flatMap((entry) => {
    const provider = providers.get(entry.id);
    if (!provider || !entry.enabled) return [];
    const traits = entry.engine && ENGINE_TRAITS[entry.engine];
    const engineParameters = traits && [...traits.parameters, ...traits.toolParameters];
    return entry.models.map((model): Endpoint => {
      const known = catalog.find(model.model)?.model;
      const modelId = known?.id ?? model.model.toLowerCase();
      const tag = model.quantization === 'unknown' ? entry.id : `${entry.id}/${model.quantization}`;
      const inputModalities = model.input_modalities ?? known?.inputModalities ?? ['text'];
      // Its prompts stay on the operator's own machines, and nobody is paid.
      const isLocal = entry.engine !== undefined && isFree(model);
      const trainsOnPrompts = model.trains_on_prompts ?? (isLocal ? false : undefined);
      const zeroDataRetention = model.zero_data_retention ?? (isLocal ? true : undefined);
      return {
        id: `${modelId}|${tag}`,
        modelId,
        tag,
        providerId: entry.id,
        providerName: provider.name,
        upstreamModel: model.upstream_model ?? model.model,
        quantization: model.quantization,
        contextTokensMax: model.context ?? USUAL_CONTEXT_TOKENS,
        ...(model.max_output !== undefined && { outputTokensMax: model.max_output }),
        supportedParameters: model.supported_parameters ?? engineParameters ?? USUAL_PARAMETERS,
        inputModalities,
        outputModalities: model.output_modalities ?? known?.outputModalities ?? ['text'],
        price: {
          id: `config:${tag}`,
          prompt: model.input_per_million,
          completion: model.output_per_million,
          ...(model.cache_read_per_million !== undefined && { cacheRead: model.cache_read_per_million }),
          ...(model.cache_write_per_million !== undefined && { cacheWrite: model.cache_write_per_million }),
          ...(model.per_request !== undefined && { perRequest: model.per_request }),
          source: 'trunkline.toml',
          seenAt,
        },
        implicitCaching: isLocal || model.cache_read_per_million !== undefined,
        isModerated: false,
        ...(trainsOnPrompts !== undefined && { trainsOnPrompts }),
        ...(zeroDataRetention !== undefined && { zeroDataRetention }),
        status: 'active',
        isLocal,
        ...(entry.engine &&
          engineFacts(entry.engine, {
            modelId,
            inputModalities,
            ...(entry.parallel !== undefined && { parallel: entry.parallel }),
          })),
      };
    });
  });
}

function isFree(model: Config['providers'][number]['models'][number]): boolean {
  return model.input_per_million === 0n && model.output_per_million === 0n && (model.per_request ?? 0n) === 0n;
}
