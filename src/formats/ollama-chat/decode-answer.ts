import { z } from 'zod';
import type { GenerationEvent } from '../../generation/event.ts';
import { Failure, type FailureKind } from '../../generation/failure.ts';
import { NO_USAGE } from '../../generation/usage.ts';
import type { AnswerDecoder } from '../format.ts';
import { cutOff, garbled } from '../openai-chat/read-frames.ts';

const count = z.number().int().nonnegative().optional();
const frameSchema = z.looseObject({
  model: z.string().optional(),
  created_at: z.string().optional(),
  message: z
    .looseObject({
      content: z.string().nullish(),
      thinking: z.string().nullish(),
      tool_calls: z
        .array(
          z.looseObject({
            id: z.string().optional(),
            function: z.looseObject({
              name: z.string().min(1),
              arguments: z.record(z.string(), z.unknown()).nullish(),
            }),
          }),
        )
        .nullish(),
    })
    .optional(),
  done: z.boolean(),
  done_reason: z.string().optional(),
  prompt_eval_count: count,
  eval_count: count,
});
type Frame = z.infer<typeof frameSchema>;

const errorSchema = z.looseObject({ error: z.union([z.string(), z.looseObject({ message: z.string() })]) });

/** A whole tool call or picture description fits; an engine that never ends its line does not fill our memory. */
const LINE_BYTES_MAX = 8 * 1024 * 1024;
const LINE_FEED = 0x0a;

/** Ollama's stream: one JSON object a line, of which the one with `done: true` ends the answer. */
export class OllamaDecoder implements AnswerDecoder {
  readonly #text = new TextDecoder('utf-8', { fatal: true });
  #rest: Uint8Array[] = [];
  #restLength = 0;
  #open: { readonly part: number; readonly kind: 'text' | 'reasoning' } | undefined;
  #parts = 0;
  #calls = 0;
  #hasStarted = false;
  #isDone = false;

  push(bytes: Uint8Array): readonly GenerationEvent[] {
    const events: GenerationEvent[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      this.#line(this.#takeRest(bytes.subarray(start, end)), events);
      start = end + 1;
    }
    this.#keepRest(bytes.subarray(start));
    return events;
  }

  end(): readonly GenerationEvent[] {
    const events: GenerationEvent[] = [];
    const last = this.#takeRest(new Uint8Array(0));
    // The last line may come without its line feed, but only whole.
    if (!this.#isDone && isWholeJson(last)) this.#line(last, events);
    if (!this.#isDone) throw cutOff('The provider stopped before its answer ended');
    return events;
  }

  #takeRest(tail: Uint8Array): Uint8Array {
    if (this.#restLength === 0) return tail;
    const line = Buffer.concat([...this.#rest, tail]);
    this.#rest = [];
    this.#restLength = 0;
    return line;
  }

  #keepRest(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#restLength += bytes.length;
    if (this.#restLength > LINE_BYTES_MAX) throw garbled('The provider sent a line without end');
    // The caller may reuse its buffer.
    this.#rest.push(bytes.slice());
  }

  #line(line: Uint8Array, events: GenerationEvent[]): void {
    if (this.#isDone || isBlank(line)) return;
    this.#frame(parseFrame(this.#text, line), events);
  }

  #frame(frame: Frame, events: GenerationEvent[]): void {
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      events.push({ type: 'generation-start', ...(frame.model !== undefined && { upstreamModel: frame.model }) });
    }
    const message = frame.message;
    if (message?.thinking) {
      events.push({ type: 'reasoning-delta', part: this.#partOf('reasoning', events), text: message.thinking });
    }
    if (message?.content) {
      events.push({ type: 'text-delta', part: this.#partOf('text', events), text: message.content });
    }
    for (const call of message?.tool_calls ?? []) this.#call(call, frame, events);
    if (frame.done) this.#done(frame, events);
  }

  #partOf(kind: 'text' | 'reasoning', events: GenerationEvent[]): number {
    if (this.#open?.kind === kind) return this.#open.part;
    this.#close(events);
    this.#open = { part: this.#parts++, kind };
    return this.#open.part;
  }

  #close(events: GenerationEvent[]): void {
    if (this.#open) events.push({ type: 'part-end', part: this.#open.part });
    this.#open = undefined;
  }

  #call(
    call: NonNullable<NonNullable<Frame['message']>['tool_calls']>[number],
    frame: Frame,
    events: GenerationEvent[],
  ): void {
    this.#close(events);
    const part = this.#parts++;
    // Older versions give no id. The frame's time keeps the ids of two turns of one conversation apart.
    const id = call.id || `call_${(frame.created_at ?? '').replace(/[^0-9A-Za-z]/g, '')}_${this.#calls}`;
    this.#calls++;
    events.push(
      { type: 'tool-call-start', part, id, name: call.function.name },
      { type: 'tool-call-delta', part, argumentsJson: JSON.stringify(call.function.arguments ?? {}) },
      { type: 'part-end', part },
    );
  }

  #done(frame: Frame, events: GenerationEvent[]): void {
    this.#close(events);
    this.#isDone = true;
    const { prompt_eval_count: promptTokens, eval_count: completionTokens } = frame;
    // Some versions leave out the prompt's count when the prompt was cached: then nobody has counted.
    if (promptTokens && completionTokens !== undefined) {
      events.push({ type: 'usage', usage: { ...NO_USAGE, promptTokens, completionTokens, provenance: 'reported' } });
    }
    const reason = frame.done_reason ?? 'stop';
    const finishReason = reason === 'length' ? 'length' : this.#calls > 0 ? 'tool_calls' : 'stop';
    events.push({ type: 'finish', finishReason, nativeFinishReason: reason.slice(0, 64) }, { type: 'generation-end' });
  }
}

function parseFrame(decoder: TextDecoder, line: Uint8Array): Frame {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(line));
  } catch (error) {
    throw garbled('The provider sent an unreadable line', error);
  }
  const error = errorSchema.safeParse(value);
  if (error.success) throw failureOf(undefined, messageOf(error.data.error));
  const frame = frameSchema.safeParse(value);
  if (!frame.success) throw garbled('The provider sent a line of an unknown form', frame.error);
  return frame.data;
}

function messageOf(error: z.infer<typeof errorSchema>['error']): string {
  return typeof error === 'string' ? error : error.message;
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}

function isWholeJson(line: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(line));
    return true;
  } catch {
    return false;
  }
}

/** What a non-2xx answer of Ollama means. */
export function decodeOllamaFailure(answer: { status: number; headers: Headers; body: Uint8Array }): Failure {
  let words: string | undefined;
  try {
    const parsed = errorSchema.safeParse(JSON.parse(new TextDecoder().decode(answer.body.subarray(0, 64 * 1024))));
    if (parsed.success) words = messageOf(parsed.data.error);
  } catch {
    // A proxy's page or nothing at all: the status says enough.
  }
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return failureOf(answer.status, words, Number.isInteger(retryAfter) && retryAfter >= 0 ? retryAfter : undefined);
}

const STATUS_KINDS: Readonly<Record<number, FailureKind>> = {
  401: 'provider-unauthorised',
  402: 'provider-unpaid',
  403: 'provider-forbidden',
  404: 'provider-model-missing',
  413: 'provider-payload-too-large',
  422: 'provider-unprocessable',
  429: 'provider-rate-limited',
  503: 'provider-overloaded',
};

/** Ollama has words but no codes for its errors; those that change what happens next are told by their words. */
const WORD_KINDS: readonly (readonly [RegExp, FailureKind])[] = [
  [/context (length|size|window|limit)|prompt (is )?too long|input length/i, 'provider-context-too-long'],
  [/model .{0,300}not found|try pulling it/i, 'provider-model-missing'],
  [/server busy|maximum pending requests/i, 'provider-overloaded'],
];

function failureOf(status: number | undefined, words: string | undefined, retryAfterSeconds?: number): Failure {
  const told = WORD_KINDS.find(([pattern]) => words !== undefined && pattern.test(words.slice(0, 2000)))?.[1];
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  const kind = told ?? STATUS_KINDS[status ?? 0] ?? (isRefusal ? 'provider-rejected' : 'provider-error');
  return new Failure(kind, {
    message: status === undefined ? 'The provider reported an error' : `The provider answered with status ${status}`,
    ...(words !== undefined && { providerMessage: redact(words) }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

/** The engine's words may name folders and addresses of the operator's machine. */
function redact(words: string): string {
  return words
    .slice(0, 2000)
    .replace(/\b[a-z]+:\/\/\S+/gi, '[address]')
    .replace(/(?:[A-Za-z]:)?(?:[\\/][\w.@~+-]+){2,}/g, '[path]');
}
