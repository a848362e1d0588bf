import type { Random } from '../base/random.ts';
import { type EngineState, isSaturated, scoreEngine } from './engine-state.ts';
import type { RoutingRequest } from './filters.ts';
import type { Place } from './order-candidates.ts';

/** Scores closer than this are a tie: the figures are older than the difference. */
const TIE = 0.05;

/**
 * Among engines that nothing else tells apart, the better one goes first. The order stays as it is but for them: the places that
 * engines of one model, group and price hold are dealt among these engines anew.
 *
 * The best of nearly equals is the less loaded of two drawn ones: if everybody took the very best by figures that are a second
 * old, everybody would go to the same one.
 */
export function orderEngines(
  places: Place[],
  request: RoutingRequest,
  random: Random,
  isAlike: (a: Place, b: Place) => boolean,
): void {
  const isDealt = new Set<number>();
  for (let first = 0; first < places.length; first++) {
    if (isDealt.has(first) || places[first]!.candidate.endpoint.engine === undefined) continue;
    const held = [first];
    for (let other = first + 1; other < places.length; other++) {
      const isEngine = places[other]!.candidate.endpoint.engine !== undefined;
      if (isEngine && isAlike(places[first]!, places[other]!)) held.push(other);
    }
    for (const index of held) isDealt.add(index);
    if (held.length > 1) dealPlaces(places, held, request, random);
  }
}

function dealPlaces(places: Place[], held: readonly number[], request: RoutingRequest, random: Random): void {
  const known = held.map((index) => ({
    place: places[index]!,
    state: request.engine(places[index]!.candidate.endpoint),
  }));
  // Nobody watches them: then the draw was as good as any order.
  if (known.some(({ state }) => state === undefined)) return;
  // Where everybody has to wait, the cache makes the wait shorter for all.
  const loads = supposeLoads(known.map(({ state }) => state!));
  const isNobodyFree = loads.every(isSaturated);
  const scored = known.map(({ place, state }, index) => ({
    place: { ...place, engine: state! },
    load: loads[index]!,
    score: scoreEngine(loads[index]!, request.features, isNobodyFree),
  }));
  scored.sort((a, b) => b.score - a.score);
  const equals = scored.filter(({ score }) => scored[0]!.score - score <= TIE).length;
  if (equals > 1) {
    const chosen = chooseOfTwo(scored.slice(0, equals), random);
    scored.unshift(...scored.splice(chosen, 1));
  }
  held.forEach((index, turn) => {
    places[index] = scored[turn]!.place;
  });
}

/**
 * Engines are not all read in the same moment. One that has not told its load is taken to be as large as the mean of those that
 * have, and as busy beside our own requests: else it would win for its silence alone.
 */
function supposeLoads(states: readonly EngineState[]): readonly EngineState[] {
  const read = states.filter(({ isUnread }) => isUnread === undefined);
  if (read.length === 0 || read.length === states.length) return states;
  const mean = (of: (state: EngineState) => number): number =>
    read.reduce((sum, state) => sum + of(state), 0) / read.length;
  const running = mean((state) => state.running);
  const waiting = mean((state) => state.waiting);
  // What a full engine runs is all that it can, which may be far from what was written down of it.
  const like = { parallel: mean((state) => state.parallel), kvUse: mean((state) => state.kvUse ?? 0) };
  return states.map((state) =>
    state.isUnread === undefined
      ? state
      : { ...state, ...like, running: state.running + running, waiting: state.waiting + waiting },
  );
}

function chooseOfTwo(equals: readonly { readonly load: EngineState }[], random: Random): number {
  const one = Math.floor(random.next() * equals.length);
  const step = 1 + Math.floor(random.next() * (equals.length - 1));
  const other = (one + step) % equals.length;
  return loadOf(equals[other]!.load) < loadOf(equals[one]!.load) ? other : one;
}

function loadOf({ running, waiting }: EngineState): number {
  return running + waiting;
}
