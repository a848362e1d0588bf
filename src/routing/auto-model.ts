import { seededRandom } from '../base/random.ts';
import type { AutoWish, CostTier, RequestFeatures } from '../generation/request.ts';

/** The rules below; another set of rules is another name. */
export const AUTO_METHOD = 'features-1';
/** The first is called, the others stand behind it. */
const CHOSEN_MAX = 4;
/** So many of a band are kept with the decision. */
const CANDIDATES_KEPT = 24;

export const COST_TIERS: readonly CostTier[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** Does a slug, whatever its variants, ask for a model of our choosing? */
export function isAutoSlug(slug: string, wish: AutoWish | undefined): boolean {
  return wish?.slugs.includes(slug.toLowerCase().split(':')[0]!) ?? false;
}

/** A model that could serve the request now. Plain numbers, so that a choice can be made again from its record. */
export interface AutoCandidate {
  readonly modelId: string;
  /** Where its price stands among the connected models, from 0 for the cheapest to below 100. */
  readonly percentile: number;
  /** What this request would cost there, in picodollars. */
  readonly cost: number;
  /** Days since 1970; 0 where it is not known, which counts as old. */
  readonly releasedDay: number;
  /** Its best endpoint fails more than it should. */
  readonly isUnwell: boolean;
}

/** Which models a request without a model gets, and out of which. */
export interface AutoChoice {
  readonly method: string;
  readonly tier: CostTier;
  readonly seed: number;
  readonly chosen: readonly string[];
  /** How many models could have served at all. */
  readonly eligible: number;
  /** Those of the bands that were looked into, as far as they are kept. */
  readonly candidates: readonly AutoCandidate[];
}

/**
 * Chooses from a request's features and the models' figures alone; no text is read. The cost tier names a band of the connected
 * models' prices: the caller's, or one that grows with what is asked for. In the band, models that are well come first, then
 * those released in the same quarter year, newest first, then the cheaper one. An empty band gives way to the next one, cheaper
 * bands first. A ceiling keeps dearer models out, as long as one is below it; a model that is pinned comes before all others.
 */
export function chooseModels(eligible: readonly AutoCandidate[], features: RequestFeatures, seed: number): AutoChoice {
  const { costTier, costCeiling: ceiling, pinned } = features.auto ?? {};
  const tier = costTier ?? (ceiling === undefined ? tierOf(features) : COST_TIERS[Math.floor(ceiling / 20)]!);
  const below = eligible.filter(
    ({ percentile }) => costTier !== undefined || ceiling === undefined || percentile <= ceiling,
  );
  const banded = orderByBand(below.length > 0 ? below : eligible, tier, seed);
  const kept = eligible.filter(({ modelId, isUnwell }) => modelId.toLowerCase() === pinned?.toLowerCase() && !isUnwell);
  const ordered = [...kept, ...banded.filter((candidate) => !kept.includes(candidate))];
  return {
    method: AUTO_METHOD,
    tier,
    seed,
    chosen: ordered.slice(0, CHOSEN_MAX).map(({ modelId }) => modelId),
    eligible: eligible.length,
    candidates: ordered.slice(0, CANDIDATES_KEPT),
  };
}

/** The same choice, from what was kept of it. */
export function isSameChoice(choice: AutoChoice, features: RequestFeatures): boolean {
  const again = chooseModels(choice.candidates, features, choice.seed);
  return again.tier === choice.tier && again.chosen.join() === choice.chosen.join();
}

/** May this model be chosen, by the caller's lists? Exclusion wins; a listing such as `:free` has to be named. */
export function isAllowed(modelId: string, wish: AutoWish | undefined): boolean {
  const matches = (pattern: string): boolean => matchesPattern(modelId, pattern);
  if (wish?.excluded?.some(matches)) return false;
  const variant = modelId.includes(':');
  const allowed = wish?.allowed ?? ['*'];
  return allowed.some((pattern) => (!variant || pattern.includes(':')) && matches(pattern));
}

/** `*` stands for any letters; there is no other sign with a meaning. Linear in both texts for each star. */
export function matchesPattern(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const name = text.toLowerCase();
  if (rest.length === 0) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop()!;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Prices of all models in ascending order, and the share of them that lies below one. */
export function percentileOf(cost: number, ascending: readonly number[]): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < cost) low = middle + 1;
    else high = middle;
  }
  return ascending.length === 0 ? 0 : (low * 100) / ascending.length;
}

/** Short questions go to cheap models; thinking, tools and long prompts to dearer ones. */
const SHORT_TOKENS = 200;
const LONG_TOKENS = 32_000;

export function tierOf({ parameters, hasTools, promptTokensEstimate }: RequestFeatures): CostTier {
  const thinks = parameters.includes('reasoning') || parameters.includes('reasoning_effort');
  const isStructured = parameters.includes('response_format');
  let level = 1;
  if (thinks) level++;
  if (hasTools) level++;
  if (promptTokensEstimate > LONG_TOKENS) level++;
  if (level === 1 && !isStructured && promptTokensEstimate < SHORT_TOKENS) level = 0;
  return COST_TIERS[level]!;
}

function orderByBand(eligible: readonly AutoCandidate[], tier: CostTier, seed: number): readonly AutoCandidate[] {
  const wanted = COST_TIERS.indexOf(tier);
  const distance = (candidate: AutoCandidate): number => {
    const band = Math.min(COST_TIERS.length - 1, Math.floor(candidate.percentile / 20));
    // Cheaper by one before dearer by one.
    return band === wanted ? 0 : band < wanted ? (wanted - band) * 2 - 1 : (band - wanted) * 2;
  };
  // By name first, so that the same candidates in another order draw the same.
  const named = [...eligible].sort((a, b) => (a.modelId < b.modelId ? -1 : a.modelId > b.modelId ? 1 : 0));
  const places = named.map((candidate) => ({
    candidate,
    distance: distance(candidate),
    draw: drawFor(candidate.modelId, seed),
  }));
  places.sort(
    (a, b) =>
      Number(a.candidate.isUnwell) - Number(b.candidate.isUnwell) ||
      a.distance - b.distance ||
      quarterOf(b.candidate) - quarterOf(a.candidate) ||
      a.candidate.cost - b.candidate.cost ||
      a.draw - b.draw,
  );
  return places.map(({ candidate }) => candidate);
}

/** A model's own chance under a seed: it does not depend on who else is there. */
function drawFor(modelId: string, seed: number): number {
  let mixed = seed;
  for (let i = 0; i < modelId.length; i++) mixed = Math.imul(mixed ^ modelId.charCodeAt(i), 0x01000193);
  return seededRandom(mixed >>> 0).next();
}

function quarterOf({ releasedDay }: AutoCandidate): number {
  return Math.floor(releasedDay / 91);
}
