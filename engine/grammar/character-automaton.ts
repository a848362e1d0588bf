/**
 * A deterministic automaton over characters, as a set of strings. Every state can still reach an end, so a string that
 * is on its way can always be completed.
 */
import { bytesOfCheapest, type CharacterSet } from './character-set.ts';
import { TooMuchWork, type Work } from './work.ts';

export interface Step {
  readonly from: number;
  readonly to: number;
  readonly target: number;
}

/** A step with what its shortest character takes in a JSON string. */
export interface CostedStep extends Step {
  readonly bytes: number;
}

export interface AutomatonState<S extends Step = Step> {
  /** In order; they do not overlap. */
  readonly steps: readonly S[];
  readonly isEnd: boolean;
}

export const STATES_MAX = 3_000;
/** What a state costs, where a step costs 1. */
const STATE_WORK = 16;

export class CharacterAutomaton {
  readonly states: readonly AutomatonState<CostedStep>[];
  readonly start = 0;
  readonly #freeStates: ReadonlySet<number>;

  /** Of trimmed states, of which the first is the start; see `trim`. */
  private constructor(states: readonly AutomatonState<CostedStep>[]) {
    this.states = states;
    this.#freeStates = new Set(states.keys().filter((state) => isFree(states[state]!, state)));
  }

  /** Undefined when no string is in it. The first state is the start; targets of -1 lead nowhere. */
  static trim(states: readonly AutomatonState[]): CharacterAutomaton | undefined {
    const living = findLiving(states);
    if (!living.has(0)) return undefined;
    const names = new Map([[0, 0]]);
    const order = [0];
    const isAlive = ({ target }: Step) => living.has(target);
    for (const state of order) {
      for (const { target } of states[state]!.steps.filter(isAlive)) {
        if (names.has(target)) continue;
        names.set(target, order.length);
        order.push(target);
      }
    }
    const trimmed = order.map((state) => {
      const steps = states[state]!.steps.filter(isAlive).map((step) => ({ ...step, target: names.get(step.target)! }));
      return { steps: joinNeighbours(steps), isEnd: states[state]!.isEnd };
    });
    return new CharacterAutomaton(trimmed);
  }

  /** The state after the character, or -1. */
  after(state: number, character: number): number {
    const step = this.#stepAt(state, character);
    return step && step.from <= character ? step.target : -1;
  }

  /** Whether every string may follow. */
  isFree(state: number): boolean {
    return this.#freeStates.has(state);
  }

  /** The steps that characters of the range may take. */
  stepsWithin(state: number, from: number, to: number): readonly CostedStep[] {
    const { steps } = this.states[state]!;
    const first = this.#firstEndingAt(state, from);
    let end = first;
    while (end < steps.length && steps[end]!.from <= to) end++;
    return steps.slice(first, end);
  }

  accepts(text: string): boolean {
    let state = this.start;
    for (const character of text) {
      state = this.after(state, character.codePointAt(0)!);
      if (state < 0) return false;
    }
    return this.states[state]!.isEnd;
  }

  #stepAt(state: number, character: number): Step | undefined {
    return this.states[state]!.steps[this.#firstEndingAt(state, character)];
  }

  #firstEndingAt(state: number, character: number): number {
    const { steps } = this.states[state]!;
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (steps[middle]!.to < character) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Strings of the one that are in the other, too, or that are not. Throws `TooMuchWork`. */
export function combine(
  one: CharacterAutomaton,
  how: 'and' | 'without',
  other: CharacterAutomaton,
  work: Work,
): CharacterAutomaton | undefined {
  const names = new Map<number, number>();
  const pairs: (readonly [number, number])[] = [];
  const nameOf = (first: number, second: number): number => {
    if (second < 0 && how === 'and') return -1;
    const key = first * (other.states.length + 1) + second + 1;
    const known = names.get(key);
    if (known !== undefined) return known;
    if (pairs.length >= STATES_MAX) throw new TooMuchWork();
    names.set(key, pairs.length);
    return pairs.push([first, second]) - 1;
  };
  nameOf(one.start, other.start);
  const states: AutomatonState[] = [];
  for (const [first, second] of pairs) {
    const isOther = second >= 0 && other.states[second]!.isEnd;
    const steps = one.states[first]!.steps.flatMap((step) =>
      splitBy(step, second < 0 ? [] : other.stepsWithin(second, step.from, step.to)).map(([from, to, target]) => ({
        from,
        to,
        target: nameOf(step.target, target),
      })),
    );
    work.spend(STATE_WORK + steps.length);
    states.push({ steps, isEnd: one.states[first]!.isEnd && isOther === (how === 'and') });
  }
  return CharacterAutomaton.trim(states);
}

/** All strings but the given ones. Throws `TooMuchWork`. */
export function allBut(strings: Iterable<string>, work: Work): CharacterAutomaton {
  const states: { branches: Map<number, number>; isEnd: boolean }[] = [
    { branches: new Map(), isEnd: true },
    { branches: new Map(), isEnd: true },
  ];
  for (const string of strings) {
    let state = 0;
    work.spend(STATE_WORK * string.length);
    for (const character of string) {
      const { branches } = states[state]!;
      const code = character.codePointAt(0)!;
      if (!branches.has(code)) branches.set(code, states.push({ branches: new Map(), isEnd: true }) - 1);
      state = branches.get(code)!;
    }
    states[state]!.isEnd = false;
  }
  return CharacterAutomaton.trim(
    states.map(({ branches, isEnd }) => {
      const own = [...branches].sort(([a], [b]) => a - b);
      const taken = own.map(([code, target]): Step => ({ from: code, to: code, target }));
      // The second state is where all strings end that are none of the given.
      const steps = everyCharacter.flatMap(([from, to]) =>
        splitBy(
          { from, to, target: 1 },
          taken.filter((step) => step.from >= from && step.to <= to),
        ),
      );
      return { steps: steps.map(([from, to, target]) => ({ from, to, target: target < 0 ? 1 : target })), isEnd };
    }),
  )!;
}

/** The parts of a step's range, each with the target of the cut that covers it, or -1. */
function splitBy({ from, to }: Step, cuts: readonly Step[]): readonly (readonly [number, number, number])[] {
  const parts: (readonly [number, number, number])[] = [];
  let at = from;
  for (const cut of cuts) {
    if (cut.from > at) parts.push([at, cut.from - 1, -1]);
    parts.push([Math.max(at, cut.from), Math.min(to, cut.to), cut.target]);
    at = Math.min(to, cut.to) + 1;
  }
  if (at <= to) parts.push([at, to, -1]);
  return parts;
}

const everyCharacter: CharacterSet = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
];

function isFree({ steps, isEnd }: AutomatonState, self: number): boolean {
  return (
    isEnd &&
    steps.length === everyCharacter.length &&
    steps.every(({ from, to, target }, index) => {
      const [first, last] = everyCharacter[index]!;
      return target === self && from === first && to === last;
    })
  );
}

function joinNeighbours(steps: readonly Step[]): readonly CostedStep[] {
  const joined: Step[] = [];
  for (const step of steps) {
    const last = joined.at(-1);
    if (last && last.target === step.target && last.to + 1 === step.from) {
      joined[joined.length - 1] = { ...last, to: step.to };
    } else joined.push(step);
  }
  return joined.map((step) => ({ ...step, bytes: bytesOfCheapest(step.from, step.to) }));
}

/** The states from which an end can be reached. */
function findLiving(states: readonly AutomatonState[]): ReadonlySet<number> {
  const before: number[][] = states.map(() => []);
  for (const [state, { steps }] of states.entries()) {
    for (const { target } of steps) if (target >= 0) before[target]!.push(state);
  }
  const living = new Set([...states.keys()].filter((state) => states[state]!.isEnd));
  for (const state of living) for (const earlier of before[state]!) living.add(earlier);
  return living;
}
