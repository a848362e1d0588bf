import { z } from 'zod';
import { isOlderThan } from './compare-versions.ts';
import type { EngineModel } from './engine.ts';
import type { Probe } from './probe.ts';
import { quantizationOf } from './quantization.ts';
import type { Reading } from './read-engines.ts';

const name = z.string().min(1).max(512);
const tagsSchema = z.object({
  models: z
    .array(
      z.object({
        name,
        digest: z.string().max(200),
        details: z.object({ quantization_level: z.string().nullish() }).nullish(),
        remote_host: z.string().nullish(),
      }),
    )
    .max(1000),
});
const psSchema = z.object({
  models: z.array(z.object({ name, context_length: z.number().int().positive().nullish() })).max(1000),
});
const showSchema = z.object({
  parameters: z.string().nullish(),
  capabilities: z.array(z.string()).nullish(),
  model_info: z.record(z.string(), z.unknown()).nullish(),
  projector_info: z.record(z.string(), z.unknown()).nullish(),
});

interface Shown {
  readonly capabilities: readonly string[];
  readonly trainedTokens?: number;
  readonly configuredTokens?: number;
  readonly architecture?: string;
  /** Its projector for pictures is a file of its own. */
  readonly hasProjectorFile: boolean;
}

/** From this version on llama.cpp runs all its models; before, only those that its own engine did not know or could not take. */
const LLAMA_CPP_SINCE = '0.30';

/** What Ollama said of its models, by digest, so that asking again costs three requests and not one for each model. */
export interface OllamaMemory {
  readonly shown: Map<string, Shown>;
  /** Context that Ollama gives a model which nothing says otherwise of: `OLLAMA_CONTEXT_LENGTH`. */
  readonly contextTokens: number;
  /** How far requests may raise it: memory grows with it, and Ollama does not say how much there is. */
  readonly contextTokensMax: number;
}

const SHOWN_MAX = 2000;
const MODELS_MAX = 200;

export async function readOllama(probe: Probe, memory: OllamaMemory): Promise<Reading | undefined> {
  const about = await probe.ask('/api/version', z.object({ version: z.string().max(100) }));
  const tags = about && (await probe.ask('/api/tags', tagsSchema));
  if (!about || !tags) return undefined;
  const running = await probe.ask('/api/ps', psSchema);
  const loaded = new Map(running?.models.map((model) => [model.name, model.context_length ?? undefined]));
  const models: EngineModel[] = [];
  // A model with a remote host runs in somebody's cloud: neither free nor private, whatever the list looks like.
  const local = tags.models.filter((model) => !model.remote_host).slice(0, MODELS_MAX);
  for (const model of local) {
    const shown = await show(probe, memory, model.name, model.digest);
    if (!shown?.capabilities.includes('completion')) continue;
    const contextTokens = loaded.get(model.name) ?? shown.configuredTokens ?? memory.contextTokens;
    const raised = Math.min(shown.trainedTokens ?? contextTokens, memory.contextTokensMax);
    models.push({
      nativeId: model.name,
      contextTokens,
      contextTokensMax: Math.max(contextTokens, raised),
      quantization: quantizationOf(model.details?.quantization_level ?? undefined),
      vision: shown.capabilities.includes('vision'),
      tools: shown.capabilities.includes('tools'),
      reasoning: shown.capabilities.includes('thinking'),
      isLoaded: loaded.has(model.name),
      ...(shown.architecture !== undefined && { architecture: shown.architecture }),
      runsOnLlamaCpp: shown.hasProjectorFile || !isOlderThan(about.version, LLAMA_CPP_SINCE),
    });
  }
  return { version: about.version, models };
}

async function show(probe: Probe, memory: OllamaMemory, model: string, digest: string): Promise<Shown | undefined> {
  // The same weights under two names may have different parameters.
  const key = `${model}@${digest}`;
  const known = memory.shown.get(key);
  if (known) return known;
  const answer = await probe.detail('/api/show', showSchema, { model });
  if (!answer) return undefined;
  const info = answer.model_info ?? {};
  const trained = info[`${String(info['general.architecture'])}.context_length`];
  const configured = /^num_ctx\s+(\d{1,9})\s*$/m.exec(answer.parameters ?? '')?.[1];
  const architecture = info['general.architecture'];
  const shown: Shown = {
    ...(typeof architecture === 'string' && { architecture }),
    hasProjectorFile: Object.keys(answer.projector_info ?? {}).length > 0,
    // Versions that list no capabilities had no models but those for text.
    capabilities: answer.capabilities ?? ['completion'],
    ...(typeof trained === 'number' && Number.isInteger(trained) && trained > 0 && { trainedTokens: trained }),
    ...(Number(configured) > 0 && { configuredTokens: Number(configured) }),
  };
  if (memory.shown.size >= SHOWN_MAX) memory.shown.clear();
  memory.shown.set(key, shown);
  return shown;
}
