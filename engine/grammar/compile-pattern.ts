/** A regular expression as an automaton: the strings in which it matches somewhere, as JSON Schema reads it. */
import { type AutomatonState, CharacterAutomaton, combine, STATES_MAX, type Step } from './character-automaton.ts';
import { allCharacters, type CharacterSet } from './character-set.ts';
import { type Pattern, PatternError, readPattern } from './pattern-syntax.ts';
import { TooMuchWork, type Work } from './work.ts';

const MOVES_MAX = 20_000;

/** Throws a `PatternError` that says what is not supported. */
export function compilePattern(source: string, work: Work): CharacterAutomaton {
  const { body, looks } = splitLooks(readPattern(source));
  try {
    let automaton: CharacterAutomaton | undefined = new MoveMaker(work).compile(body);
    for (const { part, isWanted } of looks) {
      const looked = new MoveMaker(work).compile({ type: 'sequence', parts: [{ type: 'start' }, part] });
      if (looked && automaton) automaton = combine(automaton, isWanted ? 'and' : 'without', looked, work);
      else if (isWanted) automaton = undefined;
    }
    if (automaton) return automaton;
  } catch (error) {
    if (error instanceof TooMuchWork) throw new PatternError('too complex');
    throw error;
  }
  throw new PatternError('no string matches it');
}

type Look = Pattern & { readonly type: 'look' };

/** `^(?=…)(?!…)rest`: what is looked at right after the start is a condition on the whole string. */
function splitLooks(pattern: Pattern): { readonly body: Pattern; readonly looks: readonly Look[] } {
  if (pattern.type !== 'sequence' || pattern.parts[0]?.type !== 'start') return { body: pattern, looks: [] };
  const [start, ...rest] = pattern.parts;
  const end = rest.findIndex((part) => part.type !== 'look');
  const looks = (end < 0 ? rest : rest.slice(0, end)).filter((part) => part.type === 'look');
  return { body: { type: 'sequence', parts: [start!, ...(end < 0 ? [] : rest.slice(end))] }, looks };
}

/** A place in the expression, and where it goes on. */
interface Place {
  /** Goes on at once. */
  readonly skips: number[];
  readonly atStart: number[];
  readonly atEnd: number[];
  moves: readonly { readonly set: CharacterSet; readonly target: number }[];
}

class MoveMaker {
  readonly #places: Place[] = [];
  readonly #work: Work;

  constructor(work: Work) {
    this.#work = work;
  }

  compile(pattern: Pattern): CharacterAutomaton | undefined {
    const begin = this.#place();
    const final = this.#place();
    this.#places[begin]!.moves = [{ set: allCharacters, target: begin }];
    this.#places[final]!.moves = [{ set: allCharacters, target: final }];
    const first = this.#place();
    this.#places[begin]!.skips.push(first);
    this.#places[this.#lay(pattern, first)]!.skips.push(final);
    return this.#determine(begin, final);
  }

  #place(): number {
    if (this.#places.length >= MOVES_MAX) throw new TooMuchWork();
    return this.#places.push({ skips: [], atStart: [], atEnd: [], moves: [] }) - 1;
  }

  /** Lays the pattern from the place on; returns where it ends. */
  #lay(pattern: Pattern, from: number): number {
    this.#work.spend(1);
    switch (pattern.type) {
      case 'characters': {
        const to = this.#place();
        this.#places[from]!.moves = [...this.#places[from]!.moves, { set: pattern.set, target: to }];
        return to;
      }
      case 'sequence':
        return pattern.parts.reduce((place, part) => this.#lay(part, place), from);
      case 'either': {
        const to = this.#place();
        for (const part of pattern.parts) this.#places[this.#lay(part, this.#fresh(from))]!.skips.push(to);
        return to;
      }
      case 'repeat':
        return this.#layRepeat(pattern, from);
      case 'start':
      case 'end': {
        const to = this.#place();
        this.#places[from]![pattern.type === 'start' ? 'atStart' : 'atEnd'].push(to);
        return to;
      }
      case 'look':
        throw new PatternError('looking ahead is supported right after a ^ at the beginning only');
    }
  }

  #fresh(from: number): number {
    const place = this.#place();
    this.#places[from]!.skips.push(place);
    return place;
  }

  #layRepeat({ part, min, max }: Pattern & { readonly type: 'repeat' }, from: number): number {
    let place = this.#fresh(from);
    for (let count = 0; count < min; count++) {
      this.#work.spend(1);
      place = this.#lay(part, place);
    }
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.#fresh(place);
      this.#places[this.#lay(part, loop)]!.skips.push(loop);
      return this.#fresh(loop);
    }
    const to = this.#place();
    for (let count = min; count < max; count++) {
      this.#places[place]!.skips.push(to);
      place = this.#lay(part, place);
    }
    this.#places[place]!.skips.push(to);
    return to;
  }

  /** The subset construction. `^` is passed before the first character only, `$` when no more follow. */
  #determine(begin: number, final: number): CharacterAutomaton | undefined {
    const names = new Map<string, number>();
    const sets: (readonly number[])[] = [];
    const nameOf = (places: readonly number[]): number => {
      const key = places.join(' ');
      const known = names.get(key);
      if (known !== undefined) return known;
      if (sets.length >= STATES_MAX) throw new TooMuchWork();
      names.set(key, sets.length);
      return sets.push(places) - 1;
    };
    // Without a name: no later state is like the first, where ^ still holds.
    sets.push(this.#close([begin], ['skips', 'atStart']));
    const states: AutomatonState[] = [];
    for (const [index, places] of sets.entries()) {
      const kinds = index === 0 ? (['skips', 'atStart', 'atEnd'] as const) : (['skips', 'atEnd'] as const);
      const isEnd = this.#close(places, kinds).includes(final);
      states.push({ steps: this.#stepsOf(places, nameOf), isEnd });
    }
    return CharacterAutomaton.trim(states);
  }

  #stepsOf(places: readonly number[], nameOf: (places: readonly number[]) => number): readonly Step[] {
    const moves = places.flatMap((place) =>
      this.#places[place]!.moves.flatMap(({ set, target }) => set.map(([from, to]) => ({ from, to, target }))),
    );
    const bounds = [...new Set(moves.flatMap(({ from, to }) => [from, to + 1]))].sort((one, other) => one - other);
    this.#work.spend(moves.length * bounds.length);
    const known = new Map<string, number>();
    return bounds.slice(0, -1).flatMap((from, index) => {
      const to = bounds[index + 1]! - 1;
      const targets = moves.filter((move) => move.from <= from && to <= move.to).map(({ target }) => target);
      if (targets.length === 0) return [];
      const key = targets.join(' ');
      const target = known.get(key) ?? nameOf(this.#close(targets, ['skips']));
      known.set(key, target);
      return [{ from, to, target }];
    });
  }

  /** All places that are reached without a character, in order. */
  #close(places: readonly number[], kinds: readonly ('skips' | 'atStart' | 'atEnd')[]): readonly number[] {
    const reached = new Set(places);
    for (const place of reached) {
      for (const kind of kinds) for (const next of this.#places[place]![kind]) reached.add(next);
    }
    this.#work.spend(reached.size);
    return [...reached].sort((one, other) => one - other);
  }
}
