import type { Endpoint } from '../catalog/endpoint.ts';
import { ENGINE_TRAITS, type EngineKind } from './engine.ts';

export interface ServedModel {
  readonly modelId: string;
  /** As the weights' own header names it; undefined where nobody read it: then the model's name says it. */
  readonly architecture?: string;
  readonly inputModalities: Endpoint['inputModalities'];
  readonly runsOnLlamaCpp?: boolean;
  /** Requests that the engine runs at once, where it or the operator says so. */
  readonly parallel?: number;
}

/** What routing must know of an endpoint since it is an engine of this kind with this model. */
export function engineFacts(
  kind: EngineKind,
  { modelId, architecture, inputModalities, parallel, runsOnLlamaCpp }: ServedModel,
): Pick<Endpoint, 'engine' | 'imageTokenOrder'> {
  const traits = ENGINE_TRAITS[kind];
  const known = architecture ?? (/\bllama-?4\b/.test(modelId) ? 'llama4' : '');
  const isOf = (architectures: readonly string[] = []): boolean => architectures.includes(known);
  const isMisordered =
    inputModalities.includes('image') && (runsOnLlamaCpp ?? traits.runsOnLlamaCpp ?? false) && hasColumnOrder(known);
  return {
    ...(isMisordered && { imageTokenOrder: 'columns' }),
    engine: {
      parallel: parallel ?? traits.parallel,
      reuses: isOf(traits.chatCacheArchitectures) ? 'chat' : 'prefix',
    },
  };
}

/**
 * Does llama.cpp hand this architecture its pictures column by column? Measured on Llama 4: it leaves out the last permutation of
 * the pixel shuffle, so that left becomes above.
 */
export function hasColumnOrder(architecture: string): boolean {
  return architecture === 'llama4';
}
