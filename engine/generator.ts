/** Runs generations on the native engine's slots, a bounded queue before them, and counts their tokens. */
import type { NativeContext, NativeResult } from './native.ts';
import { Rejection } from './rejection.ts';

export interface GenerationTask {
  readonly prompt: string;
  readonly pictureUrls: readonly string[];
  /** Sampler settings by the engine's own names; anything absent is neutral. */
  readonly sampler: Readonly<Record<string, number>>;
  readonly grammar: string | undefined;
  readonly stops: readonly string[];
  readonly outputTokensMax: number | undefined;
  readonly signal: AbortSignal;
}

export type GenerationStep =
  | { readonly type: 'started'; readonly promptTokens: number }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'ended'; readonly finishReason: 'stop' | 'length'; readonly outputTokens: number };

export interface GeneratorLimits {
  readonly slots: number;
  readonly waitingMax: number;
  readonly contextTokens: number;
  readonly outputTokensMax: number;
}

/** The engine's own defaults are not neutral: with them it is not greedy at temperature 0. */
const NEUTRAL = {
  temperature: 0,
  top_k: 0,
  top_p: 1,
  min_p: 0,
  typical_p: 1,
  penalty_last_n: 0,
  penalty_repeat: 1,
  penalty_freq: 0,
  penalty_present: 0,
  xtc_probability: 0,
  dry_multiplier: 0,
};

/** The longest token of any vocabulary this engine is given: a longer text cannot fit, so it need not be tokenized. */
const TOKEN_CHARACTERS_MAX = 64;

export class Generator {
  readonly #native: NativeContext;
  readonly limits: GeneratorLimits;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(native: NativeContext, limits: GeneratorLimits) {
    this.#native = native;
    this.limits = limits;
  }

  status(): {
    readonly running: number;
    readonly waiting: number;
    readonly slots: number;
    readonly engineActive: number;
  } {
    const engineActive = this.#native.getParallelStatus().active_slots;
    return { running: this.#running, waiting: this.#waiting.length, slots: this.limits.slots, engineActive };
  }

  /** Throws a `Rejection` before the first step when the task cannot run. Leaving the loop or aborting frees the slot. */
  async *generate(task: GenerationTask): AsyncGenerator<GenerationStep> {
    const release = await this.#takeSlot(task.signal);
    try {
      const promptTokens = await this.#countPrompt(task);
      task.signal.throwIfAborted();
      yield { type: 'started', promptTokens };
      yield* this.#run(task, promptTokens);
    } finally {
      release();
    }
  }

  async #takeSlot(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#running >= this.limits.slots) {
      if (this.#waiting.length >= this.limits.waitingMax) {
        throw new Rejection(429, 'engine_overloaded', 'the engine is busy and its queue is full');
      }
      await this.#waitForSlot(signal);
    } else {
      this.#running++;
    }
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    };
  }

  /** Resolves with the slot of a generation that ended: `#running` does not change hands. */
  #waitForSlot(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** The engine answers a prompt that does not fit with nothing at all, so it never sees one. */
  async #countPrompt(task: GenerationTask): Promise<number> {
    const { contextTokens } = this.limits;
    if (task.prompt.length > contextTokens * TOKEN_CHARACTERS_MAX) throw tooLong(undefined, contextTokens);
    let promptTokens: number;
    try {
      promptTokens = (await this.#native.tokenize(task.prompt, task.pictureUrls)).tokens.length;
    } catch {
      throw new Rejection(400, 'invalid_image', 'the engine cannot read a picture of this request', 'messages');
    }
    if (promptTokens >= contextTokens) throw tooLong(promptTokens, contextTokens);
    return promptTokens;
  }

  async *#run(task: GenerationTask, promptTokens: number): AsyncGenerator<GenerationStep> {
    const room = this.limits.contextTokens - promptTokens;
    const outputTokensMax = Math.min(task.outputTokensMax ?? Infinity, this.limits.outputTokensMax, room);
    const inbox = new Inbox();
    const { requestId } = this.#native.queueCompletion(
      {
        ...NEUTRAL,
        ...task.sampler,
        prompt: task.prompt,
        n_predict: outputTokensMax,
        stop: task.stops,
        ...(task.grammar === undefined ? {} : { grammar: task.grammar }),
        ...(task.pictureUrls.length === 0 ? {} : { media_paths: task.pictureUrls }),
      },
      (error, result) => inbox.put(error ? undefined : result),
    );
    let isOver = false;
    const cancel = () => {
      if (!isOver) this.#native.cancelRequest(requestId);
      isOver = true;
      inbox.put(undefined);
    };
    task.signal.addEventListener('abort', cancel, { once: true });
    const text = new StoppedText(task.stops);
    try {
      for (;;) {
        const result = await inbox.take();
        task.signal.throwIfAborted();
        if (result && result.token === undefined) isOver = true;
        if (!result) throw new Rejection(500, 'engine_failed', 'the engine failed to answer');
        const ready = result.token === undefined ? text.end() : text.add(result.token);
        if (ready) yield { type: 'text', text: ready };
        if (result.token === undefined) return yield this.#ended(result, text.isStopped);
      }
    } finally {
      task.signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  #ended(result: NativeResult, isStopped: boolean): GenerationStep {
    const isLength = result.stopped_limit || result.context_full;
    if (!isStopped && !isLength && !result.stopped_eos && !result.stopped_word) {
      throw new Rejection(500, 'engine_failed', 'the engine ended without a reason');
    }
    const finishReason = isStopped || !isLength ? 'stop' : 'length';
    return { type: 'ended', finishReason, outputTokens: result.tokens_predicted };
  }
}

function tooLong(promptTokens: number | undefined, contextTokens: number): Rejection {
  const size = promptTokens === undefined ? 'more tokens than fit' : `${promptTokens} tokens`;
  const message = `This model's maximum context length is ${contextTokens} tokens, and the prompt has ${size}.`;
  return new Rejection(400, 'context_length_exceeded', message, 'messages');
}

/** Callbacks in, promises out. `undefined` says that nothing more comes. */
class Inbox {
  readonly #items: (NativeResult | undefined)[] = [];
  #wake: (() => void) | undefined;

  put(item: NativeResult | undefined): void {
    this.#items.push(item);
    this.#wake?.();
  }

  async take(): Promise<NativeResult | undefined> {
    if (this.#items.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#items.shift();
  }
}

/** The engine hands out a stop string before it notices it: text that may begin one is held back here. */
export class StoppedText {
  readonly #stops: readonly string[];
  #held = '';
  isStopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
  }

  add(text: string): string {
    if (this.isStopped) return '';
    this.#held += text;
    const found = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((index) => index >= 0);
    if (found.length > 0) {
      this.isStopped = true;
      return this.#held.slice(0, Math.min(...found));
    }
    const ready = this.#held.length - Math.max(0, ...this.#stops.map((stop) => beginningAtEnd(this.#held, stop)));
    const sendable = this.#held.slice(0, ready);
    this.#held = this.#held.slice(ready);
    return sendable;
  }

  end(): string {
    return this.isStopped ? '' : this.#held;
  }
}

/** Length of the longest beginning of `stop` that `text` ends with. */
function beginningAtEnd(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
