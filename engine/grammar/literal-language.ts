/** A fixed list of texts. */
import { Language, type Languages } from './language.ts';

export interface LiteralBranch {
  readonly id: number;
  readonly branches: Map<number, LiteralBranch>;
  isEnd: boolean;
  /** Of the shortest text from here. */
  bytesMin: number;
}

const utf8 = new TextEncoder();

export function literals(languages: Languages, texts: Iterable<string>): Language {
  let nextId = 0;
  const branch = (): LiteralBranch => ({ id: nextId++, branches: new Map(), isEnd: false, bytesMin: Infinity });
  const root = branch();
  const list = [...texts].map((text) => utf8.encode(text));
  for (const bytes of list) {
    let at = root;
    for (const [index, byte] of bytes.entries()) {
      at.bytesMin = Math.min(at.bytesMin, bytes.length - index);
      if (!at.branches.has(byte)) at.branches.set(byte, branch());
      at = at.branches.get(byte)!;
    }
    at.isEnd = true;
    at.bytesMin = 0;
  }
  // Lists of equal texts are one language, wherever in the schema they stand.
  return literalAt(languages, languages.numberOf(JSON.stringify([...texts])), root);
}

function literalAt(languages: Languages, list: number, at: LiteralBranch): Language {
  return languages.intern(`literal ${list} ${at.id}`, (id) => new Literal(id, languages, list, at));
}

class Literal extends Language {
  readonly #languages: Languages;
  readonly #list: number;
  readonly #at: LiteralBranch;

  constructor(id: number, languages: Languages, list: number, at: LiteralBranch) {
    super(id, { bytesMin: at.bytesMin, isComplete: at.isEnd });
    this.#languages = languages;
    this.#list = list;
    this.#at = at;
  }

  protected derive(byte: number): Language {
    const next = this.#at.branches.get(byte);
    if (!next) return this.#languages.none;
    return next.branches.size === 0 ? this.#languages.end : literalAt(this.#languages, this.#list, next);
  }
}
