/** Callers of every format: how each asks, and what it has in hand when its connection has ended. */
import type { JsonObject } from '../../src/base/json.ts';
import { readChatResult, readChatStream } from '../support/read-answer.ts';
import { messages } from './messages-caller.ts';

export interface Reading {
  readonly text: string;
  /** The format's own sign of a whole answer was there, once, with nothing after it. */
  readonly isWhole: boolean;
  /** OpenRouter's `error_type` of an error, in a body or in the stream; undefined when none was seen. */
  readonly errorType: string | undefined;
  /** `error.code`, where the format has one. */
  readonly code?: unknown;
  /** Another sign of an error, in formats that have no place for the type. */
  readonly hasError: boolean;
  /** Lines that only keep the connection alive. */
  readonly comments: number;
  readonly usages: number;
}

export interface CallerFormat {
  readonly id: string;
  path(stream: boolean): string;
  body(stream: boolean, model: string, provider: JsonObject): JsonObject;
  /** Asks for the likeliest token each time, where that is not `temperature` in the body itself. */
  readonly greedy?: JsonObject;
  readStream(text: string): Reading;
  readResult(text: string): Reading;
}

const MESSAGES = [{ role: 'user', content: 'Speak' }];

/** Whole frames of a stream of named events, as the simplest correct client would read them. */
export function eventsOf(text: string): readonly { readonly event: string; readonly data: JsonObject }[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const data = block.split('\n').find((line) => line.startsWith('data: '));
      if (data === undefined || data === 'data: [DONE]') return [];
      const event =
        block
          .split('\n')
          .find((line) => line.startsWith('event: '))
          ?.slice(7) ?? '';
      return [{ event, data: JSON.parse(data.slice(6)) as JsonObject }];
    });
}

export function commentsOf(text: string): number {
  return text.split('\n\n').filter((block) => block.startsWith(':')).length;
}

const chat: CallerFormat = {
  id: 'openai-chat',
  path: () => '/api/v1/chat/completions',
  body: (stream, model, provider) => ({ model, stream, messages: MESSAGES, provider }),
  readStream: (text) => {
    const answer = readChatStream(text);
    return fromChat(answer, answer.done === 1 && answer.afterDone === 0 && answer.finishReason !== 'error');
  },
  readResult: (text) => {
    const answer = readChatResult(text);
    return fromChat(answer, answer.finishReason !== undefined && answer.errors.length === 0);
  },
};

function fromChat(answer: ReturnType<typeof readChatStream>, isWhole: boolean): Reading {
  const error = answer.errors[0] as { code?: unknown; metadata?: { error_type?: string } } | undefined;
  return {
    text: answer.text,
    isWhole,
    errorType: error?.metadata?.error_type,
    ...(error?.code !== undefined && { code: error.code }),
    hasError: error !== undefined,
    comments: answer.comments,
    usages: answer.usages.length,
  };
}

interface TextChoices {
  readonly choices?: readonly { readonly text?: string; readonly finish_reason?: string | null }[];
  readonly usage?: unknown;
  readonly error?: { readonly metadata?: { readonly error_type?: string } };
}

const completions: CallerFormat = {
  id: 'openai-completions',
  path: () => '/api/v1/completions',
  body: (stream, model, provider) => ({ model, stream, prompt: 'Speak', provider }),
  readStream: (text) => {
    const frames = eventsOf(text).map(({ data }) => data as TextChoices);
    const done = text.split('\n\n').filter((block) => block === 'data: [DONE]').length;
    return fromCompletions(frames, text, done === 1 && text.trimEnd().endsWith('data: [DONE]'));
  },
  readResult: (text) => {
    const frame = JSON.parse(text) as TextChoices;
    return fromCompletions([frame], '', typeof frame.choices?.[0]?.finish_reason === 'string' && !frame.error);
  },
};

function fromCompletions(frames: readonly TextChoices[], text: string, isWhole: boolean): Reading {
  const error = frames.find((frame) => frame.error)?.error;
  return {
    text: frames
      .flatMap((frame) => frame.choices ?? [])
      .map((choice) => choice.text ?? '')
      .join(''),
    isWhole,
    errorType: error?.metadata?.error_type,
    hasError: error !== undefined,
    comments: commentsOf(text),
    usages: frames.filter((frame) => frame.usage).length,
  };
}

interface ResponseObject {
  readonly status?: string;
  readonly error?: { readonly metadata?: { readonly error_type?: string } } | null;
  readonly error_type?: string;
  readonly usage?: unknown;
  readonly output?: readonly { readonly content?: readonly { readonly text?: string }[] }[];
}

const responses: CallerFormat = {
  id: 'openai-responses',
  path: () => '/api/v1/responses',
  body: (stream, model, provider) => ({ model, stream, input: 'Speak', provider }),
  readStream: (text) => {
    const events = eventsOf(text);
    const text_ = events.filter(({ event }) => event === 'response.output_text.delta').map(({ data }) => data.delta);
    const last = events.at(-1);
    const ends = events.filter(({ event }) => event === 'response.completed' || event === 'response.incomplete');
    const error = events.find(({ event }) => event === 'error' || event === 'response.failed');
    const type = error?.data.error_type ?? (error?.data.response as ResponseObject | undefined)?.error_type;
    return {
      text: text_.join(''),
      isWhole: ends.length === 1 && last === ends[0],
      errorType: (type ?? plainErrorType(text)) as string | undefined,
      hasError: error !== undefined,
      comments: commentsOf(text),
      usages: ends.filter(({ data }) => (data.response as ResponseObject).usage).length,
    };
  },
  readResult: (text) => {
    const response = JSON.parse(text) as ResponseObject;
    return {
      text: (response.output ?? [])
        .flatMap(({ content }) => content ?? [])
        .map((part) => part.text ?? '')
        .join(''),
      isWhole: response.status === 'completed',
      errorType: response.error?.metadata?.error_type ?? response.error_type,
      hasError: Boolean(response.error),
      comments: 0,
      usages: response.usage ? 1 : 0,
    };
  },
};

interface GeminiAnswer {
  readonly candidates?: readonly {
    readonly content?: { readonly parts?: readonly { readonly text?: string }[] };
    readonly finishReason?: string | null;
  }[];
  readonly usageMetadata?: unknown;
  readonly error?: { readonly code?: unknown; readonly metadata?: { readonly error_type?: string } };
}

const gemini: CallerFormat = {
  id: 'gemini',
  greedy: { generationConfig: { temperature: 0 } },
  path: (stream) => `/api/v1beta/models/demo/talker:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: (_stream, _model, provider) => ({ contents: [{ role: 'user', parts: [{ text: 'Speak' }] }], provider }),
  readStream: (text) =>
    text.trimStart().startsWith('{')
      ? fromGemini([JSON.parse(text) as GeminiAnswer])
      : fromGemini(eventsOf(text).map(({ data }) => data as GeminiAnswer)),
  readResult: (text) => fromGemini([JSON.parse(text) as GeminiAnswer]),
};

/** There is no end marker: an answer is whole when its last candidate says why it finished. Counts may follow alone. */
function fromGemini(chunks: readonly GeminiAnswer[]): Reading {
  const error = chunks.find((chunk) => chunk.error)?.error;
  const candidates = chunks.flatMap((chunk) => chunk.candidates ?? []);
  const isLast = ({ finishReason }: { readonly finishReason?: string | null }) =>
    Boolean(finishReason) && finishReason !== 'FINISH_REASON_UNSPECIFIED';
  const finished = candidates.filter(isLast);
  const from = chunks.findIndex((chunk) => chunk.candidates?.some(isLast));
  return {
    text: candidates.flatMap(({ content }) => (content?.parts ?? []).map((part) => part.text ?? '')).join(''),
    isWhole: finished.length === 1 && finished[0] === candidates.at(-1) && error === undefined,
    errorType: error?.metadata?.error_type,
    ...(error?.code !== undefined && { code: error.code }),
    hasError: error !== undefined,
    comments: 0,
    usages: from < 0 ? 0 : chunks.slice(from).filter(({ usageMetadata }) => usageMetadata).length,
  };
}

/** A stream that never began is answered with a plain error. */
function plainErrorType(text: string): string | undefined {
  try {
    return (JSON.parse(text) as ResponseObject).error?.metadata?.error_type;
  } catch {
    return undefined;
  }
}

export const CALLERS: readonly CallerFormat[] = [chat, completions, responses, messages, gemini];
