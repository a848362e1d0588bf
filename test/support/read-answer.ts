import type { Json, JsonObject } from '../../src/base/json.ts';

/** What a chat caller has in hand after an answer, read without any code of ours. */
export interface ChatAnswer {
  text: string;
  /** Text of the choices beside the first. */
  secondText: string;
  reasoning: string;
  readonly toolCalls: { id: string; name: string; arguments: string }[];
  finishReason: string | undefined;
  nativeFinishReason: string | undefined;
  /** Every usage object that was seen, in order. */
  readonly usages: JsonObject[];
  readonly errors: JsonObject[];
  readonly frames: JsonObject[];
  comments: number;
  done: number;
  /** Frames after `[DONE]`. */
  afterDone: number;
}

/** Reads a stream as the simplest correct client would: whole frames only, comments skipped. */
export function readChatStream(bytes: Uint8Array | string): ChatAnswer {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const answer = emptyAnswer();
  const blocks = text.split('\n\n');
  // The last piece has no empty line after it: it is no frame.
  for (const block of blocks.slice(0, -1)) {
    if (block.startsWith(':')) {
      answer.comments++;
      continue;
    }
    const data = block.replace(/^data: /, '');
    if (data === '[DONE]') {
      answer.done++;
      continue;
    }
    if (answer.done > 0) answer.afterDone++;
    foldFrame(answer, JSON.parse(data) as JsonObject);
  }
  return answer;
}

export function readChatResult(bytes: Uint8Array | string): ChatAnswer {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const answer = emptyAnswer();
  foldFrame(answer, JSON.parse(text) as JsonObject);
  return answer;
}

function emptyAnswer(): ChatAnswer {
  return {
    text: '',
    secondText: '',
    reasoning: '',
    toolCalls: [],
    finishReason: undefined,
    nativeFinishReason: undefined,
    usages: [],
    errors: [],
    frames: [],
    comments: 0,
    done: 0,
    afterDone: 0,
  };
}

type Loose = { readonly [key: string]: Json | undefined };

function foldFrame(answer: ChatAnswer, frame: JsonObject): void {
  answer.frames.push(frame);
  if (frame.usage) answer.usages.push(frame.usage as JsonObject);
  if (frame.error) answer.errors.push(frame.error as JsonObject);
  for (const choice of (frame.choices ?? []) as Loose[]) {
    const content = (choice.delta ?? choice.message ?? {}) as Loose;
    const text = (content.content as string) || (content.refusal as string) || '';
    if (((choice.index as number) ?? 0) > 0) {
      answer.secondText += text;
      continue;
    }
    answer.text += text;
    answer.reasoning += (content.reasoning as string) || '';
    for (const [place, call] of ((content.tool_calls ?? []) as Loose[]).entries()) {
      const index = (call.index as number | undefined) ?? place;
      const known = answer.toolCalls[index] ?? { id: '', name: '', arguments: '' };
      const named = (call.function ?? {}) as Loose;
      if (call.id) known.id = call.id as string;
      if (named.name) known.name = named.name as string;
      known.arguments += (named.arguments as string | undefined) ?? '';
      answer.toolCalls[index] = known;
    }
    if (choice.finish_reason) answer.finishReason = choice.finish_reason as string;
    if (choice.native_finish_reason) answer.nativeFinishReason = choice.native_finish_reason as string;
  }
}
