import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { AnswerBlocks, FoldedBlocks } from './answer-blocks.ts';

/** What blocks the events make, in the order in which they were sent. */
function blocksOf(events: readonly GenerationEvent[]) {
  const folded = new FoldedBlocks();
  const order: string[] = [];
  const blocks = new AnswerBlocks(
    {
      start(index, block) {
        order.push(`${index}`);
        folded.start(index, block);
      },
      delta(index, delta) {
        // Nothing may be added to a block that another has followed.
        expect(index).toBe(Number(order.at(-1)));
        folded.delta(index, delta);
      },
      stop(index) {
        order.push(`/${index}`);
        folded.stop(index);
      },
    },
    'gen-1-x',
  );
  for (const event of events) blocks.add(event);
  blocks.end();
  return { content: folded.content, order, blocks };
}

const text = (part: number, words: string): GenerationEvent => ({ type: 'text-delta', part, text: words });
const call = (part: number, id: string): GenerationEvent => ({ type: 'tool-call-start', part, id, name: `f${part}` });
const args = (part: number, argumentsJson: string): GenerationEvent => ({
  type: 'tool-call-delta',
  part,
  argumentsJson,
});
const uses = (content: readonly JsonObject[]) =>
  content.flatMap(({ type, id, input }) => (type === 'tool_use' ? [[id, input]] : []));

describe('calls of tools', () => {
  test('that run side by side stand one after the other, each whole', () => {
    const { content, order } = blocksOf([
      call(2, 'a'),
      call(3, 'b'),
      args(2, '{"x":'),
      args(3, '{"y":'),
      args(2, '1}'),
      args(3, '2}'),
    ]);
    expect(uses(content)).toEqual([
      ['a', { x: 1 }],
      ['b', { y: 2 }],
    ]);
    expect(order).toEqual(['0', '/0', '1', '/1']);
  });

  test('come out whole in whatever order their pieces come', () => {
    const whole = { a: { x: [1, '"'] }, b: {}, c: { y: 'é' } };
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 60 }), (turns) => {
        const waiting = Object.entries(whole).map(([id, input], index): GenerationEvent[] => [
          call(index, id),
          ...[...JSON.stringify(input)].map((piece) => args(index, piece)),
        ]);
        const events = [...turns, ...waiting.flatMap((list, index) => list.map(() => index))].flatMap((index) => {
          const event = waiting[index]!.shift();
          return event ? [event] : [];
        });
        const { content } = blocksOf(events);
        expect(Object.fromEntries(uses(content))).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  test('without arguments, without an id, and with what is no object are calls all the same', () => {
    const { content, blocks } = blocksOf([call(2, ''), call(3, 'b'), args(3, '[1]'), { type: 'part-end', part: 3 }]);
    expect(uses(content)).toEqual([
      ['toolu_gen1x0', {}],
      ['b', { raw_arguments: '[1]' }],
    ]);
    expect(blocks.stopReason).toBe('end_turn');
  });

  test('make a stop one for the sake of tools, as clients of this format expect it', () => {
    const end: GenerationEvent = { type: 'finish', finishReason: 'stop', nativeFinishReason: 'stop' };
    expect(blocksOf([call(2, 'a'), end]).blocks.stopReason).toBe('tool_use');
    expect(blocksOf([text(1, 'a'), end]).blocks.stopReason).toBe('end_turn');
    expect(blocksOf([{ type: 'refusal-delta', part: 1, text: 'No' }, end]).blocks.stopReason).toBe('refusal');
    const stopped = blocksOf([text(1, 'a'), { ...end, stopSequence: 'END' }]).blocks;
    expect([stopped.stopReason, stopped.stopSequence]).toEqual(['stop_sequence', 'END']);
  });
});

test('a part that goes on after another is a block of its own, and an empty one is none', () => {
  const thought = (words: string): GenerationEvent => ({ type: 'reasoning-delta', part: 0, text: words });
  const { content } = blocksOf([text(1, ''), thought('a'), thought('b'), text(1, 'c'), thought('d'), text(1, 'e')]);
  expect(content.map(({ type, thinking, text: words }) => [type, thinking ?? words])).toEqual([
    ['thinking', 'ab'],
    ['text', 'c'],
    ['thinking', 'd'],
    ['text', 'e'],
  ]);
});

test('text goes on in the block that a frame of the provider opened', () => {
  const seen: unknown[] = [];
  const blocks = new AnswerBlocks(
    { start: (...all) => seen.push(all), delta: (...all) => seen.push(all), stop: (...all) => seen.push(all) },
    'gen-1',
  );
  blocks.noteStart(0, 'thinking');
  blocks.noteStop();
  blocks.noteStart(1, 'text');
  blocks.add(text(7, 'on'));
  blocks.add(call(8, 'a'));
  blocks.end();
  expect(seen.slice(0, 2)).toEqual([[1, { type: 'text_delta', text: 'on' }], [1]]);
  expect(seen[2]).toMatchObject([2, { type: 'tool_use', id: 'a' }]);
});

test('what an answer cannot hold is told as lost', () => {
  const { content, blocks } = blocksOf([
    { type: 'annotation', part: 1, annotation: { type: 'file_citation' } },
    { type: 'media-delta', part: 9, modality: 'image', mediaType: 'image/png', base64: 'AA==' },
    { type: 'logprobs', content: [{ token: 'a' }] },
    { type: 'logprobs', content: [{ token: 'b' }] },
    { type: 'native', format: 'gemini', data: { executableCode: {} } },
    { type: 'native', format: 'anthropic-messages', data: { type: 'container_upload', file_id: 'f' } },
  ]);
  expect(content).toEqual([{ type: 'container_upload', file_id: 'f' }]);
  expect(blocks.losses.map(({ field }) => field)).toEqual(['annotations', 'content.0', 'logprobs']);
});
