import { expect, test } from 'bun:test';
import anthropicMessages from '../../src/formats/anthropic-messages.ts';
import type { WireFormat } from '../../src/formats/format.ts';
import gemini from '../../src/formats/gemini.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import openaiResponses from '../../src/formats/openai-responses.ts';
import { play } from '../support/play-answer.ts';

/** JSON over several lines, each with its own `data:`, as the standard of server-sent events allows. */
function manyLines(frame: object): string {
  return `${JSON.stringify(frame, null, 1)
    .split('\n')
    .map((line) => `data: ${line}\r\n`)
    .join('')}\r\n`;
}

const delta = (content: string) => ({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const block = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
const said = (text: string, more: object = {}) => ({
  candidates: [{ content: { parts: [{ text }] }, index: 0, ...more }],
});
const step = (text: string) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: text });

const STREAMS: readonly (readonly [WireFormat, readonly object[], string])[] = [
  [
    openaiChat,
    [delta('a'), delta('b'), delta('c'), { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }],
    'data: [DONE]\n\n',
  ],
  [
    anthropicMessages,
    [
      { type: 'message_start', message: { id: 'm', content: [], usage: { input_tokens: 1, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...[block('a'), block('b'), block('c')],
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
      { type: 'message_stop' },
    ],
    '',
  ],
  [gemini, [said('a'), said('b'), said('c', { finishReason: 'STOP' })], ''],
  [
    openaiResponses,
    [
      { type: 'response.created', response: { id: 'r', status: 'in_progress', output: [] } },
      ...[step('a'), step('b'), step('c')],
      { type: 'response.completed', response: { id: 'r', status: 'completed', output: [] } },
    ],
    '',
  ],
];

test.each(STREAMS.map(([format, frames, end]) => ({ id: format.id, format, frames, end })))(
  'a frame of many lines passes through $id on one line',
  ({ format, frames, end }) => {
    const { bytes, failure } = play([Buffer.from(frames.map(manyLines).join('') + end)], true, format);
    expect(failure).toBeUndefined();
    const text = new TextDecoder().decode(bytes);
    for (const line of text.split('\n')) expect(line).toMatch(/^(?:event: .+|data: .+|)$/);
    const again = play([bytes], false, format);
    expect(again.failure).toBeUndefined();
    expect(again.events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')).toBe('abc');
  },
);
