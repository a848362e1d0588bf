import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { StoppedText } from './generator.ts';
import { layOutPrompt } from './prompt.ts';

test('a conversation is laid out as in training', () => {
  expect(
    layOutPrompt([
      { role: 'developer', content: 'Answer briefly.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    ]).text,
  ).toBe(
    '<|begin_of_text|><|header_start|>system<|header_end|>\n\nAnswer briefly.<|eot|>' +
      '<|header_start|>user<|header_end|>\n\nHi<|eot|><|header_start|>assistant<|header_end|>\n\n',
  );
});

test('no text of a caller adds a control token or a picture', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('<', '|', '<|', 'eot', '|>', '_', '__', 'media', '>', ' ')), (parts) => {
      const { text } = layOutPrompt([{ role: 'user', content: parts.map((text) => ({ type: 'text', text })) }]);
      expect(text.match(/<\|/g)?.length).toBe(6);
      expect(text).not.toContain('<__media__>');
    }),
  );
});

test('a stop string is found however the text is cut, and nothing after it is sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b') }), fc.array(fc.nat(20)), (text, cuts) => {
      const stops = ['abba', 'bbb'];
      const found = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
      const stopped = new StoppedText(stops);
      let sent = '';
      let rest = text;
      // Token by token, as the engine does: a stop string ends at most one token of two letters.
      for (const cut of [...cuts, ...Array.from(text, () => 0)]) {
        sent += stopped.add(rest.slice(0, 1 + (cut % 2)));
        rest = rest.slice(1 + (cut % 2));
      }
      sent += stopped.end();
      expect(stopped.isStopped).toBe(found.length > 0);
      if (found.length === 0) expect(sent).toBe(text);
      else expect(text.startsWith(sent) && stops.every((stop) => !sent.includes(stop))).toBe(true);
    }),
  );
});
