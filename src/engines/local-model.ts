/** Models that the operator added from files of their own: what is kept of them, and in which file. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Quantization } from '../generation/preferences.ts';

/** `author/name` without a variant, in lower case. */
export const LOCAL_MODEL_ID = /^[a-z0-9][a-z0-9._-]{0,60}\/[a-z0-9][a-z0-9._-]{0,100}$/;
const MODELS_MAX = 200;

const QUANTIZATIONS = [
  ...(['int4', 'int8', 'fp4', 'mxfp4', 'nvfp4', 'fp6', 'fp8', 'mxfp8', 'fp16', 'bf16', 'fp32', 'unknown'] as const),
] as const satisfies readonly Quantization[];
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const path = z.string().min(1).max(4096);
const shapeSchema = z.strictObject({
  layers: count,
  keyValueHeads: count,
  keyLength: count,
  valueLength: count,
  width: count,
  vocabulary: count,
  window: z.strictObject({ tokens: count, layers: count }).readonly().optional(),
});

const entrySchema = z.strictObject({
  id: z.string().regex(LOCAL_MODEL_ID),
  /** For people. */
  name: z.string().min(1).max(200),
  /** The file, or all parts of a split one in order. */
  parts: z.array(path).min(1).max(1000).readonly(),
  /** Of all parts. */
  bytes: count,
  projector: path.optional(),
  projectorBytes: count.default(0),
  architecture: z.string().min(1).max(100),
  /** As llama.cpp names it, such as `Q4_K_M`. */
  format: z.string().max(40).optional(),
  quantization: z.enum(QUANTIZATIONS),
  tools: z.boolean(),
  shape: shapeSchema.readonly(),
  /** Tokens that each request may have. */
  contextTokens: z.int().min(256).max(100_000_000),
  /** Requests at a time. */
  slots: z.int().min(1).max(256),
  /** Path of a `llama-server`; without it one is looked for at each start. */
  engine: path.optional(),
  /** Loaded when the gateway starts, not only when somebody asks. */
  autoload: z.boolean().default(false),
  /** Leaves memory after so long without a request; 0 is never. The gateway's own setting unless given. */
  idleMinutes: z.number().min(0).max(525_600).optional(),
  /** Loaded although its need was more than this machine has. */
  force: z.boolean().default(false),
  /** ISO date and time. */
  addedAt: z.string().max(40),
  /** What the operator last asked a running gateway for; milliseconds since 1970. */
  wish: z
    .strictObject({ to: z.enum(['load', 'unload']), atMs: z.number() })
    .readonly()
    .optional(),
});

export type LocalModelEntry = Readonly<z.infer<typeof entrySchema>>;

const fileSchema = z.strictObject({ version: z.literal(1), models: z.array(entrySchema).max(MODELS_MAX) });

/** What is wrong with the file, in words for the operator. */
export class LocalModelsError extends Error {
  override readonly name = 'LocalModelsError';
}

export function localModelsPath(home: string): string {
  return join(home, 'models.json');
}

/** An empty text is no models. Throws `LocalModelsError`. */
export function parseLocalModels(text: string): readonly LocalModelEntry[] {
  if (text.trim() === '') return [];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new LocalModelsError('models.json is not valid JSON');
  }
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LocalModelsError(`models.json: ${issue?.path.map(String).join('.') || '(top)'}: ${issue?.message}`);
  }
  const ids = new Set(parsed.data.models.map(({ id }) => id));
  if (ids.size !== parsed.data.models.length) throw new LocalModelsError('models.json names one model twice');
  return parsed.data.models;
}

export function readLocalModels(home: string): readonly LocalModelEntry[] {
  let text: string;
  try {
    text = readFileSync(localModelsPath(home), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new LocalModelsError(`models.json cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  return parseLocalModels(text);
}

/**
 * Reads, changes and writes in one go, with nothing of ours in between: two commands at once each keep the other's change. A
 * reader sees the file before or after, never half of it.
 */
export function changeLocalModels(
  home: string,
  change: (models: readonly LocalModelEntry[]) => readonly LocalModelEntry[],
): readonly LocalModelEntry[] {
  const models = change(readLocalModels(home));
  const text = `${JSON.stringify({ version: 1, models }, undefined, 2)}\n`;
  // What we write must be what we would read.
  parseLocalModels(text);
  writeWhole(localModelsPath(home), text);
  return models;
}

/** Writes a file whole or not at all. Only its owner may read it. */
export function writeWhole(target: string, text: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flush: true });
    chmodSync(temporary, 0o600);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
