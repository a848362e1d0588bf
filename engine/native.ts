/**
 * The native core of llama.node, loaded from its platform package directly: 10 MB instead of the 295 MB meta package.
 * It aborts the whole process on much bad input, so it lives in a child process and sees checked input only.
 */

import { createRequire } from 'node:module';

export interface NativeTimings {
  readonly prompt_n: number;
}

export interface NativeResult {
  readonly requestId: number;
  /** Set on a token, absent on the last callback. */
  readonly token?: string;
  readonly stopped_eos: boolean;
  readonly stopped_limit: boolean;
  readonly stopped_word: boolean;
  readonly context_full: boolean;
  readonly tokens_predicted: number;
  readonly timings: NativeTimings;
}

export interface NativeStatus {
  readonly active_slots: number;
  readonly queued_requests: number;
  readonly requests: readonly { readonly request_id: number; readonly tokens_generated: number }[];
}

export interface NativeContext {
  initMultimodal(options: { readonly path: string; readonly use_gpu: boolean }): boolean;
  enableParallelMode(options: { readonly n_parallel: number; readonly n_batch: number }): boolean;
  tokenize(text: string, mediaUrls?: readonly string[]): Promise<{ readonly tokens: ArrayLike<number> }>;
  queueCompletion(
    options: Readonly<Record<string, unknown>>,
    callback: (error: unknown, result: NativeResult) => void,
  ): { readonly requestId: number };
  cancelRequest(requestId: number): void;
  getParallelStatus(): NativeStatus;
}

interface NativeModule {
  readonly LlamaContext: {
    new (options: Readonly<Record<string, unknown>>): NativeContext;
    toggleNativeLog(enabled: boolean, listener: (level: string, text: string) => void): void;
  };
}

/** The engine cannot run on this machine; trying again does not help until something is installed. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}

export function loadNative(platform: string, arch: string): NativeModule {
  const name = `@fugood/node-llama-${platform}-${arch}`;
  try {
    return createRequire(import.meta.url)(name) as NativeModule;
  } catch (error) {
    throw new EngineUnavailable(explain(name, error instanceof Error ? error.message : String(error)));
  }
}

/** Slim Linux images lack libgomp, and Alpine has another C library: both are common, so both get their own words. */
function explain(name: string, message: string): string {
  if (/libgomp/.test(message)) {
    return 'the bundled engine needs the system library libgomp.so.1: install it (Debian and Ubuntu: apt-get install libgomp1)';
  }
  if (/GLIBC|ld-linux|musl/.test(message)) {
    return `the bundled engine needs glibc 2.34 or newer, which this system lacks (${firstLine(message)})`;
  }
  if (/cannot find (module|package)/i.test(message)) {
    return `the optional package ${name} is not installed: either this platform has no build or it was left out at install`;
  }
  return `the optional package ${name} does not load (${firstLine(message)})`;
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 200);
}
