import { readMessagesResult, readMessagesStream } from '../support/read-messages.ts';
import type { CallerFormat, Reading } from './callers.ts';

interface MessagesError {
  readonly error?: { readonly error_type?: string };
  readonly metadata?: { readonly code?: unknown };
}

/** A caller of Anthropic's Messages: whole is what ends in `message_stop`, in frames that keep the grammar. */
export const messages: CallerFormat = {
  id: 'anthropic-messages',
  path: () => '/api/v1/messages',
  body: (stream, model, provider) => ({
    model,
    stream,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Speak' }],
    provider,
  }),
  readStream: (text) => {
    // A stream that never began is answered with a plain error.
    if (text.startsWith('{')) return fromMessages(readMessagesResult(text), false);
    const answer = readMessagesStream(text);
    return fromMessages(answer, answer.done === 1 && answer.afterDone === 0 && answer.finishReason !== undefined);
  },
  readResult: (text) => {
    const answer = readMessagesResult(text);
    return fromMessages(answer, answer.finishReason !== undefined);
  },
};

function fromMessages(answer: ReturnType<typeof readMessagesStream>, isWhole: boolean): Reading {
  if (answer.breaches.length > 0) throw new Error(`frames out of order: ${answer.breaches.join('\n')}`);
  const error = answer.errors[0] as MessagesError | undefined;
  return {
    text: answer.text,
    isWhole,
    errorType: error?.error?.error_type,
    ...(error?.metadata?.code !== undefined && { code: error.metadata.code }),
    hasError: error !== undefined,
    comments: answer.comments,
    usages: answer.usages.length,
  };
}
