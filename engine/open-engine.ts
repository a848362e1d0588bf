/** A Llama 4 model, opened from the bytes of its files and ready to answer. Runs in a process and in a browser alike. */
import { AnswerGrammars } from './chat/answer-grammars.ts';
import { PictureReader } from './chat/picture-reader.ts';
import { readGguf } from './files/read-gguf.ts';
import { GenerationLoop } from './generation/generation-loop.ts';
import { Scheduler } from './generation/scheduler.ts';
import { compileKernels, startKernels } from './kernels/open-kernels.ts';
import { type OpenModel, openModel } from './model/open-model.ts';
import { PAGE_TOKENS } from './model/page-pool.ts';
import { SecondThread, type StartThread } from './model/second-thread.ts';
import { Codecs, type ReadCodec } from './pictures/codecs.ts';
import type { PictureLimits } from './pictures/picture.ts';
import { preparePicture } from './pictures/prepare-picture.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export interface EngineFiles {
  readonly weights: Uint8Array<ArrayBuffer>;
  /** Left out, the model reads no pictures. */
  readonly projector?: Uint8Array<ArrayBuffer> | undefined;
  /** `engine/kernels/kernels.wasm`. */
  readonly kernels: Uint8Array<ArrayBuffer>;
  readonly readCodec: ReadCodec;
}

export interface EngineLimits {
  /** Answers at once. */
  readonly slots: number;
  /** Requests that may wait for one of them. */
  readonly waitingMax: number;
  /** Of one request, prompt and answer. */
  readonly contextTokens: number;
  readonly outputTokensMax: number;
  /** Tokens whose keys and values are kept at once, over all requests and for beginnings to come. */
  readonly cacheTokens: number;
  readonly memoryBytesMax: number;
  /** Most tiles that one picture is cut into. */
  readonly pictureTilesMax: number;
}

export interface EngineHost {
  /** How pictures are decoded and cut. */
  readonly preparePicture?: typeof preparePicture;
  /**
   * Starts `model/compute-thread.ts`, which then shares the work when several answers are written at once. Without it,
   * one thread does it all.
   */
  readonly startThread?: StartThread | undefined;
  /** Resolves a macrotask later. */
  readonly pause: () => Promise<void>;
  /** The model cannot compute any more. */
  readonly onBroken: (error: unknown) => void;
}

export interface Engine {
  readonly tokenizer: Tokenizer;
  readonly scheduler: Scheduler;
  readonly loop: GenerationLoop;
  readonly pictures: PictureReader | undefined;
  readonly grammars: AnswerGrammars;
  readonly contextTokensMax: number;
  readonly outputTokensMax: number;
  readonly tokenBytesMax: number;
  /** Batches that two threads computed together. */
  sharedSteps(): number;
}

/** Tokens of prompts read in one step. More would be no faster, and keep a cancelled request waiting longer. */
const BATCH_TOKENS = 256;

/** A camera's picture passes. One is unpacked at a time. */
const PICTURE_LIMITS: PictureLimits = { bytesMax: 10_000_000, pixelsMax: 24_000_000, sideMax: 16_384 };

/** Throws a `ModelFileError` for files that hold no model which is computed rightly here. */
export async function openEngine(files: EngineFiles, limits: EngineLimits, host: EngineHost): Promise<Engine> {
  const kernels = await compileKernels(files.kernels, { shared: host.startThread !== undefined });
  const { readCodec } = files;
  return assemble(await openFiles(files, kernels, limits, host), { kernels, readCodec, limits, host });
}

/** Apart from the rest, so that nothing which stays remembers the bytes of the files: they are as large as the model. */
function openFiles(
  { weights, projector }: EngineFiles,
  kernels: WebAssembly.Module,
  limits: EngineLimits,
  { startThread }: EngineHost,
): Promise<OpenModel> {
  const files = { model: readGguf(weights), projector: projector && readGguf(projector) };
  return openModel(files, (arena) => startKernels(kernels, arena.memory), {
    memoryBytesMax: limits.memoryBytesMax,
    batchTokensMax: BATCH_TOKENS,
    pagesMax: Math.ceil(limits.cacheTokens / PAGE_TOKENS),
    contextTokensMax: limits.contextTokens,
    sequencesMax: limits.slots,
    hasSecondPlace: startThread !== undefined,
  });
}

interface Parts {
  readonly kernels: WebAssembly.Module;
  readonly readCodec: ReadCodec;
  readonly limits: EngineLimits;
  readonly host: EngineHost;
}

function assemble({ tokenizer, text, vision, arena }: OpenModel, { kernels, readCodec, limits, host }: Parts): Engine {
  const { pause, onBroken, startThread } = host;
  const vocabulary = {
    size: tokenizer.size,
    bytes: tokenizer.vocabulary,
    endTokens: tokenizer.endTokens,
    findBest: (scores: Float32Array) => text.findBest(scores),
  };
  const queue = { sequencesMax: limits.slots, waitingMax: limits.waitingMax };
  const second =
    startThread &&
    text.secondPlace &&
    new SecondThread({ text, arena, kernels, start: startThread, pause }, text.secondPlace);
  const scheduler = new Scheduler(text, vocabulary, queue, second && ((runs) => second.run(runs)));
  const pictures = {
    codecs: new Codecs(readCodec),
    limits: PICTURE_LIMITS,
    tilesMax: limits.pictureTilesMax,
    prepare: host.preparePicture ?? preparePicture,
    pause,
  };
  return {
    tokenizer,
    scheduler,
    loop: new GenerationLoop({ scheduler, pause, onBroken }),
    grammars: new AnswerGrammars(vocabulary),
    pictures: vision && new PictureReader({ ...pictures, vision }),
    contextTokensMax: text.contextTokensMax,
    outputTokensMax: limits.outputTokensMax,
    sharedSteps: () => second?.sharedSteps ?? 0,
    tokenBytesMax: vocabulary.bytes.reduce((most, { length }) => Math.max(most, length), 1),
  };
}
