/** Asks one model over OpenAI's chat format, whole or streamed. What cannot be used is a `NoAnswer` in words for people. */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { JsonObject } from '../base/json.ts';
import { SseReader, SseTooLarge } from '../base/sse.ts';
import {
  BODY_BYTES_MAX,
  type EngineLine,
  NoAnswer,
  readJson,
  readText,
  refuseError,
  send,
  Watch,
} from './engine-line.ts';

export interface Question {
  readonly messages: readonly JsonObject[];
  readonly outputTokensMax: number;
  /** 0 unless given: there is one right answer. */
  readonly temperature?: number;
  /** Further fields of this request, such as `tools`. */
  readonly fields?: JsonObject;
}

export interface Answer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason?: string;
  readonly usage?: AnswerUsage;
  /** As it came, for whoever asked for it. */
  readonly logprobs?: unknown;
  /** What the answer says of who gave it. */
  readonly model?: string;
  readonly provider?: string;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsJson: string;
}

export interface AnswerUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens?: number;
  readonly cachedTokens?: number;
}

export interface StreamedAnswer extends Answer {
  /** From the request to the first text; undefined when none came. */
  readonly firstContentMs?: number;
  readonly lastContentMs?: number;
  /** The stream ended as its format ends: `data: [DONE]`. */
  readonly isTerminated: boolean;
}

const TEXT_LENGTH_MAX = 200_000;
const TOOL_CALLS_MAX = 32;

const usageSchema = z.object({
  prompt_tokens: z.number().int().min(0),
  completion_tokens: z.number().int().min(0),
  total_tokens: z.number().int().min(0).nullish(),
  prompt_tokens_details: z.object({ cached_tokens: z.number().int().min(0).nullish() }).nullish(),
});
const who = z.string().max(600).nullish().catch(undefined);
const wholeSchema = z.object({
  model: who,
  provider: who,
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({ id: z.string().nullish(), function: z.object({ name: z.string(), arguments: z.string() }) }),
            )
            .max(TOOL_CALLS_MAX)
            .nullish(),
        }),
        finish_reason: z.string().nullish(),
        logprobs: z.unknown().optional(),
      }),
    )
    .min(1),
  usage: usageSchema.nullish(),
});
const frameSchema = z.object({
  model: who,
  provider: who,
  choices: z
    .array(
      z.object({ delta: z.object({ content: z.string().nullish() }).nullish(), finish_reason: z.string().nullish() }),
    )
    .nullish(),
  usage: usageSchema.nullish(),
});

/** One whole answer. */
export async function askEngine(line: EngineLine, question: Question): Promise<Answer> {
  const watch = new Watch(line);
  try {
    const response = await watch.during(send(line, '/chat/completions', bodyOf(line, question), watch.signal));
    const body = readJson(await watch.during(readText(response)));
    refuseError(response.status, body);
    const parsed = wholeSchema.safeParse(body);
    if (!parsed.success) throw new NoAnswer('garbled', 'the answer has not the form of a chat completion');
    const { choices, usage, model, provider } = parsed.data;
    const { message, finish_reason: finishReason, logprobs } = choices[0]!;
    return {
      text: (message.content ?? '').slice(0, TEXT_LENGTH_MAX),
      toolCalls: (message.tool_calls ?? []).map(({ id, function: call }, index) => ({
        id: id ?? `call-${index}`,
        name: call.name,
        argumentsJson: call.arguments,
      })),
      ...(finishReason && { finishReason }),
      ...(usage && { usage: readUsage(usage) }),
      ...(logprobs !== undefined && logprobs !== null && { logprobs }),
      ...(model && { model }),
      ...(provider && { provider }),
    };
  } finally {
    watch.stop();
  }
}

/** One streamed answer. With `leavesAtContent`, the connection is closed as soon as the first text is there. */
export async function streamEngine(
  line: EngineLine,
  question: Question,
  leavesAtContent = false,
): Promise<StreamedAnswer> {
  const watch = new Watch(line);
  const stream = new StreamReader(line.clock);
  try {
    const body = { ...bodyOf(line, question), stream: true, stream_options: { include_usage: true } };
    const response = await watch.during(send(line, '/chat/completions', body, watch.signal));
    if (response.status !== 200 || !response.body) {
      refuseError(response.status, readJson(await watch.during(readText(response))));
      throw new NoAnswer('garbled', `HTTP ${response.status} without a stream`, { status: response.status });
    }
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await watch.during(reader.read());
        if (done || (value && stream.push(value) && leavesAtContent) || stream.isTerminated) break;
      }
    } finally {
      void reader.cancel().catch(() => undefined);
    }
    return stream.answer();
  } finally {
    watch.stop();
  }
}

function bodyOf(line: EngineLine, question: Question): JsonObject {
  return {
    model: line.model,
    messages: question.messages,
    max_tokens: question.outputTokensMax,
    temperature: question.temperature ?? 0,
    ...line.fields,
    ...question.fields,
  };
}

class StreamReader {
  isTerminated = false;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #sse: SseReader;
  #text = '';
  #bytes = 0;
  #finishReason: string | undefined;
  #usage: AnswerUsage | undefined;
  #model: string | undefined;
  #provider: string | undefined;
  #firstContentMs: number | undefined;
  #lastContentMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    this.#sse = new SseReader({ frame: (data) => this.#frame(data), comment: () => undefined }, BODY_BYTES_MAX);
  }

  /** True once there is text. */
  push(bytes: Uint8Array): boolean {
    this.#bytes += bytes.length;
    if (this.#bytes > BODY_BYTES_MAX) throw new NoAnswer('garbled', 'the stream is longer than any answer asked for');
    try {
      this.#sse.push(bytes);
    } catch (error) {
      if (error instanceof SseTooLarge) throw new NoAnswer('garbled', 'the stream holds an endless line');
      throw error;
    }
    return this.#text !== '';
  }

  answer(): StreamedAnswer {
    return {
      text: this.#text.slice(0, TEXT_LENGTH_MAX),
      toolCalls: [],
      isTerminated: this.isTerminated,
      ...(this.#finishReason && { finishReason: this.#finishReason }),
      ...(this.#usage && { usage: this.#usage }),
      ...(this.#model && { model: this.#model }),
      ...(this.#provider && { provider: this.#provider }),
      ...(this.#firstContentMs !== undefined && { firstContentMs: this.#firstContentMs }),
      ...(this.#lastContentMs !== undefined && { lastContentMs: this.#lastContentMs }),
    };
  }

  #frame(data: Uint8Array): void {
    const text = new TextDecoder().decode(data);
    if (text.trim() === '[DONE]') {
      this.isTerminated = true;
      return;
    }
    const body = readJson(text);
    refuseError(200, body);
    const parsed = frameSchema.safeParse(body);
    if (!parsed.success) throw new NoAnswer('garbled', 'a frame of the stream has not the form of a chat completion');
    const { choices, usage, model, provider } = parsed.data;
    const [choice] = choices ?? [];
    const content = choice?.delta?.content ?? '';
    if (content !== '') {
      this.#lastContentMs = this.#clock.monotonicMs() - this.#startMs;
      this.#firstContentMs ??= this.#lastContentMs;
      this.#text += content;
    }
    this.#finishReason = choice?.finish_reason ?? this.#finishReason;
    this.#usage = usage ? readUsage(usage) : this.#usage;
    this.#model ??= model ?? undefined;
    this.#provider ??= provider ?? undefined;
  }
}

function readUsage(usage: z.infer<typeof usageSchema>): AnswerUsage {
  const cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? undefined;
  return {
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
    ...(typeof usage.total_tokens === 'number' && { totalTokens: usage.total_tokens }),
    ...(cachedTokens !== undefined && { cachedTokens }),
  };
}
