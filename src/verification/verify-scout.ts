/**
 * Finds out whether Llama 4 Scout works where it is said to run: looks at its files, asks the engine who it is, then asks the model. Passing
 * is never claimed for another model, nor for a run that left something out.
 */
import type { Clock } from '../base/clock.ts';
import type { JsonObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import type { CheckGroup, CheckResult, Verification } from '../contract/verification.ts';
import type { MachineMemory } from '../engines/machine-memory.ts';
import { askEngine } from './ask-engine.ts';
import { type Check, type CheckSession, cleanName, failed, makeResult, type Speed, skipped } from './check.ts';
import { checkFiles, type FileFindings, type FileOrder } from './check-files.ts';
import { type EngineLine, NoAnswer } from './engine-line.ts';
import { type EngineIdentity, identifyModel } from './identify-model.ts';
import { compareIds, identifyTokenizer } from './identify-tokenizer.ts';
import { has, type IdentityFact, isProven, nameFact, resultsOf, whyNotScout } from './identity-fact.ts';
import { judge } from './judge.ts';
import { GREETING, greetingCheck, SCOUT, scoutChecks } from './scout-checks.ts';

export interface VerifyOptions {
  readonly target?: VerifyTarget;
  readonly files?: FileOrder;
  /** Only these groups; all when absent. */
  readonly groups?: readonly CheckGroup[];
  readonly machine: MachineMemory;
  readonly fetch: EngineLine['fetch'];
  readonly clock: Clock;
  /** The longest wait for one answer. */
  readonly waitMs: number;
  /** Makes the long prompts of this run unlike those of any before, which an engine may have kept. */
  readonly salt: number;
  readonly id: string;
  /** Version of Trunkline. */
  readonly version: string;
  matchModel(name: string): string | undefined;
  onResult?(result: CheckResult): void;
}

export interface VerifyTarget {
  /** Where questions go: with `/v1`, without a trailing slash. */
  readonly baseUrl: string;
  readonly key?: Secret;
  /** The name of the model there; empty where the engine has one, or one that fits. */
  readonly model: string;
  /** Further fields of every question, such as a gateway's `provider`. */
  readonly fields?: JsonObject;
  /** The engine itself, where questions go through a gateway and it is known what stands behind. */
  readonly engine?: { readonly baseUrl: string; readonly model: string };
  /** What a request through the gateway may hold. */
  readonly contextTokens?: number;
  /** This machine, or a neighbour of it. */
  readonly isHere: boolean;
}

/** Never rejects for what an engine does, or for what a file holds. */
export async function verifyScout(options: VerifyOptions): Promise<Verification> {
  const run = new Run(options);
  const files = await run.lookAtFiles();
  if (options.target && files?.whyNotScout === undefined) {
    const session = await run.meet(options.target);
    if (session) await run.ask(session);
  }
  return run.conclude();
}

/** So many answers in a row that never came, and the engine is taken for gone. */
const SILENT_MAX = 2;

class Run {
  readonly #options: VerifyOptions;
  readonly #results: CheckResult[] = [];
  readonly #createdAtMs: number;
  #engine: Verification['engine'] = { name: 'none' };
  #speed: Speed = {};
  #files: FileFindings | undefined;
  /** Why it is not the model, or why nothing could be asked. */
  #otherModel: string | undefined;
  #unreached: string | undefined;
  /** A gateway that chooses among providers answered: what it chose may run anywhere. */
  #isElsewhere = false;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#createdAtMs = options.clock.nowMs();
  }

  async lookAtFiles(): Promise<FileFindings | undefined> {
    const { files, machine, target } = this.#options;
    if (!files) return undefined;
    const findings = await checkFiles(files, machine, target !== undefined);
    for (const result of findings.results) if (this.#isWanted(result.group)) this.#add(result);
    this.#otherModel = findings.whyNotScout;
    this.#files = findings;
    return findings;
  }

  /** Who is there? The session to ask in, when it is the model that was meant. */
  async meet(target: VerifyTarget): Promise<CheckSession | undefined> {
    try {
      return await this.#meet(target);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.#unreached = error.message;
      this.#add(makeResult(greetingCheck, failed(error.said, error.message)));
      return undefined;
    }
  }

  async ask(session: CheckSession): Promise<void> {
    let silences = 0;
    for (const check of scoutChecks) {
      if (!this.#isWanted(check.group)) continue;
      if (silences >= SILENT_MAX) {
        this.#add(makeResult(check, skipped('the engine no longer answers')));
        continue;
      }
      const noAnswer = await this.#try(check, session);
      const isSilent = noAnswer?.kind === 'silent' || noAnswer?.kind === 'unreached';
      silences = isSilent ? silences + 1 : 0;
    }
  }

  conclude(): Verification {
    const { id, target, files, version } = this.#options;
    const count = (outcome: CheckResult['outcome']): number =>
      this.#results.filter((result) => result.outcome === outcome).length;
    const { firstTokenMs, promptTokensPerSecond, generationTokensPerSecond } = this.#speed;
    return {
      id,
      model: SCOUT,
      created_at: new Date(this.#createdAtMs).toISOString(),
      ...this.#judge(),
      whole: this.#isWhole(),
      here: !this.#isElsewhere && (target?.isHere ?? true),
      score: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
      engine: this.#engine,
      place: target ? hostOf(target.engine?.baseUrl ?? target.baseUrl) : (files?.model ?? '').slice(0, 4_096),
      files: this.#files?.fingerprints ?? [],
      trunkline: version,
      speed: {
        ...(firstTokenMs !== undefined && { first_token_ms: Math.round(firstTokenMs) }),
        ...(promptTokensPerSecond !== undefined && { prompt_tokens_per_second: round(promptTokensPerSecond) }),
        ...(generationTokensPerSecond !== undefined && {
          generation_tokens_per_second: round(generationTokensPerSecond),
        }),
      },
      checks: [...this.#results],
    };
  }

  #judge(): Pick<Verification, 'outcome' | 'verdict'> {
    if (this.#otherModel !== undefined) return { outcome: 'other-model', verdict: this.#otherModel };
    if (this.#unreached !== undefined)
      return { outcome: 'unreached', verdict: `nothing could be asked: ${this.#unreached}` };
    const judgement = judge(this.#results, this.#isWhole());
    if (this.#options.target || judgement.outcome === 'failed') return judgement;
    const verdict =
      'the files are Scout’s and would fit; nothing was asked of them: start an engine with them and give its --url';
    return { outcome: 'file-only', verdict };
  }

  #isWhole(): boolean {
    return this.#options.target !== undefined && this.#options.groups === undefined;
  }

  async #meet(target: VerifyTarget): Promise<CheckSession | undefined> {
    const { fetch, clock, waitMs, matchModel } = this.#options;
    const names = { expected: SCOUT, matchModel };
    const rest = { fetch, clock, waitMs, ...(target.key && { key: target.key }) };
    // The gateway's key is not for the engine behind it.
    const engine: EngineLine = target.engine ? { ...target.engine, fetch, clock, waitMs } : { ...target, ...rest };
    const identity = await identifyModel(engine, names);
    this.#engine = engineOf(identity);
    if (this.#refuse(identity.facts)) return undefined;
    const model = target.engine ? target.model : identity.model;
    const line = await this.#greet({ baseUrl: target.baseUrl, model, ...rest, ...pick(target) }, target);
    const facts = await this.#learnMore({ ...engine, model: identity.model }, line.line, identity.facts, line.named);
    if (this.#refuse(facts) || this.#refuseUnproven(facts)) return undefined;
    for (const result of resultsOf(facts)) this.#add(result);
    await this.#compareTokens({ ...engine, model: identity.model }, facts);
    const session = sessionOf(line.line, identity, target, this.#options.salt);
    await this.#try(greetingCheck, session);
    return session;
  }

  /** The first answer may take long: it loads the model. A gateway that names the provider it chose is held to it. */
  async #greet(
    line: EngineLine,
    target: VerifyTarget,
  ): Promise<{ readonly line: EngineLine; readonly named?: string }> {
    const { model: named, provider } = await askEngine(line, GREETING);
    const more = named === undefined ? {} : { named };
    if (provider === undefined || target.engine) return { line, ...more };
    this.#isElsewhere ||= !target.fields;
    this.#engine = { ...this.#engine, name: `${cleanName(provider).slice(0, 100)}, through a gateway` };
    const fields = { provider: { only: [provider], allow_fallbacks: false } };
    return { line: target.fields ? line : { ...line, fields }, ...more };
  }

  /** Engines that list nothing are believed by what an answer says of itself; and where no number tells, tokens are counted. */
  async #learnMore(
    engine: EngineLine,
    line: EngineLine,
    facts: readonly IdentityFact[],
    named: string | undefined,
  ): Promise<readonly IdentityFact[]> {
    const { matchModel } = this.#options;
    const known = [...facts];
    const answered = nameFact({ expected: SCOUT, matchModel }, 'answered name', named ?? '');
    // Many only repeat the name they were asked for; one that answers as another model has told on itself.
    if (answered.verdict === 'wrong' || !known.some(({ kind }) => kind === 'name')) known.push(answered);
    if (answered.verdict === 'wrong' || has(known, 'size')) return known;
    const tokenizer = await identifyTokenizer(engine, line);
    return tokenizer ? [...known, tokenizer] : known;
  }

  /** By its size it is Scout: then other tokens mean that its conversion is broken, and not that it is another model. */
  async #compareTokens(engine: EngineLine, facts: readonly IdentityFact[]): Promise<void> {
    if (!has(facts, 'size') || !this.#isWanted('identity')) return;
    const tokenizer = await compareIds(engine);
    if (tokenizer) for (const result of resultsOf([tokenizer])) this.#add(result);
  }

  #refuse(facts: readonly IdentityFact[]): boolean {
    return facts.some(({ verdict }) => verdict === 'wrong') && this.#refuseUnproven(facts);
  }

  #refuseUnproven(facts: readonly IdentityFact[]): boolean {
    if (isProven(facts)) return false;
    for (const result of resultsOf(facts)) this.#add(result);
    this.#otherModel = whyNotScout(facts);
    return true;
  }

  async #try(check: Check, session: CheckSession): Promise<NoAnswer | undefined> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const since = (): number => Math.round(clock.monotonicMs() - startMs);
    try {
      const finding = await check.run(session);
      this.#speed = { ...this.#speed, ...finding.speed };
      this.#add(makeResult(check, finding, since()));
      return undefined;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.#add(makeResult(check, failed(error.said, error.message), since()));
      return error;
    }
  }

  #isWanted(group: CheckGroup): boolean {
    return this.#options.groups?.includes(group) ?? true;
  }

  /** An engine may send back what it was sent: a key is taken out, also one that does not look like a key. */
  #add(result: CheckResult): void {
    const key = this.#options.target?.key?.reveal();
    const kept = key ? { ...result, got: result.got.replaceAll(key, '[redacted]') } : result;
    this.#results.push(kept);
    this.#options.onResult?.(kept);
  }
}

function pick({ fields }: VerifyTarget): Pick<EngineLine, 'fields'> {
  return fields ? { fields } : {};
}

function engineOf({ engineName, version, model }: EngineIdentity): Verification['engine'] {
  return { name: engineName, ...(version !== undefined && { version }), model: cleanName(model) };
}

function sessionOf(line: EngineLine, identity: EngineIdentity, target: VerifyTarget, salt: number): CheckSession {
  const contextTokens = target.contextTokens ?? identity.contextTokens;
  const { vision, slots } = identity;
  return {
    ...{ line, salt },
    ...(contextTokens !== undefined && { contextTokens }),
    ...(vision !== undefined && { vision }),
    ...(slots !== undefined && { slots }),
  };
}

function hostOf(url: string): string {
  return (URL.canParse(url) ? new URL(url).host : url).slice(0, 300);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
