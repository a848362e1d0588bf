import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { ReasoningPiece } from '../../generation/reasoning.ts';

/** Whose thinking this format was made for: only there are signatures read. */
export const CLAUDE = 'anthropic-claude-v1';

/** Begins a signature of ours. Anthropic's own are plain base64, which has no dot. */
export const SEAL_MARK = 'trunkline.v1.';

const sealSchema = z.object({
  kind: z.enum(['text', 'summary', 'encrypted', 'server_tool_call']),
  text: z.string().optional(),
  signature: z.string().optional(),
  id: z.string().optional(),
  format: z.string().optional(),
});

/** Kinds that people read; the others go into a block that only the model reads. */
export function isReadableKind(kind: ReasoningPiece['kind']): boolean {
  return kind === 'text' || kind === 'summary';
}

/**
 * A piece of reasoning as a block. What a block has no word for, such as whose the reasoning is, travels in the signature, which
 * every client sends back as it came: so the reasoning of any model finds its way home.
 */
export function encodeThinking(piece: ReasoningPiece): JsonObject {
  if (isReadableKind(piece.kind)) {
    return { type: 'thinking', thinking: piece.text, signature: signatureOf(piece) };
  }
  return { type: 'redacted_thinking', data: dataOf(piece) };
}

export function signatureOf(piece: ReasoningPiece): string {
  const { text: _, ...rest } = piece;
  return isClaudes(piece) && piece.kind === 'text' ? (piece.signature ?? '') : seal(rest);
}

export function dataOf(piece: ReasoningPiece): string {
  const isPlain = isClaudes(piece) && piece.kind === 'encrypted' && piece.signature === undefined;
  return isPlain ? piece.text : seal(piece);
}

/** Undefined for a block that is no thinking. */
export function decodeThinking(block: JsonObject): ReasoningPiece | undefined {
  if (block.type === 'thinking' && typeof block.thinking === 'string') {
    const signature = typeof block.signature === 'string' ? block.signature : '';
    const sealed = unseal(signature);
    if (sealed) return { ...sealed, text: block.thinking };
    return { kind: 'text', text: block.thinking, ...(signature !== '' && { signature }), format: CLAUDE };
  }
  if (block.type === 'redacted_thinking' && typeof block.data === 'string') {
    return unseal(block.data) ?? { kind: 'encrypted', text: block.data, format: CLAUDE };
  }
  return undefined;
}

function isClaudes(piece: ReasoningPiece): boolean {
  return piece.format === CLAUDE && piece.id === undefined;
}

function seal(piece: Omit<ReasoningPiece, 'text'> & { readonly text?: string }): string {
  return SEAL_MARK + Buffer.from(JSON.stringify(piece)).toString('base64url');
}

function unseal(text: string): ReasoningPiece | undefined {
  if (!text.startsWith(SEAL_MARK)) return undefined;
  const parsed = sealSchema.safeParse(readJson(Buffer.from(text.slice(SEAL_MARK.length), 'base64url').toString()));
  if (!parsed.success) return undefined;
  const { kind, text: words = '', signature, id, format } = parsed.data;
  return {
    kind,
    text: words,
    ...(signature !== undefined && { signature }),
    ...(id !== undefined && { id }),
    ...(format !== undefined && { format }),
  };
}

function readJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
