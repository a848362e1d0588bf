import { chunk, json, LAST_CHUNK, type Script, STREAM_HEAD } from './scripted-provider.ts';

export type Frame = { readonly type: string } & object;

/** Frames of Anthropic's Messages, each with its event's name. */
export function frames(...all: readonly Frame[]): string {
  return all.map((frame) => `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`).join('');
}

export function begin(usage: object = { input_tokens: 10, output_tokens: 1 }) {
  const head = { id: 'msg_up', type: 'message', role: 'assistant', model: 'talker-native', content: [] };
  return { type: 'message_start', message: { ...head, stop_reason: null, stop_sequence: null, usage } };
}

export function open(index: number, block: object = { type: 'text', text: '' }) {
  return { type: 'content_block_start', index, content_block: block };
}

export function textOf(index: number, text: string) {
  return { type: 'content_block_delta', index, delta: { type: 'text_delta', text } };
}

export function deltaOf(index: number, delta: object) {
  return { type: 'content_block_delta', index, delta };
}

export function shut(index: number) {
  return { type: 'content_block_stop', index };
}

export function finish(reason = 'end_turn', usage: object = { output_tokens: 3 }) {
  return { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage };
}

export const STOP = { type: 'message_stop' };

/** A whole message with one text. */
export function message(text: string, rest: object = {}): object {
  return {
    id: 'msg_up',
    type: 'message',
    role: 'assistant',
    model: 'talker-native',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 3 },
    ...rest,
  };
}

/** Answers rightly, streamed or not, with these pieces of text. */
export function speaks(...pieces: readonly string[]): Script {
  return async (call) => {
    if (!call.stream) {
      await call.write(json(200, message(pieces.join(''))));
      return;
    }
    await call.write(STREAM_HEAD);
    const texts = pieces.map((text) => textOf(0, text));
    await call.write(chunk(frames(begin(), open(0), { type: 'ping' }, ...texts, shut(0), finish(), STOP)));
    await call.write(LAST_CHUNK);
  };
}
