import type { Endpoint } from '../endpoint.ts';
import type { Model } from '../model.ts';
import { reasoningEfforts } from './collect-offers.ts';
import type { OverlayAuthor, OverlayModel } from './read-overlay.ts';
import type { PiRow } from './read-pi.ts';

export interface ModelSources {
  /** Rows of pi-ai by model id, best first. */
  readonly rows: ReadonlyMap<string, readonly PiRow[]>;
  readonly names: ReadonlyMap<string, string>;
  /** Ids that Hugging Face's router uses, by model id. */
  readonly huggingFaceIds: ReadonlyMap<string, string>;
  /** `~author/family-latest` by the model it stands for now. */
  readonly latest: ReadonlyMap<string, readonly string[]>;
  readonly overlay: ReadonlyMap<string, OverlayModel>;
  readonly authors: ReadonlyMap<string, OverlayAuthor>;
  readonly releases: ReadonlyMap<string, string>;
  readonly seenAt: string;
  authorOf(id: string): string;
}

/** All facts of one model, from the overlay first and from its endpoints last. */
export function makeModel(id: string, endpoints: readonly Endpoint[], sources: ModelSources): Model {
  const base = id.split(':')[0]!;
  const facts = sources.overlay.get(base);
  const rows = sources.rows.get(id) ?? sources.rows.get(base) ?? [];
  const huggingFaceId = facts?.hugging_face ?? sources.huggingFaceIds.get(base);
  const variant = id.slice(base.length);
  const name = facts?.name ?? sources.names.get(base) ?? rows[0]?.name ?? base.split('/')[1] ?? base;
  const inputModalities = unionOf(endpoints.flatMap((endpoint) => endpoint.inputModalities));
  const outputModalities = unionOf(endpoints.flatMap((endpoint) => endpoint.outputModalities));
  const reasoning = reasoningOf(rows);
  return {
    id,
    canonicalSlug: `${facts?.canonical ?? base}${variant}`,
    aliases: variant === '' ? [...(facts?.also ?? []), ...(sources.latest.get(id) ?? [])] : [],
    author: base.split('/')[0] ?? base,
    name: variant === '' ? name : `${name.replace(/ \([a-z]+\)$/, '')} (${variant.slice(1)})`,
    description: facts?.description ?? describe(name, inputModalities, outputModalities),
    created: Math.floor(
      Date.parse(facts?.released ?? sources.releases.get(base) ?? releaseDate(rows, base) ?? sources.seenAt) / 1000,
    ),
    ...(facts?.knowledge !== undefined && { knowledgeCutoff: facts.knowledge }),
    ...(huggingFaceId !== undefined && { huggingFaceId, openWeights: true }),
    ...(facts?.open_weights !== undefined && { openWeights: facts.open_weights }),
    ...(facts?.license !== undefined && { license: facts.license }),
    inputModalities,
    outputModalities,
    tokenizer: tokenizerOf(base, sources),
    ...(reasoning && { reasoning }),
    sources: sourcesOf(endpoints, facts),
  };
}

function unionOf<T>(values: readonly T[]): readonly T[] {
  const union = [...new Set(values)];
  return union.length > 0 ? union : ['text' as T];
}

function describe(name: string, inputs: readonly string[], outputs: readonly string[]): string {
  const model = name.replace(/^[^:]+: /, '');
  return `${model} takes ${listWords(inputs)} and answers in ${listWords(outputs)}.`;
}

function listWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? 'text') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** From a dated name such as `claude-haiku-4-5-20251001`: the earliest one that a host uses. */
function releaseDate(rows: readonly PiRow[], id: string): string | undefined {
  const dates = [id, ...rows.map((row) => row.id)].flatMap((name) => {
    const match = /(20[12]\d)-?([01]\d)-?([0-3]\d)(?!\d)/.exec(name);
    return match && Number(match[2]) <= 12 && Number(match[3]) <= 31 ? [`${match[1]}-${match[2]}-${match[3]}`] : [];
  });
  return dates.sort().find((date) => !Number.isNaN(Date.parse(date)));
}

function tokenizerOf(id: string, { authors, authorOf }: ModelSources): string {
  const slug = id.split('/')[1] ?? id;
  const rules = authors.get(id.split('/')[0] ?? id)?.tokenizers ?? authors.get(authorOf(id))?.tokenizers;
  return rules?.find(([prefix]) => slug.startsWith(prefix))?.[1] ?? 'Other';
}

function reasoningOf(rows: readonly PiRow[]): Model['reasoning'] {
  const row = rows.find((candidate) => candidate.reasoning);
  if (!row) return undefined;
  const efforts = reasoningEfforts(row);
  return {
    mandatory: row.thinkingLevelMap?.off === null,
    ...(efforts.length > 0 && { supportedEfforts: efforts }),
  };
}

function sourcesOf(endpoints: readonly Endpoint[], facts: OverlayModel | undefined): Model['sources'] {
  const seen = new Map(endpoints.map(({ price }) => [price.source, price.seenAt]));
  if (facts) seen.set(facts.source, facts.seen);
  return [...seen].map(([source, seenAt]) => ({ source, seenAt }));
}
