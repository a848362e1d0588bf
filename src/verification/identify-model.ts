/**
 * Says which model an engine runs, by what the engine itself answers: names, and numbers where it gives them. A name can be set by
 * hand, so a wrong number outweighs a right name, and a right name alone proves nothing.
 */
import { z } from 'zod';
import { SCOUT_SHAPE } from '../engines/check-scout-file.ts';
import { ENGINE_TRAITS, type EngineModel } from '../engines/engine.ts';
import { type EngineFetch, Probe } from '../engines/probe.ts';
import { identifyEngine } from '../engines/read-engines.ts';
import { cleanName } from './check.ts';
import { askPath, type EngineLine, NoAnswer, wordsOf } from './engine-line.ts';
import { equalFact, type IdentityFact, type NameMatcher, nameFact } from './identity-fact.ts';

export interface EngineIdentity {
  readonly engineName: string;
  readonly version?: string;
  /** What requests name. */
  readonly model: string;
  readonly facts: readonly IdentityFact[];
  /** Path or repository of the weights, where the engine gives one. */
  readonly origin?: string;
  readonly contextTokens?: number;
  readonly vision?: boolean;
  readonly slots?: number;
}

/** Parameters of Scout's text model in billions, as llama.cpp counts them: 107.77. */
const BILLIONS = { min: 107, max: 109 } as const;
const UNAUTHORIZED = 401;
const UNAVAILABLE = 503;

const number = z.number().nullish();
const listSchema = z.object({
  data: z
    .array(
      z.object({
        id: z.string().min(1).max(512),
        root: z.string().max(1_000).nullish(),
        meta: z.object({ n_params: number, n_vocab: number, n_embd: number }).nullish(),
      }),
    )
    .max(2_000),
});
type Listed = z.infer<typeof listSchema>['data'][number];
const propsSchema = z.object({ total_slots: z.number().int().positive() });
const showSchema = z.object({ model_info: z.record(z.string(), z.unknown()) });

/** Engines under load and hosts far away are slower to say who they are than those that discovery looks for. */
class PatientProbe extends Probe {
  override ask<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    return this.detail(path, schema);
  }
}

/**
 * `line.model` may be empty where the engine offers one model, or one that fits. Throws `NoAnswer` when nothing answers, or when it
 * is not clear which of its models is meant.
 */
export async function identifyModel(line: EngineLine, names: NameMatcher): Promise<EngineIdentity> {
  const list = await listModels(line);
  const probe = new PatientProbe(line.baseUrl.replace(/\/v1$/, ''), fetchOf(line), line.clock);
  const memory = { shown: new Map(), contextTokens: 4096, contextTokensMax: 4096 };
  const engine = await identifyEngine(probe, memory);
  const model = chooseModel(line.model, list, names);
  const listed = list?.find(({ id }) => id === model) ?? (list?.length === 1 ? list[0] : undefined);
  const known = engine?.models.find(({ nativeId }) => nativeId === (listed?.id ?? model));
  const slots = engine?.kind === 'llama-server' ? await probe.ask('/props', propsSchema) : undefined;
  return {
    engineName: engine ? ENGINE_TRAITS[engine.kind].name : 'an engine of unknown kind',
    ...(engine?.version !== undefined && { version: cleanName(engine.version) }),
    model,
    facts: [
      ...nameFacts(names, { model, listed, known, isListed: list !== undefined }),
      ...numberFacts(listed),
      ...(engine?.kind === 'ollama' ? await ollamaFacts(probe, model) : []),
    ],
    ...(known?.origin !== undefined && { origin: known.origin }),
    ...(known && { contextTokens: known.contextTokens }),
    ...(known?.vision !== undefined && { vision: known.vision }),
    ...(slots && { slots: slots.total_slots }),
  };
}

function fetchOf({ fetch, key }: EngineLine): EngineFetch {
  const authorization = key && { authorization: `Bearer ${key.reveal()}` };
  return (url, init) =>
    fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...authorization } });
}

/** Undefined where there is no list of the usual form. The address of the chat decides where it stands, whatever lies below it. */
async function listModels(line: EngineLine): Promise<readonly Listed[] | undefined> {
  const { status, body } = await askPath(line, '/models');
  if (status === UNAUTHORIZED || status === UNAVAILABLE) {
    const message = status === UNAUTHORIZED ? 'it wants a key: --key env:NAME' : 'it is not ready yet';
    throw new NoAnswer('refused', `${message} (HTTP ${status})`, { said: wordsOf(body), status });
  }
  const parsed = listSchema.safeParse(body);
  return status === 200 && parsed.success ? parsed.data.data : undefined;
}

function chooseModel(wanted: string, list: readonly Listed[] | undefined, names: NameMatcher): string {
  if (wanted !== '') return wanted;
  const ids = list?.map(({ id }) => id) ?? [];
  if (ids.length === 1) return ids[0]!;
  const fitting = ids.filter((id) => names.matchModel(id) === names.expected);
  if (fitting.length === 1) return fitting[0]!;
  if (ids.length === 0) throw new NoAnswer('refused', 'it lists no models: name one with --model');
  const said = (fitting.length > 0 ? fitting : ids).slice(0, 6).map(cleanName).join(', ');
  throw new NoAnswer('refused', `it offers ${ids.length} models: name one with --model`, { said });
}

function nameFacts(
  names: NameMatcher,
  about: {
    readonly model: string;
    readonly listed: Listed | undefined;
    readonly known: EngineModel | undefined;
    readonly isListed: boolean;
  },
): readonly IdentityFact[] {
  const { model, listed, known, isListed } = about;
  if (isListed && !listed) {
    const expected = cleanName(model);
    return [{ kind: 'name', what: 'listing', expected, found: 'not there', verdict: 'wrong' }];
  }
  const found = new Map<string, string>();
  if (listed) found.set(listed.id, 'listed name');
  for (const origin of [known?.origin, listed?.root ?? undefined])
    if (origin !== undefined && !found.has(origin)) found.set(origin, 'origin');
  return [...found].map(([name, what]) => nameFact(names, what, name));
}

/** llama-server gives them with its list. */
function numberFacts(listed: Listed | undefined): readonly IdentityFact[] {
  const { n_params: parameters, n_vocab: vocabulary, n_embd: width } = listed?.meta ?? {};
  const facts: IdentityFact[] = [];
  if (typeof parameters === 'number') {
    const billions = parameters / 1e9;
    const verdict = billions >= BILLIONS.min && billions <= BILLIONS.max ? 'right' : 'wrong';
    const found = `${billions.toPrecision(4)} billion`;
    facts.push({ kind: 'size', what: 'parameters', expected: '107.8 billion', found, verdict });
  }
  if (typeof vocabulary === 'number') facts.push(equalFact('number', 'vocabulary', SCOUT_SHAPE.vocabulary, vocabulary));
  if (typeof width === 'number') facts.push(equalFact('number', 'width', SCOUT_SHAPE.width, width));
  return facts;
}

/** Ollama gives a part of the header of the weights. */
async function ollamaFacts(probe: Probe, model: string): Promise<readonly IdentityFact[]> {
  const info = (await probe.detail('/api/show', showSchema, { model }))?.model_info ?? {};
  const { architecture, blocks, width, experts, vocabulary } = SCOUT_SHAPE;
  const wanted: readonly (readonly [kind: 'size' | 'number', what: string, key: string, expected: string | number])[] =
    [
      ['number', 'architecture', 'general.architecture', architecture],
      ['number', 'blocks', 'llama4.block_count', blocks],
      ['number', 'width', 'llama4.embedding_length', width],
      // Of the two models with this width and these blocks, only their number of experts tells which it is.
      ['size', 'experts', 'llama4.expert_count', experts],
      ['number', 'vocabulary', 'llama4.vocab_size', vocabulary],
    ];
  return wanted.flatMap(([kind, what, key, expected]) => {
    const found = info[key];
    return typeof found === 'string' || typeof found === 'number' ? [equalFact(kind, what, expected, found)] : [];
  });
}
