import type { JsonDocument } from '../../base/json-scan.ts';
import type { PromptPiece } from '../../generation/request.ts';

/** Tools first: the templates of chat models put them before everything else, so another tool is another beginning. */
export function* chatPieces(document: JsonDocument, fields: ReadonlyMap<string, number>): Generator<PromptPiece> {
  const tools = fields.get('tools');
  if (tools !== undefined) yield text(document, tools);
  for (const message of document.children(fields.get('messages')!)) {
    const role = document.member(message, 'role');
    if (role !== undefined) yield text(document, role);
    const content = document.member(message, 'content');
    if (content !== undefined && document.kind(content) === 'array') {
      for (const part of document.children(content)) yield readPart(document, part);
    } else if (content !== undefined) yield text(document, content);
    const calls = document.member(message, 'tool_calls');
    if (calls !== undefined) yield text(document, calls);
  }
}

function readPart(document: JsonDocument, part: number): PromptPiece {
  const words = document.member(part, 'text');
  if (words !== undefined) return text(document, words);
  return { bytes: document.bytes.subarray(document.start(part), document.end(part)), isMedia: true };
}

/** With its quotes: they keep two short pieces from reading like one. */
function text(document: JsonDocument, node: number): PromptPiece {
  return { bytes: document.bytes.subarray(document.start(node), document.end(node)), isMedia: false };
}
