/** A generation in the words of OpenAI's chat completions: chunks of a stream, or one object. */
import type { GenerationStep } from './generator.ts';
import { Rejection } from './rejection.ts';

export interface AnswerHead {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

/** Pulls the answer frame by frame. The first frame is made before the first token, so an early error can be a status. */
export async function* encodeStream(
  head: AnswerHead,
  steps: AsyncIterable<GenerationStep>,
  includeUsage: boolean,
): AsyncGenerator<string> {
  let promptTokens = 0;
  const chunk = (choices: readonly unknown[], usage?: unknown) =>
    frame({
      id: head.id,
      object: 'chat.completion.chunk',
      created: head.createdSeconds,
      model: head.model,
      choices,
      ...(includeUsage ? { usage: usage ?? null } : {}),
    });
  const choice = (delta: unknown, finishReason: string | null = null) =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: finishReason }]);
  try {
    for await (const step of steps) {
      if (step.type === 'started') {
        promptTokens = step.promptTokens;
        yield choice({ role: 'assistant', content: '' });
      } else if (step.type === 'text') {
        yield choice({ content: step.text });
      } else {
        yield choice({}, step.finishReason);
        if (includeUsage) yield chunk([], usageOf(promptTokens, step.outputTokens));
        yield 'data: [DONE]\n\n';
      }
    }
  } catch (error) {
    // Before the first frame the door turns it into a status; after it, the stream must not look complete.
    if (promptTokens === 0 || !(error instanceof Rejection)) throw error;
    yield frame(error.body());
  }
}

export async function encodeWhole(head: AnswerHead, steps: AsyncIterable<GenerationStep>): Promise<unknown> {
  let promptTokens = 0;
  let content = '';
  let finishReason = 'stop';
  let outputTokens = 0;
  for await (const step of steps) {
    if (step.type === 'started') promptTokens = step.promptTokens;
    else if (step.type === 'text') content += step.text;
    else ({ finishReason, outputTokens } = step);
  }
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.createdSeconds,
    model: head.model,
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: finishReason },
    ],
    usage: usageOf(promptTokens, outputTokens),
  };
}

function usageOf(promptTokens: number, outputTokens: number): unknown {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: outputTokens,
    total_tokens: promptTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: 0 },
  };
}

function frame(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
