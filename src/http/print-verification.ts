/** What may be said of a model on this machine, and to whom: pure, for the API and for pages. */
import type { ModelVerification, PrintedVerification, Verification } from '../contract/verification.ts';

/**
 * `runs` newest first. `showsAll` is for the administrator: places, and the engines' own words. Everybody else sees our words only, and
 * of files and models the names.
 */
export function printVerification(model: string, runs: readonly Verification[], showsAll: boolean): ModelVerification {
  const newest = newestOfEach(runs);
  return { model, ...summarise(newest), runs: newest.map((run) => (showsAll ? run : publicPart(run))) };
}

/**
 * Of each engine and model the run that counts: the newest whole one that met somebody, or else the newest. A run that reached nobody,
 * or asked only a part, does not undo what was seen before.
 */
function newestOfEach(runs: readonly Verification[]): readonly Verification[] {
  const chosen = new Map<string, Verification>();
  for (const run of runs) {
    const key = JSON.stringify([run.place, run.engine.name, run.engine.model]);
    const known = chosen.get(key);
    if (!known || (!counts(known) && counts(run))) chosen.set(key, run);
  }
  return [...chosen.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
}

function counts({ whole, outcome }: Verification): boolean {
  return whole && outcome !== 'unreached' && outcome !== 'file-only';
}

/** It met the model itself, here, and left nothing out. */
function isJudgement({ here, outcome, ...run }: Verification): boolean {
  return here && counts({ here, outcome, ...run }) && outcome !== 'other-model';
}

function summarise(newest: readonly Verification[]): Pick<ModelVerification, 'state' | 'summary'> {
  const judged = newest.filter(isJudgement);
  const passed = judged.find(({ outcome }) => outcome === 'passed');
  const failing = judged.filter(({ outcome }) => outcome !== 'passed');
  if (passed) {
    const others = failing.map((run) => `; not with ${engineOf(run)}: ${run.verdict}`);
    return { state: 'verified', summary: `verified on this machine ${about(passed)}${others.join('')}` };
  }
  const [first] = failing;
  if (first) return { state: 'failing', summary: `checked on this machine ${about(first)}; ${first.verdict}` };
  const [latest] = newest;
  const tried = latest ? ` (last try ${about(latest)}: ${latest.verdict})` : '';
  return { state: 'not-verified', summary: `not verified on this machine${tried}` };
}

function about(run: Verification): string {
  const { passed, failed, skipped } = run.score;
  return `on ${run.created_at.slice(0, 10)} with ${engineOf(run)}: ${passed} of ${passed + failed + skipped} checks passed`;
}

function engineOf({ engine, files }: Verification): string {
  const model = files[0]?.name ?? (engine.model === undefined ? undefined : lastPart(engine.model));
  return `${engine.name}${engine.version ? ` ${engine.version}` : ''}${model ? ` (${model})` : ''}`;
}

/** Of a check's words only ours: what the engine or a file said may hold anything, paths among it. */
function publicPart({ place: _, checks, engine, ...run }: Verification): PrintedVerification {
  return {
    ...run,
    engine: { ...engine, ...(engine.model !== undefined && { model: lastPart(engine.model) }) },
    checks: checks.map(({ got: __, ...check }) => check),
  };
}

/** An engine may use the whole path of a file as the model's name. */
function lastPart(name: string): string {
  return /^(?:[\\/~.]|[a-z]:)/i.test(name) ? (name.split(/[\\/]/).at(-1) ?? '') : name;
}
