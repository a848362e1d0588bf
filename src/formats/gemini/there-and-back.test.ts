import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Loss } from '../../generation/loss.ts';
import openaiChat from '../openai-chat.ts';
import { chat, decode, encode, model, target, textOf, user } from './request.test-data.ts';

test('what chat completions have words for survives the way there and back', () => {
  const text = fc.string({ minLength: 1 });
  const schema = fc.constantFrom(
    { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } }, propertyOrdering: ['a'] },
    { type: 'OBJECT', properties: { a: { type: 'ARRAY', items: { type: 'INTEGER' } } }, propertyOrdering: ['a'] },
  );
  const turn = fc.record({
    question: text,
    thought: fc.option(fc.record({ text, signature: text }), { nil: undefined }),
    said: text,
    seal: fc.option(text, { nil: undefined }),
    calls: fc.array(fc.record({ id: fc.uuid(), seal: fc.option(text, { nil: undefined }), arg: text }), {
      maxLength: 3,
    }),
  });
  const sealed = (seal: string | undefined) => (seal === undefined ? {} : { thoughtSignature: seal });
  const resultOf = ({ id, arg }: { readonly id: string; readonly arg: string }) => ({
    functionResponse: { id, name: 'f', response: { output: `x${arg}` } },
  });
  const turns = fc.array(turn, { minLength: 1, maxLength: 3 }).map((all) =>
    all.flatMap(({ question, thought, said, seal, calls }) => [
      user({ text: question }),
      model(
        ...(thought ? [{ text: thought.text, thought: true, thoughtSignature: thought.signature }] : []),
        { text: said, ...sealed(seal) },
        ...calls.map(({ id, seal: own, arg }) => ({
          functionCall: { id, name: 'f', args: { arg } },
          ...sealed(own),
        })),
      ),
      ...(calls.length === 0 ? [] : [user(...calls.map(resultOf)), model({ text: said })]),
    ]),
  );
  fc.assert(
    fc.property(turns, schema, (contents, parameters) => {
      const body = {
        contents: mergeTurns(contents),
        tools: [{ functionDeclarations: [{ name: 'f', parameters }] }],
        generationConfig: { temperature: 0.5, maxOutputTokens: 9 },
      };
      const losses: Loss[] = [];
      const quirks = { reasoning: 'object' } as const;
      const there = textOf(openaiChat.client.encodeRequest(decode(body), { ...target, quirks }, losses));
      const { model: _, stream: __, stream_options: ___, ...back } = JSON.parse(there) as Record<string, unknown>;
      expect(losses).toEqual([]);
      const { body: sent, losses: again } = encode(chat(back));
      expect([sent as object, again]).toEqual([body, []]);
    }),
    { numRuns: 200 },
  );
});

/** Turns of one role side by side are one turn. */
function mergeTurns(turns: readonly { readonly role: string; readonly parts: object[] }[]) {
  const merged: { role: string; parts: object[] }[] = [];
  for (const { role, parts } of turns) {
    const last = merged.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else merged.push({ role, parts: [...parts] });
  }
  return merged;
}
