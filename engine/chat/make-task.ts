/** A request that was read, as a task for the model. */

import type { PositionKey } from '../generation/prefix-cache.ts';
import type { GenerationTask, Prompt } from '../generation/task.ts';
import { Rejection, unsupported } from '../rejection.ts';
import type { SamplingOptions } from '../sampling/sampler.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { AnswerGrammars } from './answer-grammars.ts';
import type { ChatRequest } from './chat-request.ts';
import { layOutPrompt, type PromptPiece } from './lay-out-prompt.ts';
import type { OpenedPicture, PictureReader } from './picture-reader.ts';
import type { ToolUse } from './tool-use.ts';

export interface TaskMakerOptions {
  readonly tokenizer: Tokenizer;
  /** Undefined where no projector is there: the model then reads text only. */
  readonly pictures: PictureReader | undefined;
  readonly grammars: AnswerGrammars;
  readonly contextTokensMax: number;
  readonly outputTokensMax: number;
  /** Of the longest token: a text of more bytes than so many for each place of the context cannot fit. */
  readonly tokenBytesMax: number;
}

const PICTURES_MAX = 16;
/** The bundled model was trained on exact answers: unless a caller asks for chance, it gives the likeliest one. */
const TEMPERATURE_DEFAULT = 0;
const encoder = new TextEncoder();

/** Throws a `Rejection` for what cannot be a task here, and what `signal` was aborted with. */
export async function makeTask(
  chat: ChatRequest,
  use: ToolUse | undefined,
  options: TaskMakerOptions,
  signal: AbortSignal,
): Promise<GenerationTask> {
  const { tokenizer, contextTokensMax } = options;
  const layout = layOutPrompt(chat.messages, use);
  checkLength(layout.pieces, options);
  const resumed = layout.resumed?.toWellFormed();
  const prompt = await readPrompt(layout.pieces, options, signal);
  const promptTokens = prompt.tokens.length;
  if (promptTokens >= contextTokensMax) throw tooLong(promptTokens, contextTokensMax);
  const limit = Math.min(chat.max_completion_tokens ?? chat.max_tokens ?? Infinity, options.outputTokensMax);
  const outputTokensMax = Math.min(limit, contextTokensMax - promptTokens);
  const resumedBytes = resumed ? encoder.encode(resumed) : undefined;
  const room = { tokensMax: outputTokensMax, resumedBytes: resumedBytes?.length };
  const tenant = chat.cache_salt ?? chat.user ?? '';
  return {
    prompt,
    resumed: resumedBytes,
    sampling: samplingOf(chat, tokenizer.size),
    constraint: options.grammars.constrain({ format: chat.response_format, use }, room),
    outputTokensMax,
    tenant,
    salt: tenant,
  };
}

/** The pictures are opened first, and looked at only when the prompt is known to fit. */
async function readPrompt(
  pieces: readonly PromptPiece[],
  options: TaskMakerOptions,
  signal: AbortSignal,
): Promise<Prompt> {
  const { tokenizer, contextTokensMax, pictures } = options;
  const opened = await openPictures(pieces, options, signal);
  if (opened.length === 0) return { tokens: pieces.flatMap((piece) => encodePiece(piece, tokenizer)) };
  const tokens: number[] = [];
  const keys: PositionKey[] = [];
  let patches = 0;
  const waiting = opened.values();
  for (const piece of pieces) {
    if (piece.type !== 'picture') {
      const own = encodePiece(piece, tokenizer);
      tokens.push(...own);
      keys.push(...own);
      continue;
    }
    const { tokens: names, name } = waiting.next().value!;
    for (const [index, special] of names.entries()) {
      const token = special === '<|patch|>' ? -1 - patches++ : specialToken(tokenizer, special);
      tokens.push(token);
      keys.push(token < 0 ? `${name}:${index}` : token);
    }
  }
  if (tokens.length >= contextTokensMax) throw tooLong(tokens.length, contextTokensMax);
  return { tokens, keys, features: await pictures!.look(opened) };
}

async function openPictures(
  pieces: readonly PromptPiece[],
  { pictures }: TaskMakerOptions,
  signal: AbortSignal,
): Promise<readonly OpenedPicture[]> {
  const urls = pieces.filter((piece) => piece.type === 'picture').map(({ url }) => url);
  if (urls.length === 0) return [];
  if (!pictures) throw unsupported('messages', 'this model reads no pictures: its projector is not there');
  if (urls.length > PICTURES_MAX) {
    throw new Rejection(400, 'too_many_images', `at most ${PICTURES_MAX} pictures in one request`, 'messages');
  }
  const opened: OpenedPicture[] = [];
  for (const url of urls) {
    signal.throwIfAborted();
    opened.push(await pictures.open(url));
  }
  return opened;
}

function encodePiece(piece: PromptPiece, tokenizer: Tokenizer): readonly number[] {
  if (piece.type === 'picture') return [];
  return tokenizer.encode(piece.text, { special: piece.type === 'control' ? 'parse' : 'text' });
}

function specialToken(tokenizer: Tokenizer, name: string): number {
  const token = tokenizer.findSpecial(name);
  if (token === undefined) throw unsupported('messages', `this model has no token ${name} for pictures`);
  return token;
}

function samplingOf(chat: ChatRequest, vocabularySize: number): SamplingOptions {
  const logitBias = new Map(Object.entries(chat.logit_bias ?? {}).map(([token, bias]) => [Number(token), bias]));
  for (const token of logitBias.keys()) {
    if (token >= vocabularySize)
      throw new Rejection(400, 'invalid_value', `logit_bias: there is no token ${token}`, 'logit_bias');
  }
  return {
    temperature: chat.temperature ?? TEMPERATURE_DEFAULT,
    topP: chat.top_p ?? 1,
    topK: chat.top_k ?? 0,
    minP: chat.min_p ?? 0,
    topA: chat.top_a,
    repetitionPenalty: chat.repetition_penalty ?? 1,
    frequencyPenalty: chat.frequency_penalty ?? 0,
    presencePenalty: chat.presence_penalty ?? 0,
    logitBias,
    seed: chat.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!,
    topLogprobs: chat.logprobs ? (chat.top_logprobs ?? 0) : undefined,
  };
}

/** Long texts are refused without being cut into tokens, which would keep everybody else waiting. */
function checkLength(pieces: readonly PromptPiece[], { tokenBytesMax, contextTokensMax }: TaskMakerOptions): void {
  let units = 0;
  for (const piece of pieces) if (piece.type !== 'picture') units += piece.text.length;
  // A UTF-16 unit has at least one byte.
  const tokensMin = Math.ceil(units / tokenBytesMax);
  if (tokensMin >= contextTokensMax) throw tooLong(`at least ${tokensMin}`, contextTokensMax);
}

export function tooLong(promptTokens: number | string, contextTokens: number): Rejection {
  const message = `This model's maximum context length is ${contextTokens} tokens, and the prompt has ${promptTokens} tokens.`;
  return new Rejection(400, 'context_length_exceeded', message, 'messages');
}
