import type { ByteEdits } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { Loss } from '../../generation/loss.ts';

const MARK = 'cache_control';

/**
 * Removes the marks for caches from messages or tools, for a provider that answers one with an error. They stand on a message or
 * tool, or one level below, never deeper: what a tool's parameters are called is the caller's own affair. `offset` is where the
 * edited bytes begin in the document.
 */
export function stripMarks(document: JsonDocument, list: number, offset: number, edits: ByteEdits): readonly Loss[] {
  const name = document.key(list);
  const losses: Loss[] = [];
  const strip = (holder: number, path: string): void => {
    if (document.kind(holder) !== 'object') return;
    const members = [...document.children(holder)];
    const at = members.findIndex((member) => document.hasKey(member, MARK));
    if (at < 0) return;
    const mark = members[at]!;
    const [before, after] = [members[at - 1], members[at + 1]];
    // One comma goes with it.
    const start = before === undefined ? document.keyStart(mark) : document.end(before);
    const end = before === undefined && after !== undefined ? document.keyStart(after) : document.end(mark);
    edits.replace(start - offset, end - offset, '');
    losses.push({ field: `${path}.${MARK}`, outcome: 'dropped', reason: 'the provider takes no marks' });
  };
  for (const [index, item] of [...document.children(list)].entries()) {
    const path = `${name}.${index}`;
    strip(item, path);
    if (document.kind(item) !== 'object') continue;
    const inner = document.member(item, name === 'tools' ? 'function' : 'content');
    if (inner === undefined) continue;
    if (document.kind(inner) === 'object') strip(inner, `${path}.function`);
    if (document.kind(inner) !== 'array') continue;
    for (const [place, part] of [...document.children(inner)].entries()) strip(part, `${path}.content.${place}`);
  }
  return losses;
}

/** Most requests have none: a look at the bytes says so. */
export function mayHoldMarks(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(MARK);
}
