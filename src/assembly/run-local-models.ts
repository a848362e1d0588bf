/** The operator's own models in a running gateway: what `models.json` names is offered, and what the gateway does with it is written down. */
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/read-config.ts';
import { watchFile } from '../config/watch-file.ts';
import {
  type LocalModelEntry,
  LocalModelsError,
  localModelsPath,
  parseLocalModels,
  readLocalModels,
} from '../engines/local-model.ts';
import { LocalModelHost, type LocalModelOffer } from '../engines/local-model-host.ts';
import { describeLocalEngine, dropLocalState, writeLocalState } from '../engines/local-state.ts';
import { machineReaders } from './machine-readers.ts';
import type { Settings } from './settings.ts';

export interface LocalModelsOptions {
  readonly settings: Settings;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** The folder of the installation. */
  readonly installation: string;
  /** Of the gateway, for people. */
  readonly address: string;
  onOffers(offers: readonly LocalModelOffer[]): void;
}

/** Loading changes by the moment; people look twice a second. */
const WRITE_MS = 500;

/** Returns what stops them all. */
export function runLocalModels(options: LocalModelsOptions): { stop(): Promise<void> } {
  const { settings, config, clock, log, installation } = options;
  const { memory_gb, idle_minutes, load_wait_seconds } = config.local_engines;
  let print = '[]';
  let cancelWrite: (() => void) | undefined;
  const write = () => {
    cancelWrite = undefined;
    const models = host.models().map(describeLocalEngine);
    try {
      writeLocalState(settings.home, { pid: process.pid, address: options.address, models });
    } catch (error) {
      log.write('warn', 'The state of local models cannot be written', { reason: String(error) });
    }
  };
  const host = new LocalModelHost({
    ...{ clock, log },
    fetch: (url, init) => fetch(url, init),
    environment: settings.environment,
    tied: [process.execPath, join(installation, 'src', 'engines', 'run-tied.ts')],
    nodeLlama: {
      door: [process.execPath, join(installation, 'src', 'engines', 'node-llama-door.ts')],
      folders: [settings.home, installation],
    },
    idleMinutes: idle_minutes,
    waitMaxMs: load_wait_seconds * 1000,
    readers: machineReaders(),
    ...(memory_gb !== undefined && { budgetBytes: memory_gb * 1e9 }),
    onChange() {
      const offers = host.offers();
      const now = JSON.stringify(offers);
      if (now !== print) options.onOffers(offers);
      print = now;
      cancelWrite ??= clock.after(WRITE_MS, write);
    },
  });
  host.follow(entriesOf(() => readLocalModels(settings.home), log) ?? []);
  write();
  const stopWatching = watchFile(localModelsPath(settings.home), clock, (text) => {
    // A file that cannot be read changes nothing.
    const entries = entriesOf(() => parseLocalModels(text), log);
    if (entries) host.follow(entries);
  });
  return {
    async stop() {
      stopWatching();
      await host.stop();
      cancelWrite?.();
      dropLocalState(settings.home);
    },
  };
}

function entriesOf(read: () => readonly LocalModelEntry[], log: Log): readonly LocalModelEntry[] | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LocalModelsError)) throw error;
    log.write('error', 'The list of local models is not valid; the last good one stays', { reason: error.message });
    return undefined;
  }
}
