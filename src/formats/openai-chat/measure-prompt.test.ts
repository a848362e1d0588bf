import { expect, test } from 'bun:test';
import fc from 'fast-check';
import openaiChat from '../openai-chat.ts';

function estimateOf(body: string): number {
  return openaiChat.server.decodeRequest(new TextEncoder().encode(body)).features.promptTokensEstimate;
}

/** As Python's `json.dumps` writes it unless told otherwise. */
function escaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

test('a prompt is as long with its letters in escapes as in UTF-8', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('Добрый день', '今日は', 'नमस्ते', '👩‍🚀', 'plain'),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (texts) => {
      const messages = texts.map((content) => ({ role: 'user', content: content.toWellFormed() }));
      const body = JSON.stringify({ model: 'a/b', messages });
      expect(estimateOf(escaped(body))).toBe(estimateOf(body));
    }),
  );
});

test('four bytes of UTF-8 count as a token, and escapes elsewhere take nothing from them', () => {
  const content = 'д'.repeat(2_000);
  const body = JSON.stringify({ model: 'a/b', messages: [{ role: 'user', content }] });
  expect(estimateOf(escaped(body))).toBeWithin(1_000, 1_020);
  const user = escaped(JSON.stringify('д'.repeat(5_000)));
  const small = `{"model":"a/b","messages":[{"role":"user","content":"${'x'.repeat(600)}"}],"x":${user}}`;
  expect(estimateOf(small)).toBeWithin(150, 170);
});
