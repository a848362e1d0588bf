import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import { FREE } from '../catalog/price.ts';
import type { Modality } from '../generation/request.ts';
import { ENGINE_TRAITS, type Engine, type EngineKind, type EngineModel } from './engine.ts';
import { engineFacts } from './engine-facts.ts';

/** The catalogue's layer of what runs here. */
export interface EngineOffer {
  readonly endpoints: readonly Endpoint[];
  /** Models that no catalogue knows, under `<kind>/<name>`. */
  readonly models: readonly Model[];
}

export interface OfferOptions {
  /** The catalogue's model id for a name that a provider or a file may have; undefined when it knows none. */
  matchNativeId(name: string): string | undefined;
  /** What a catalogue model takes, for engines that do not say. */
  inputModalitiesOf?(modelId: string): readonly Modality[] | undefined;
  /** ISO date. */
  readonly seenAt: string;
}

/** Every model of every engine, at price 0, under its catalogue slug. */
export function offerEngines(engines: readonly Engine[], options: OfferOptions): EngineOffer {
  const endpoints: Endpoint[] = [];
  const models = new Map<string, Model>();
  const taken = new Set<string>();
  for (const engine of engines) {
    for (const model of engine.models) {
      const matched = matchModel(model, options);
      const modelId = matched ?? ownId(engine.kind, model.nativeId);
      const tag = freeTag(modelId, engine.tag, model, taken);
      const endpoint = makeEndpoint({ engine, model, modelId, tag }, options);
      endpoints.push(endpoint);
      const isKnown =
        matched !== undefined && (model.modelId === undefined || options.matchNativeId(modelId) === modelId);
      if (!isKnown && !models.has(modelId))
        models.set(modelId, makeModel({ engine, model, modelId, tag }, endpoint, options));
    }
  }
  return { endpoints, models: [...models.values()] };
}

/** The catalogue's model that weights are, by any of the names they may go by; undefined when it knows none. */
export function matchModel(
  { modelId, nativeId, origin }: Pick<EngineModel, 'modelId' | 'nativeId' | 'origin'>,
  { matchNativeId }: Pick<OfferOptions, 'matchNativeId'>,
): string | undefined {
  if (modelId !== undefined) return modelId;
  for (const name of [nativeId, origin].flatMap((text) => (text === undefined ? [] : namesOf(text)))) {
    const matched = matchNativeId(name);
    if (matched !== undefined) return matched;
  }
  return undefined;
}

/** Model id of what no catalogue knows. */
export function ownId(kind: EngineKind, nativeId: string): string {
  return `${kind}/${slugOf(nativeId)}`;
}

/**
 * The names a catalogue may know weights by, the exact one first: without folders and file endings, without the part
 * numbers of split files, without the number format, with Ollama's tag as part of the name.
 */
export function namesOf(text: string): readonly string[] {
  const file = /\.(gguf|safetensors|bin)$/i.test(text) ? (text.split(/[\\/]/).at(-1) ?? text) : text;
  const bare = file.replace(/\.(gguf|safetensors|bin)$/i, '').replace(/-\d{5}-of-\d{5}$/, '');
  const plain = bare.replace(/:latest$/, '').replace(FORMAT_TAIL, '');
  const dashed = plain.replace(':', '-');
  return [...new Set([text, bare, plain, dashed, dashed.split('/').at(-1) ?? dashed])].filter((name) => name !== '');
}

const FORMAT_TAIL = /[-_.:@](?:gguf|(?:ud-)?i?q\d[\w]*|bf16|f16|fp16|f32|mxfp4|nvfp4|fp8|4bit|8bit|awq|gptq)$/i;

/** For a slug: lower case, and none of the characters that mean something in one. */
function slugOf(nativeId: string): string {
  const name = namesOf(nativeId)[1] ?? nativeId;
  const slug = name
    .replace(/:latest$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return slug === '' ? 'model' : slug.slice(0, 120);
}

/** One engine may offer a model twice, in two number formats or under two names. */
function freeTag(modelId: string, engineTag: string, model: EngineModel, taken: Set<string>): string {
  const wishes = [engineTag, `${engineTag}/${model.quantization}`, `${engineTag}/${slugOf(model.nativeId)}`];
  let tag = wishes.find((wish) => !taken.has(`${modelId}|${wish}`));
  for (let number = 2; tag === undefined; number++) {
    const numbered = `${wishes[2]}-${number}`;
    if (!taken.has(`${modelId}|${numbered}`)) tag = numbered;
  }
  taken.add(`${modelId}|${tag}`);
  return tag;
}

interface Offered {
  readonly engine: Engine;
  readonly model: EngineModel;
  readonly modelId: string;
  readonly tag: string;
}

function makeEndpoint({ engine, model, modelId, tag }: Offered, options: OfferOptions): Endpoint {
  const inputModalities = inputsOf(model, options.inputModalitiesOf?.(modelId));
  return {
    id: `${modelId}|${tag}`,
    modelId,
    tag,
    providerId: engine.tag,
    providerName: engine.name,
    upstreamModel: model.nativeId,
    quantization: model.quantization,
    contextTokensMax: model.contextTokensMax,
    ...(model.outputTokensMax !== undefined && { outputTokensMax: model.outputTokensMax }),
    supportedParameters: parametersOf(engine, model),
    inputModalities,
    outputModalities: ['text'],
    price: { id: `${tag}@local`, ...FREE, source: `${engine.name} on this installation`, seenAt: options.seenAt },
    implicitCaching: true,
    isModerated: false,
    // It does not leave the operator's own machines.
    trainsOnPrompts: false,
    zeroDataRetention: true,
    status: 'active',
    isLocal: true,
    ...engineFacts(engine.kind, {
      modelId,
      inputModalities,
      ...(model.architecture !== undefined && { architecture: model.architecture }),
      ...(model.runsOnLlamaCpp !== undefined && { runsOnLlamaCpp: model.runsOnLlamaCpp }),
      ...(engine.parallel !== undefined && { parallel: engine.parallel }),
    }),
  };
}

function parametersOf(engine: Engine, model: EngineModel): readonly string[] {
  return [
    ...ENGINE_TRAITS[engine.kind].parameters,
    ...(model.tools ? ENGINE_TRAITS[engine.kind].toolParameters : []),
    ...(model.reasoning ? ['reasoning', 'include_reasoning'] : []),
  ].filter((parameter) => !engine.lacks?.includes(parameter));
}

function inputsOf(model: EngineModel, known: readonly Modality[] | undefined): readonly Modality[] {
  const hasVision = model.vision ?? known?.includes('image') ?? false;
  return hasVision ? ['text', 'image'] : ['text'];
}

function makeModel({ engine, model }: Offered, endpoint: Endpoint, options: OfferOptions): Model {
  const [author = engine.kind] = endpoint.modelId.split('/');
  const { title } = model;
  return {
    id: endpoint.modelId,
    canonicalSlug: endpoint.modelId,
    aliases: [],
    author,
    name: title ?? `${endpoint.upstreamModel} (${ENGINE_TRAITS[engine.kind].name})`,
    description:
      title === undefined
        ? `Found in ${engine.name} on this installation; no catalogue knows it.`
        : 'Weights that were added to this installation; no catalogue knows them.',
    created: Math.floor(Date.parse(options.seenAt) / 1000),
    inputModalities: endpoint.inputModalities,
    outputModalities: ['text'],
    tokenizer: 'Other',
    sources: [{ source: engine.name, seenAt: options.seenAt }],
  };
}
