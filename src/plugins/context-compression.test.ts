import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Message, Part } from '../generation/request.ts';
import { compress, isSystem } from './context-compression/compress.ts';
import { countTokens } from './context-compression/count-tokens.ts';

function say(role: Message['role'], text: string): Message {
  return { role, content: [{ type: 'text', text }] };
}

function textOf(message: Message): string {
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

test('the middle goes first, and the end is kept before the beginning', () => {
  const messages = ['q1', 'a1', 'q2', 'a2', 'q3', 'a3', 'q4'].map((name, i) =>
    say(i % 2 === 0 ? 'user' : 'assistant', name + 'x'.repeat(38)),
  );
  const compressed = compress([say('system', 'rules'), ...messages], { tokensMax: 6 + 14 * 4 })!;
  expect(compressed.messages.map((message) => textOf(message).slice(0, 2))).toEqual(['ru', 'q1', 'a1', 'a3', 'q4']);
  expect(compressed.losses.map(({ field, outcome }) => [field, outcome])).toEqual([
    ['messages.3', 'dropped'],
    ['messages.4', 'dropped'],
    ['messages.5', 'dropped'],
  ]);
});

test('one text that is too long for everybody loses its own middle', () => {
  const text = `BEGIN${'x'.repeat(4_000)}END`;
  const compressed = compress([say('user', text)], { tokensMax: 100 })!;
  const left = textOf(compressed.messages[0]!);
  expect([left.startsWith('BEGIN'), left.endsWith('END'), left.length < 400]).toEqual([true, true, true]);
  expect(compressed.losses[0]).toMatchObject({ field: 'messages.0.content.0', outcome: 'approximated' });
});

test('what the system says is never cut', () => {
  expect(compress([say('system', 'x'.repeat(4_000)), say('user', 'Hi')], { tokensMax: 100 })).toBeUndefined();
});

test('a cap on the number of messages keeps both ends', () => {
  const messages = Array.from({ length: 10 }, (_, i) => say(i % 2 === 0 ? 'user' : 'assistant', String(i)));
  const compressed = compress(messages, { tokensMax: 10_000, messagesMax: 5 })!;
  expect(compressed.messages.map(textOf)).toEqual(['0', '1', '7', '8', '9']);
});

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const turn = fc.oneof(
  text.map((words): Message[] => [say('user', words)]),
  text.map((words): Message[] => [say('assistant', words)]),
  text.map((words): Message[] => [say('system', words.slice(0, 20))]),
  fc.tuple(fc.integer({ min: 0, max: 1e9 }), text, text).map(([number, args, result]): Message[] => {
    const id = `call-${number}`;
    const call: Part = { type: 'tool-call', id, name: 'look', argumentsJson: JSON.stringify({ args }) };
    const answer: Part = { type: 'tool-result', callId: id, content: [{ type: 'text', text: result }] };
    return [
      { role: 'assistant', content: [call] },
      { role: 'tool', content: [answer] },
    ];
  }),
);
const conversation = fc.array(turn, { minLength: 1, maxLength: 20 }).map((turns) => turns.flat());

test('whatever the conversation: it fits, keeps its order, its system messages and its pairs, and says what is gone', () => {
  fc.assert(
    fc.property(conversation, fc.integer({ min: 1, max: 800 }), (messages, tokensMax) => {
      const compressed = compress(messages, { tokensMax });
      if (!compressed) return;
      const { dropped } = compressed;
      expect(compressed.messages.reduce((sum, message) => sum + countTokens(message), 0)).toBeLessThanOrEqual(
        tokensMax,
      );
      const left = messages.filter((_, place) => !dropped.includes(place));
      expect(compressed.messages.map(({ role }) => role)).toEqual(left.map(({ role }) => role));
      expect(compressed.messages.filter(isSystem)).toEqual(messages.filter(isSystem));
      expect(compressed.losses.filter(({ outcome }) => outcome === 'dropped').map(({ field }) => field)).toEqual(
        dropped.map((place) => `messages.${place}`),
      );
      const ids = (type: 'tool-call' | 'tool-result') =>
        compressed.messages.flatMap(({ content }) =>
          content.flatMap((part) =>
            part.type !== type ? [] : [part.type === 'tool-call' ? part.id : (part as { callId: string }).callId],
          ),
        );
      expect(ids('tool-result')).toEqual(ids('tool-call'));
    }),
  );
});

test('a conversation that fits is left as it is', () => {
  fc.assert(
    fc.property(conversation, (messages) => {
      const tokensMax = messages.reduce((sum, message) => sum + countTokens(message), 0);
      expect(compress(messages, { tokensMax })?.messages).toEqual(messages);
    }),
  );
});
