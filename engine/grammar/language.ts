import { Work } from './work.ts';

/**
 * A set of texts, by their bytes: what may still be written. Taking a byte off it gives the set of what may be written
 * after that byte (Brzozowski's derivative), so a language is also a state of the machine that follows an answer, and one
 * that holds a stack: what is open stands in a sequence behind what comes first.
 *
 * Languages are interned: equal ones, made from equal parts, are the same object. So alternatives that go on alike become
 * one, and what is worked out for a language once (its successors, its token mask) holds wherever it comes up again.
 */
export abstract class Language {
  readonly id: number;
  /** Length of its shortest text. Infinite where it has none, and then it is `languages.none`. */
  readonly bytesMin: number;
  /** Whether the empty text is in it: the writer may stop here. */
  readonly isComplete: boolean;
  /** So many characters of a JSON string may come next, whatever they are. */
  readonly freeCharacters: number;
  #successors: (Language | undefined)[] | undefined;

  constructor(id: number, facts: LanguageFacts) {
    this.id = id;
    this.bytesMin = facts.bytesMin;
    this.isComplete = facts.isComplete ?? false;
    this.freeCharacters = facts.freeCharacters ?? 0;
  }

  /** What may be written after the byte; `languages.none` when it may not come next. */
  after(byte: number): Language {
    this.#successors ??= new Array<Language | undefined>(256);
    this.#successors[byte] ??= this.derive(byte);
    return this.#successors[byte];
  }

  /** Frees what `after` has worked out. */
  forget(): void {
    this.#successors = undefined;
  }

  protected abstract derive(byte: number): Language;
}

export interface LanguageFacts {
  readonly bytesMin: number;
  readonly isComplete?: boolean;
  readonly freeCharacters?: number;
}

/** Some 12 MB with all that is worked out for them: beyond so many languages, the known ones are forgotten. */
const LANGUAGES_MAX = 5_000;

/** An answer's grammar leaves so many readings open that following them all would take too long. */
export class AmbiguityError extends Error {
  override readonly name = 'AmbiguityError';
}

/** Makes languages and keeps them apart. Each grammar has its own. */
export class Languages {
  /** What reading the grammar's schemas may still cost, and what their patterns may. */
  readonly schemaWork = new Work(100_000);
  readonly patternWork = new Work(4_000_000);
  readonly none: Language;
  /** Has the empty text only. */
  readonly end: Language;
  readonly #known = new Map<string, Language>();
  readonly #made = new Map<string, Language>();
  readonly #numbers = new Map<string, number>();
  #nextNumber = 0;
  #nextId = 0;
  /** Languages made and alternatives looked at, less what each `rest` makes good. */
  #work = WORK_MAX - SCHEMA_WORK_MAX;

  constructor() {
    this.none = this.intern('none', (id) => new Fixed(id, { bytesMin: Number.POSITIVE_INFINITY }, this));
    this.end = this.intern('end', (id) => new Fixed(id, { bytesMin: 0, isComplete: true }, this));
  }

  /** The language known by the key, or the one that `make` makes. */
  intern(key: string, make: (id: number) => Language): Language {
    const known = this.#known.get(key);
    if (known) return known;
    this.spend(1);
    const made = make(this.#nextId++);
    // Every state is one that can still be completed: what cannot is the same dead end.
    const kept = made.bytesMin === Number.POSITIVE_INFINITY && key !== 'none' ? this.none : made;
    this.#known.set(key, kept);
    return kept;
  }

  /** Called between two tokens: frees memory, where too much is held, and gives the next token its share of work. */
  rest(): void {
    this.#work = Math.max(0, this.#work - WORK_PER_TOKEN);
    if (this.#known.size <= LANGUAGES_MAX) return;
    for (const language of this.#known.values()) language.forget();
    this.#known.clear();
    this.#made.clear();
    this.#known.set('none', this.none).set('end', this.end);
  }

  /** What was done until now was for reading schemas: it is not the first token's. */
  begin(): void {
    this.#work = 0;
  }

  /** Throws an `AmbiguityError` when too much was done. */
  spend(work: number): void {
    this.#work += work;
    if (this.#work > WORK_MAX) throw new AmbiguityError('the schema leaves too many readings open at once');
  }

  /** How many are held. */
  get size(): number {
    return this.#known.size;
  }

  /** A number that no other part of the grammar has. */
  newNumber(): number {
    return this.#nextNumber++;
  }

  /** A short name for a long text: the same one for the same text. */
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** The language that was made under this key, or the one that `make` makes: for those that are made of many parts. */
  once(key: string, make: () => Language): Language {
    const known = this.#made.get(key);
    if (known) return known;
    const made = make();
    this.#made.set(key, made);
    return made;
  }

  text(text: string): Language {
    if (text === '') return this.end;
    return this.once(`text ${text}`, () => this.textAt({ number: this.newNumber(), bytes: utf8.encode(text) }, 0));
  }

  textAt(text: NumberedText, index: number): Language {
    if (index === text.bytes.length) return this.end;
    return this.intern(`text ${text.number} ${index}`, (id) => new Text(id, { text, index }, this));
  }

  byteWithin(from: number, to: number): Language {
    if (from > to) return this.none;
    return this.intern(`byte ${from} ${to}`, (id) => {
      return new OneByte(id, new Uint8Array(256).fill(1, from, to + 1), this);
    });
  }

  /** One of the characters of the text, all ASCII. */
  characterOf(text: string): Language {
    if (text === '') return this.none;
    return this.intern(`one of ${text}`, (id) => {
      const isIn = new Uint8Array(256);
      for (const byte of utf8.encode(text)) isIn[byte] = 1;
      return new OneByte(id, isIn, this);
    });
  }

  sequence(...parts: readonly Language[]): Language {
    return this.sequenceOf(parts);
  }

  sequenceOf(parts: readonly Language[]): Language {
    return parts.reduceRight((rest, part) => this.#pair(part, rest), this.end);
  }

  either(parts: readonly Language[]): Language {
    const distinct = new Set<Language>();
    for (const part of parts) {
      if (part instanceof Either) for (const inner of part.parts) distinct.add(inner);
      else if (part !== this.none) distinct.add(part);
    }
    if (distinct.size === 0) return this.none;
    const list = [...distinct];
    if (list.length === 1) return list[0]!;
    list.sort((one, other) => one.id - other.id);
    return this.intern(`either ${list.map(({ id }) => id).join(' ')}`, (id) => new Either(id, list, this));
  }

  maybe(part: Language): Language {
    return this.either([part, this.end]);
  }

  /** `part` must not have the empty text. */
  repeat(part: Language, min: number, max: number): Language {
    if (max <= 0) return min <= 0 ? this.end : this.none;
    const from = Math.max(0, min);
    return this.intern(`repeat ${part.id} ${from} ${max}`, (id) => new Repeat(id, part, [from, max], this));
  }

  #pair(first: Language, rest: Language): Language {
    if (first === this.none || rest === this.none) return this.none;
    if (first === this.end) return rest;
    if (rest === this.end) return first;
    if (first instanceof Sequence) return this.#pair(first.first, this.#pair(first.rest, rest));
    return this.intern(`pair ${first.id} ${rest.id}`, (id) => new Sequence(id, first, rest, this));
  }
}

/** Some 20 ms; honest schemas need a tenth of it. */
const WORK_PER_TOKEN = 20_000;
/** What may be done beyond that: a schema's first tokens are dear, since nothing is known yet. */
const WORK_MAX = 500_000;
/** What reading a grammar's schemas may take of it. */
const SCHEMA_WORK_MAX = 100_000;
const utf8 = new TextEncoder();

class Fixed extends Language {
  readonly #languages: Languages;

  constructor(id: number, facts: LanguageFacts, languages: Languages) {
    super(id, facts);
    this.#languages = languages;
  }

  protected derive(): Language {
    return this.#languages.none;
  }
}

interface NumberedText {
  readonly number: number;
  readonly bytes: Uint8Array;
}

class Text extends Language {
  readonly #place: { readonly text: NumberedText; readonly index: number };
  readonly #languages: Languages;

  constructor(id: number, place: { readonly text: NumberedText; readonly index: number }, languages: Languages) {
    super(id, { bytesMin: place.text.bytes.length - place.index });
    this.#place = place;
    this.#languages = languages;
  }

  protected derive(byte: number): Language {
    const { text, index } = this.#place;
    return text.bytes[index] === byte ? this.#languages.textAt(text, index + 1) : this.#languages.none;
  }
}

class OneByte extends Language {
  readonly #isIn: Uint8Array;
  readonly #languages: Languages;

  constructor(id: number, isIn: Uint8Array, languages: Languages) {
    super(id, { bytesMin: 1 });
    this.#isIn = isIn;
    this.#languages = languages;
  }

  protected derive(byte: number): Language {
    return this.#isIn[byte] === 1 ? this.#languages.end : this.#languages.none;
  }
}

class Sequence extends Language {
  readonly first: Language;
  readonly rest: Language;
  readonly #languages: Languages;

  constructor(id: number, first: Language, rest: Language, languages: Languages) {
    super(id, {
      bytesMin: first.bytesMin + rest.bytesMin,
      isComplete: first.isComplete && rest.isComplete,
      freeCharacters: first.freeCharacters,
    });
    this.first = first;
    this.rest = rest;
    this.#languages = languages;
  }

  protected derive(byte: number): Language {
    const within = this.#languages.sequence(this.first.after(byte), this.rest);
    return this.first.isComplete ? this.#languages.either([within, this.rest.after(byte)]) : within;
  }
}

class Either extends Language {
  readonly parts: readonly Language[];
  readonly #languages: Languages;

  constructor(id: number, parts: readonly Language[], languages: Languages) {
    super(id, {
      bytesMin: parts.reduce((min, part) => Math.min(min, part.bytesMin), Number.POSITIVE_INFINITY),
      isComplete: parts.some((part) => part.isComplete),
      freeCharacters: parts.reduce((max, part) => Math.max(max, part.freeCharacters), 0),
    });
    this.parts = parts;
    this.#languages = languages;
  }

  protected derive(byte: number): Language {
    this.#languages.spend(this.parts.length);
    return this.#languages.either(this.parts.map((part) => part.after(byte)));
  }
}

class Repeat extends Language {
  readonly #part: Language;
  readonly #counts: readonly [min: number, max: number];
  readonly #languages: Languages;

  constructor(id: number, part: Language, counts: readonly [number, number], languages: Languages) {
    // An endless part may still be there no times; times zero it would be no number.
    super(id, { bytesMin: counts[0] === 0 ? 0 : part.bytesMin * counts[0], isComplete: counts[0] === 0 });
    this.#part = part;
    this.#counts = counts;
    this.#languages = languages;
  }

  protected derive(byte: number): Language {
    const first = this.#part.after(byte);
    if (first === this.#languages.none) return first;
    const [min, max] = this.#counts;
    return this.#languages.sequence(first, this.#languages.repeat(this.#part, min - 1, max - 1));
  }
}
