/**
 * Text of any kind, until a call begins in it: `{"name": "get_weather"` with the name of a function. From there on, what
 * follows is that function's, and then free text again.
 */
import type { CharacterAutomaton } from './character-automaton.ts';
import { compilePattern } from './compile-pattern.ts';
import { Language, type Languages } from './language.ts';
import { continuations, rangeAfter } from './utf8-language.ts';
import { Work } from './work.ts';

export interface Trigger {
  readonly name: string;
  /** What follows the name's closing quote. */
  readonly rest: Language;
}

/** JSON's spaces; the type is one that models like to add. */
const HEAD =
  '\\{[ \\t\\r\\n]*(?:"type"[ \\t\\r\\n]*:[ \\t\\r\\n]*"function"[ \\t\\r\\n]*,[ \\t\\r\\n]*)?"name"[ \\t\\r\\n]*:[ \\t\\r\\n]*"';
/** Stands for all characters beyond ASCII: the head has none. */
const BEYOND_ASCII = 0x80;

interface NameBranch {
  readonly id: number;
  readonly branches: Map<number, NameBranch>;
  rest: Language | undefined;
}

export function freeText(languages: Languages, triggers: readonly Trigger[]): Language {
  return new TextFollower(languages, triggers).search(0);
}

class TextFollower {
  readonly languages: Languages;
  readonly head: CharacterAutomaton;
  readonly #names: NameBranch;
  readonly #number: number;

  constructor(languages: Languages, triggers: readonly Trigger[]) {
    this.languages = languages;
    this.head = compilePattern(HEAD, new Work(1_000_000));
    this.#number = languages.newNumber();
    let nextId = 0;
    this.#names = { id: nextId++, branches: new Map(), rest: undefined };
    for (const { name, rest } of triggers) {
      let at = this.#names;
      for (const byte of new TextEncoder().encode(`${name}"`)) {
        if (!at.branches.has(byte)) at.branches.set(byte, { id: nextId++, branches: new Map(), rest: undefined });
        at = at.branches.get(byte)!;
      }
      at.rest = rest;
    }
  }

  /** Free text, in which the head of a call has come as far as the state. */
  search(state: number): Language {
    if (this.head.states[state]!.isEnd) return this.name(this.#names);
    return this.languages.intern(`text ${this.#number} ${state}`, (id) => new Search(id, this, state));
  }

  /** The name behind a head, as far as it is one of a function. */
  name(branch: NameBranch): Language {
    if (branch.rest) return this.languages.sequence(branch.rest, this.search(0));
    return this.languages.intern(`text name ${this.#number} ${branch.id}`, (id) => new Name(id, this, branch));
  }
}

class Search extends Language {
  readonly #follower: TextFollower;
  readonly #state: number;

  constructor(id: number, follower: TextFollower, state: number) {
    super(id, { bytesMin: 0, isComplete: true });
    this.#follower = follower;
    this.#state = state;
  }

  protected derive(byte: number): Language {
    const { head, languages } = this.#follower;
    const next = this.#follower.search(head.after(this.#state, Math.min(byte, BEYOND_ASCII)));
    if (byte < 0x80) return next;
    const range = rangeAfter(byte);
    return range ? languages.sequence(continuations(languages, range), next) : languages.none;
  }
}

class Name extends Language {
  readonly #follower: TextFollower;
  readonly #branch: NameBranch;

  constructor(id: number, follower: TextFollower, branch: NameBranch) {
    super(id, { bytesMin: 0, isComplete: true });
    this.#follower = follower;
    this.#branch = branch;
  }

  protected derive(byte: number): Language {
    const next = this.#branch.branches.get(byte);
    // No name has a brace in it, so no head has begun within what was read of it.
    return next ? this.#follower.name(next) : this.#follower.search(0).after(byte);
  }
}
