import type { JsonObject } from '../../base/json.ts';
import { ByteEdits, withoutLineFeeds } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';

export interface MemberEdits {
  /** An object of the document. */
  readonly holder: number;
  /** Members that get these values, there before or not. */
  readonly set?: JsonObject;
  /** Members that get these values only where they are not there. */
  readonly fill?: JsonObject;
}

/** The document with members of its objects replaced or added at their end; every other byte stays, but no line is broken. */
export function spliceMembers(document: JsonDocument, ...all: readonly MemberEdits[]): Uint8Array {
  const edits = new ByteEdits();
  for (const { holder, set = {}, fill = {} } of all) {
    let added = '';
    const add = (name: string, value: unknown): void => {
      added += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
    };
    for (const [name, value] of Object.entries(set)) {
      const node = document.member(holder, name);
      if (node === undefined) add(name, value);
      else edits.replace(document.start(node), document.end(node), JSON.stringify(value));
    }
    for (const [name, value] of Object.entries(fill)) {
      if (!(name in set) && document.member(holder, name) === undefined) add(name, value);
    }
    const isEmpty = document.after(holder) === holder + 1;
    const close = document.end(holder) - 1;
    if (added !== '') edits.replace(close, close, isEmpty ? added.slice(1) : added);
  }
  return withoutLineFeeds(edits.apply(document.bytes));
}
