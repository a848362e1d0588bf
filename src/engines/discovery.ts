import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { ENGINE_KINDS, ENGINE_TRAITS, type Engine, type EngineKind } from './engine.ts';
import { type EngineFetch, Probe } from './probe.ts';
import { identifyEngine, type Reading } from './read-engines.ts';
import type { OllamaMemory } from './read-ollama.ts';

/** Where the engines listen unless told otherwise: Ollama, llama-server, vLLM, SGLang, LM Studio. */
export const DEFAULT_ENGINE_PORTS: readonly number[] = [11434, 8080, 8000, 30000, 1234];

export interface DiscoveryOptions {
  readonly fetch: EngineFetch;
  readonly clock: Clock;
  readonly log: Log;
  /** Loopback ports to ask; `DEFAULT_ENGINE_PORTS` unless given. */
  readonly ports?: readonly number[];
  /** Further addresses that the operator listed, with or without `/v1`. Only these may lie beyond loopback. */
  readonly extraBaseUrls?: readonly string[];
  /** Our own port, which is never asked: we would find ourselves. */
  readonly ownPort: number;
  /** Between two looks at an engine that is there. */
  readonly periodMs: number;
  /** The longest pause between two looks at an address where nothing is; 8 periods unless given. */
  readonly absentPeriodMaxMs?: number;
  /** `OLLAMA_CONTEXT_LENGTH` as the operator set it; 4,096, Ollama's smallest default, unless given. */
  readonly ollamaContextTokens?: number;
  /** How far a request may raise the context of an Ollama model; 32,768 unless given. */
  readonly ollamaContextTokensMax?: number;
  /** Called with all engines, and only when something about them changed. */
  onChange(engines: readonly Engine[]): void;
}

interface Address {
  readonly baseUrl: string;
  found: (Reading & { readonly kind: EngineKind }) | undefined;
  /** Looks in a row that found nothing. */
  misses: number;
  dueMs: number;
}

/** A busy engine may be late once; it is gone when it is silent twice. */
const MISSES_UNTIL_GONE = 2;

/** Keeps looking for engines on this machine. Costs one refused connection per port where there is none. */
export class EngineDiscovery {
  readonly #options: DiscoveryOptions;
  readonly #addresses: readonly Address[];
  readonly #memory: OllamaMemory;
  #engines: readonly Engine[] = [];
  #print = '[]';
  #round: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#addresses = listAddresses(options).map((baseUrl) => ({ baseUrl, found: undefined, misses: 0, dueMs: 0 }));
    const contextTokens = options.ollamaContextTokens ?? 4096;
    this.#memory = { shown: new Map(), contextTokens, contextTokensMax: options.ollamaContextTokensMax ?? 32_768 };
  }

  /** What is there now, in a stable order. */
  engines(): readonly Engine[] {
    return this.#engines;
  }

  /** Looks once, and then again every period. Resolves after the first look. */
  async start(): Promise<void> {
    this.#cancel ??= this.#options.clock.every(this.#options.periodMs, () => {
      this.#look(false).catch((error: unknown) => {
        this.#options.log.write('error', 'Looking for local engines failed', { error: String(error) });
      });
    });
    await this.#look(false);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Looks at every address now, also where nothing was. */
  async refresh(): Promise<readonly Engine[]> {
    await this.#round;
    await this.#look(true);
    return this.#engines;
  }

  /** One look at a time: a slow one is not overtaken. */
  #look(all: boolean): Promise<void> {
    this.#round ??= this.#lookAtDue(all).finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #lookAtDue(all: boolean): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    const due = this.#addresses.filter((address) => all || address.dueMs <= nowMs);
    await Promise.all(due.map((address) => this.#lookAt(address)));
    this.#publish();
  }

  async #lookAt(address: Address): Promise<void> {
    const { fetch, clock, periodMs } = this.#options;
    const found = await identifyEngine(new Probe(address.baseUrl, fetch, clock), this.#memory, address.found?.kind);
    address.misses = found ? 0 : address.misses + 1;
    if (found || address.misses >= MISSES_UNTIL_GONE) address.found = found;
    const pauseMax = this.#options.absentPeriodMaxMs ?? 8 * periodMs;
    const pauseMs = address.found ? periodMs : Math.min(periodMs * 2 ** Math.min(address.misses - 1, 20), pauseMax);
    // Half a period early, so that a timer that fires a little soon does not skip a turn.
    address.dueMs = clock.monotonicMs() + pauseMs - periodMs / 2;
  }

  #publish(): void {
    const engines = nameEngines(this.#addresses);
    const print = JSON.stringify(engines);
    if (print === this.#print) return;
    this.#print = print;
    this.#engines = engines;
    const found = engines.map((engine) => `${engine.tag} at ${engine.baseUrl}: ${engine.models.length} models`);
    this.#options.log.write('info', 'Local engines changed', { engines: found });
    this.#options.onChange(engines);
  }
}

/** Origins to ask, each once, without our own. What is not an http address is reported and left out. */
function listAddresses(options: DiscoveryOptions): readonly string[] {
  const loopback = (options.ports ?? DEFAULT_ENGINE_PORTS).map((port) => `http://127.0.0.1:${port}`);
  const origins = new Set<string>();
  for (const text of [...loopback, ...(options.extraBaseUrls ?? [])]) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
      options.log.write('warn', 'Not an address of an engine', { address: url ? url.host : 'unreadable' });
    } else if (!isOurselves(url, options.ownPort)) {
      origins.add(url.origin.replace('//localhost', '//127.0.0.1'));
    }
  }
  return [...origins];
}

function isOurselves(url: URL, ownPort: number): boolean {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return port === ownPort && /^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(url.hostname);
}

/** Tags are the kind alone while it is the only one, so that the usual machine has the plain names. */
function nameEngines(addresses: readonly Address[]): readonly Engine[] {
  const found = addresses.flatMap(({ baseUrl, found: reading }) => (reading ? [{ baseUrl, ...reading }] : []));
  return ENGINE_KINDS.flatMap((kind) => {
    const same = found.filter((engine) => engine.kind === kind);
    return same.map((engine): Engine => {
      const { hostname, port, host } = new URL(engine.baseUrl);
      const place = hostname === '127.0.0.1' ? port || '80' : host;
      const name = ENGINE_TRAITS[kind].name;
      return {
        ...engine,
        models: [...engine.models].sort((a, b) => (a.nativeId < b.nativeId ? -1 : 1)),
        tag: same.length === 1 ? kind : `${kind}/${place}`,
        name: same.length === 1 ? name : `${name} (${host})`,
      };
    });
  });
}
