import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Catalog } from './catalog.ts';
import { contentHash } from './content-hash.ts';
import type { Endpoint } from './endpoint.ts';
import { makeCatalog } from './make-catalog.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from './snapshot.ts';
import { OVERLAY_FILES } from './sources/overlay-files.ts';

const ROOT = join(import.meta.dir, '..', '..');
export const DATA_FOLDER = join(ROOT, 'data');
export const SNAPSHOT_FILE = join(ROOT, 'dist', 'catalogue.snapshot.json');

/** Raised when the snapshot of the same inputs comes out differently: code that reads or merges sources has changed. */
const BUILDER_VERSION = 9;

/** What a provider's terms say of prompts. Absent means unknown. */
export interface DataPolicyFacts {
  readonly trainsOnPrompts?: boolean;
  readonly zeroDataRetention?: boolean;
}

export interface LoadOptions {
  /** Aggregators that the operator has connected; the others are not offered. */
  readonly aggregators?: readonly string[];
  /** By provider id. */
  readonly dataPolicies?: ReadonlyMap<string, DataPolicyFacts>;
  readonly snapshotFile?: string;
  readonly dataFolder?: string;
}

/**
 * The public catalogue, from the snapshot that the install made. Without one, or with one made from other inputs, it is built
 * now (about a second) and kept for the next start when the folder can be written.
 */
export async function loadCatalog(options: LoadOptions = {}): Promise<Catalog> {
  const { snapshotFile = SNAPSHOT_FILE, dataFolder = DATA_FOLDER } = options;
  const inputs = readInputs(dataFolder);
  const kept = readSnapshot(snapshotFile);
  const snapshot = kept?.inputs === inputs ? kept : await writeSnapshot(snapshotFile, dataFolder);
  return catalogOf(snapshot, options);
}

/** Builds the snapshot and keeps it. A folder that can't be written is no failure: it is built again at the next start. */
export async function writeSnapshot(snapshotFile = SNAPSHOT_FILE, dataFolder = DATA_FOLDER): Promise<Snapshot> {
  // Loaded only here: the source packages weigh megabytes that a start should not read.
  const { buildSnapshot } = await import('./build-snapshot.ts');
  const { snapshot } = buildSnapshot(dataFolder, readInputs(dataFolder));
  try {
    mkdirSync(dirname(snapshotFile), { recursive: true });
    const unfinished = `${snapshotFile}.${process.pid}`;
    writeFileSync(unfinished, encodeSnapshot(snapshot));
    renameSync(unfinished, snapshotFile);
  } catch {
    // A read-only installation.
  }
  return snapshot;
}

/** The models that something offers, and those of which only that much is known. */
export function catalogOf(
  snapshot: Snapshot,
  options: Pick<LoadOptions, 'aggregators' | 'dataPolicies'> = {},
): Catalog {
  const { aggregators = [], dataPolicies } = options;
  const hidden = new Set(snapshot.aggregators.filter((id) => !aggregators.includes(id)));
  const endpoints = new Map<string, Endpoint[]>();
  for (const endpoint of snapshot.endpoints) {
    if (hidden.has(endpoint.providerId)) continue;
    const policy = dataPolicies?.get(endpoint.providerId);
    const offered = endpoints.get(endpoint.modelId);
    const complete = policy ? { ...endpoint, ...policy } : endpoint;
    if (offered) offered.push(complete);
    else endpoints.set(endpoint.modelId, [complete]);
  }
  const settings = JSON.stringify([[...aggregators].sort(), [...(dataPolicies ?? [])]]);
  return makeCatalog({
    version: settings === '[[],[]]' ? snapshot.version : contentHash(snapshot.version + settings),
    builtAt: snapshot.builtAt,
    models: snapshot.models.filter((model) => endpoints.has(model.id)),
    endpoints,
  });
}

const manifestSchema = z.looseObject({ dependencies: z.record(z.string(), z.string()) });

/** Changes with every overlay file, with the packages' versions and with the builder. */
function readInputs(dataFolder: string): string {
  const files = OVERLAY_FILES.map((file) => readFileSync(join(dataFolder, file), 'utf8'));
  const { dependencies } = manifestSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  const packages = ['@earendil-works/pi-ai', '@pydantic/genai-prices'].map((name) => dependencies[name]);
  return contentHash(JSON.stringify([BUILDER_VERSION, packages, files]));
}

function readSnapshot(file: string): Snapshot | undefined {
  try {
    return decodeSnapshot(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
