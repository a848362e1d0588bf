import type { Json, JsonObject } from '../../src/base/json.ts';
import type { ChatAnswer } from './read-answer.ts';

/** What a caller of Messages has in hand after an answer, read without any code of ours. */
export interface MessagesAnswer extends Omit<ChatAnswer, 'secondText'> {
  /** The message as its frames built it up. */
  message: JsonObject;
  readonly content: JsonObject[];
  /** Frames that break the grammar: a delta of a block that is not open, a second beginning. */
  readonly breaches: string[];
}

type Loose = { readonly [key: string]: Json | undefined };

/** Reads a stream as the simplest correct client would: whole frames only, the event's name beside its data. */
export function readMessagesStream(bytes: Uint8Array | string): MessagesAnswer {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const answer = emptyAnswer();
  const state = { open: -1, json: '' };
  // The last piece has no empty line after it: it is no frame.
  for (const block of text.split('\n\n').slice(0, -1)) {
    const [event, data, ...rest] = block.split('\n');
    const frame = JSON.parse((data ?? '').replace(/^data: /, '')) as JsonObject;
    if (rest.length > 0 || event !== `event: ${frame.type}`) answer.breaches.push(block);
    foldFrame(answer, frame, state);
  }
  readContent(answer);
  return answer;
}

export function readMessagesResult(bytes: Uint8Array | string): MessagesAnswer {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const message = JSON.parse(text) as JsonObject;
  const answer = emptyAnswer();
  answer.frames.push(message);
  if (message.type === 'error') answer.errors.push(message);
  answer.message = message;
  answer.content.push(...((message.content as JsonObject[] | undefined) ?? []));
  if (message.usage) answer.usages.push(message.usage as JsonObject);
  readContent(answer);
  return answer;
}

function emptyAnswer(): MessagesAnswer {
  return {
    text: '',
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
    message: {},
    content: [],
    breaches: [],
  };
}

function foldFrame(answer: MessagesAnswer, frame: JsonObject, state: { open: number; json: string }): void {
  if (frame.type === 'ping') {
    answer.comments++;
    return;
  }
  if (answer.done > 0) answer.afterDone++;
  const breach = (): void => void answer.breaches.push(JSON.stringify(frame));
  if (answer.frames.length === 0 && frame.type !== 'message_start' && frame.type !== 'error') breach();
  answer.frames.push(frame);
  const index = frame.index as number;
  switch (frame.type) {
    case 'message_start':
      if (answer.frames.length > 1) breach();
      answer.message = frame.message as JsonObject;
      return;
    case 'content_block_start':
      if (state.open >= 0 || index !== answer.content.length) breach();
      state.open = index;
      state.json = '';
      answer.content.push(frame.content_block as JsonObject);
      return;
    case 'content_block_delta':
      if (state.open !== index) breach();
      foldDelta(answer.content, index, frame.delta as Loose, state);
      return;
    case 'content_block_stop':
      if (state.open !== index) breach();
      if (state.json !== '') {
        answer.content[index] = { ...answer.content[index]!, input: JSON.parse(state.json) as Json, raw: state.json };
      }
      state.open = -1;
      return;
    case 'message_delta':
      if (state.open >= 0) breach();
      answer.message = { ...answer.message, ...(frame.delta as JsonObject) };
      if (frame.usage) answer.usages.push(frame.usage as JsonObject);
      return;
    case 'message_stop':
      answer.done++;
      return;
    case 'error':
      answer.errors.push(frame);
  }
}

function foldDelta(content: JsonObject[], index: number, delta: Loose, state: { json: string }): void {
  const block = content[index] as Loose;
  const add = (name: string, text: Json | undefined): void => {
    content[index] = { ...content[index]!, [name]: `${(block[name] as string | undefined) ?? ''}${text as string}` };
  };
  if (delta.type === 'text_delta') add('text', delta.text);
  else if (delta.type === 'thinking_delta') add('thinking', delta.thinking);
  else if (delta.type === 'signature_delta') content[index] = { ...content[index]!, signature: delta.signature! };
  else if (delta.type === 'input_json_delta') state.json += delta.partial_json as string;
  else if (delta.type === 'citations_delta') {
    const citations = [...((block.citations as Json[] | null | undefined) ?? []), delta.citation!];
    content[index] = { ...content[index]!, citations };
  }
}

function readContent(answer: MessagesAnswer): void {
  const { message } = answer;
  if (typeof message.stop_reason === 'string') answer.finishReason = message.stop_reason;
  for (const block of answer.content as Loose[]) {
    if (block.type === 'text') answer.text += block.text as string;
    if (block.type === 'thinking') answer.reasoning += block.thinking as string;
    if (block.type !== 'tool_use') continue;
    const json = (block.raw as string | undefined) ?? JSON.stringify(block.input);
    answer.toolCalls.push({ id: block.id as string, name: block.name as string, arguments: json });
  }
}
