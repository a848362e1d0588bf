/** Finds tokens that stand in a text by name, such as `<|eot|>`: the leftmost, of several there the longest. */
interface Node {
  readonly next: Map<number, Node>;
  token: number;
}

export interface FoundToken {
  readonly token: number;
  readonly start: number;
  readonly end: number;
}

export class SpecialFinder {
  readonly #root: Node = { next: new Map(), token: -1 };

  constructor(names: Iterable<readonly [name: string, token: number]>) {
    for (const [name, token] of names) this.#add(name, token);
  }

  /** The first one at or behind `from`. */
  find(text: string, from: number): FoundToken | undefined {
    if (this.#root.next.size === 0) return undefined;
    for (let start = from; start < text.length; start++) {
      if (!this.#root.next.has(text.charCodeAt(start))) continue;
      const found = this.#findAt(text, start);
      if (found) return found;
    }
    return undefined;
  }

  #findAt(text: string, start: number): FoundToken | undefined {
    let found: FoundToken | undefined;
    let node: Node | undefined = this.#root;
    for (let at = start; at < text.length && node; ) {
      node = node.next.get(text.charCodeAt(at++));
      if (node && node.token >= 0) found = { token: node.token, start, end: at };
    }
    return found;
  }

  #add(name: string, token: number): void {
    let node = this.#root;
    for (let at = 0; at < name.length; at++) {
      const letter = name.charCodeAt(at);
      let next = node.next.get(letter);
      if (!next) {
        next = { next: new Map(), token: -1 };
        node.next.set(letter, next);
      }
      node = next;
    }
    if (node !== this.#root) node.token = token;
  }
}
