import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** One row of `@earendil-works/pi-ai`. Prices are US dollars per million tokens. */
export type PiRow = z.infer<typeof rowSchema>;

export interface PiData {
  /** ISO date on which the package's authors read their sources. */
  readonly seenAt: string;
  /** By pi-ai's provider id. */
  readonly providers: ReadonlyMap<string, readonly PiRow[]>;
}

/** The shape this reader was written for; another one must be looked at by a person first. */
const SCHEMA_VERSION = 6;

const cost = { input: z.number(), output: z.number(), cacheRead: z.number(), cacheWrite: z.number() };
const rowSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  api: z.string(),
  type: z.string(),
  reasoning: z.boolean().default(false),
  input: z.array(z.string()),
  output: z.array(z.string()).optional(),
  cost: z.object({
    ...cost,
    tiers: z.array(z.object({ inputTokensAbove: z.number(), ...cost })).optional(),
  }),
  contextWindow: z.number().optional(),
  maxTokens: z.number().optional(),
  compat: z
    .object({ supportsStrictMode: z.boolean().optional(), supportsTemperature: z.boolean().optional() })
    .optional(),
  thinkingLevelMap: z.record(z.string(), z.unknown()).optional(),
});
const fileSchema = z.record(z.string(), z.record(z.string(), rowSchema));
const manifestSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  generatedAt: z.string(),
  files: z.record(z.string(), z.string()),
});

/** Reads the package's data files, none of its code. Each must be as its manifest says. */
export function readPi(): PiData {
  const folder = join(
    dirname(fileURLToPath(import.meta.resolve('@earendil-works/pi-ai/providers/openai.models'))),
    'data',
  );
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, '.manifest.json'), 'utf8')));
  const providers = new Map<string, readonly PiRow[]>();
  for (const [file, sha256] of Object.entries(manifest.files)) {
    const bytes = readFileSync(join(folder, file));
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error(`pi-ai's ${file} is damaged`);
    const groups = fileSchema.parse(JSON.parse(bytes.toString('utf8')));
    providers.set(
      file.replace(/\.json$/, ''),
      Object.values(groups).flatMap((group) => Object.values(group)),
    );
  }
  return { seenAt: manifest.generatedAt.slice(0, 10), providers };
}
