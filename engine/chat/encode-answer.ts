/** An answer in the words of OpenAI's chat completions: chunks of a stream, or one object. */
import type { TokenCounts } from '../generation/task.ts';
import type { ChatEvent, FinishReason, ScoredToken } from './chat-event.ts';

export interface AnswerHead {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

type Told = Exclude<ChatEvent, { readonly type: 'failed' }>;

/** The frames that an event becomes. */
export class StreamEncoder {
  readonly #includeUsage: boolean;
  readonly #wantsScores: boolean;
  /** All that stands before the delta, and all that stands after it in most frames. */
  readonly #before: string;
  readonly #after: string;

  constructor(head: AnswerHead, options: { readonly includeUsage: boolean; readonly wantsScores: boolean }) {
    this.#includeUsage = options.includeUsage;
    this.#wantsScores = options.wantsScores;
    this.#before = `data: ${JSON.stringify(headOf(head, 'chat.completion.chunk')).slice(0, -1)},"choices":[`;
    this.#after = `${this.#includeUsage ? ',"usage":null' : ''}}\n\n`;
  }

  encode(event: Told): string {
    switch (event.type) {
      case 'started':
        return this.#choice('{"role":"assistant","content":""}');
      case 'text':
        return this.#choice(`{"content":${JSON.stringify(event.text)}}`, event.tokens);
      case 'tool-call-start':
        return this.#toolCall(event.index, {
          id: event.id,
          type: 'function',
          function: { name: event.name, arguments: '' },
        });
      case 'tool-call-delta':
        return this.#toolCall(event.index, { function: { arguments: event.argumentsJson } });
      case 'ended':
        return `${this.#choice('{}', [], event.finishReason)}${this.#usage(event.counts)}data: [DONE]\n\n`;
    }
  }

  #toolCall(index: number, call: Readonly<Record<string, unknown>>): string {
    return this.#choice(`{"tool_calls":[${JSON.stringify({ index, ...call })}]}`);
  }

  #choice(delta: string, tokens: readonly ScoredToken[] = [], finishReason?: FinishReason): string {
    const logprobs = this.#wantsScores && tokens.length > 0 ? JSON.stringify(logprobsOf(tokens)) : 'null';
    const reason = finishReason === undefined ? 'null' : `"${finishReason}"`;
    return `${this.#before}{"index":0,"delta":${delta},"logprobs":${logprobs},"finish_reason":${reason}}]${this.#after}`;
  }

  #usage(counts: TokenCounts): string {
    return this.#includeUsage ? `${this.#before}],"usage":${JSON.stringify(usageOf(counts))}}\n\n` : '';
  }
}

/** The whole answer, once its events have been told. */
export class AnswerBuilder {
  readonly #head: AnswerHead;
  readonly #wantsScores: boolean;
  #content = '';
  readonly #tokens: ScoredToken[] = [];
  readonly #toolCalls: {
    readonly id: string;
    readonly type: 'function';
    function: { name: string; arguments: string };
  }[] = [];
  #ended: (ChatEvent & { readonly type: 'ended' }) | undefined;

  constructor(head: AnswerHead, options: { readonly wantsScores: boolean }) {
    this.#head = head;
    this.#wantsScores = options.wantsScores;
  }

  add(event: Told): void {
    if (event.type === 'text') {
      this.#content += event.text;
      this.#tokens.push(...event.tokens);
    } else if (event.type === 'tool-call-start') {
      this.#toolCalls[event.index] = { id: event.id, type: 'function', function: { name: event.name, arguments: '' } };
    } else if (event.type === 'tool-call-delta') {
      this.#toolCalls[event.index]!.function.arguments += event.argumentsJson;
    } else if (event.type === 'ended') {
      this.#ended = event;
    }
  }

  build(): Readonly<Record<string, unknown>> {
    const hasCalls = this.#toolCalls.length > 0;
    const message = {
      role: 'assistant',
      content: hasCalls && this.#content === '' ? null : this.#content,
      refusal: null,
      ...(hasCalls && { tool_calls: this.#toolCalls }),
    };
    return {
      ...headOf(this.#head, 'chat.completion'),
      choices: [
        {
          index: 0,
          message,
          logprobs: this.#wantsScores ? logprobsOf(this.#tokens) : null,
          finish_reason: this.#ended?.finishReason ?? null,
        },
      ],
      ...(this.#ended && { usage: usageOf(this.#ended.counts) }),
    };
  }
}

function headOf({ id, createdSeconds, model }: AnswerHead, object: string) {
  return { id, object, created: createdSeconds, model };
}

function usageOf({ promptTokens, cachedTokens, outputTokens }: TokenCounts) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: outputTokens,
    total_tokens: promptTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

function logprobsOf(tokens: readonly ScoredToken[]) {
  const entry = ({ name, bytes, logprob }: Pick<ScoredToken, 'name' | 'bytes' | 'logprob'>) => ({
    token: name ?? utf8.decode(bytes),
    logprob: Math.max(logprob, LOGPROB_MIN),
    bytes: [...bytes],
  });
  return { content: tokens.map((token) => ({ ...entry(token), top_logprobs: token.top.map(entry) })), refusal: null };
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** JSON has no -Infinity; OpenAI writes this for what has no chance. */
const LOGPROB_MIN = -9999;
