const encoder = new TextEncoder();

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly insert: Uint8Array;
}

/** Replaces byte ranges of a document, leaving every other byte as it is. Ranges must not overlap. */
export class ByteEdits {
  readonly #edits: Edit[] = [];

  replace(start: number, end: number, insert: string | Uint8Array): void {
    this.#edits.push({ start, end, insert: typeof insert === 'string' ? encoder.encode(insert) : insert });
  }

  get isEmpty(): boolean {
    return this.#edits.length === 0;
  }

  apply(bytes: Uint8Array): Uint8Array {
    if (this.#edits.length === 0) return bytes;
    const edits = this.#edits.sort((a, b) => a.start - b.start || a.end - b.end);
    let length = bytes.length;
    for (const edit of edits) length += edit.insert.length - (edit.end - edit.start);
    const result = new Uint8Array(length);
    let from = 0;
    let to = 0;
    for (const edit of edits) {
      result.set(bytes.subarray(from, edit.start), to);
      to += edit.start - from;
      result.set(edit.insert, to);
      to += edit.insert.length;
      from = edit.end;
    }
    result.set(bytes.subarray(from), to);
    return result;
  }
}

/** Joins byte strings into one. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** JSON may hold line feeds between its tokens, where a space says the same and breaks no line of a stream. */
export function withoutLineFeeds(bytes: Uint8Array): Uint8Array {
  return bytes.includes(0x0a) ? bytes.map((byte) => (byte === 0x0a ? 0x20 : byte)) : bytes;
}
