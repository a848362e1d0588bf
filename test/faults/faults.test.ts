import { describe, expect, test } from 'bun:test';
import { loadFormats } from '../../src/formats/format.ts';
import { BEDROCK_FAULTS } from './bedrock-faults.ts';
import { CALLERS } from './callers.ts';
import { COHERE_FAULTS } from './cohere-faults.ts';
import { FAULTS } from './faults.ts';
import { GEMINI_FAULTS } from './gemini-faults.ts';
import { type Behind, judge, meetFault, type Outcome } from './meet-fault.ts';
import { MESSAGES_FAULTS } from './messages-faults.ts';

const chat = CALLERS.find(({ id }) => id === 'openai-chat')!;

function expectServed(outcome: Outcome, text: string): void {
  expect([outcome.status, outcome.text, outcome.errorType, outcome.isWhole]).toEqual([200, text, undefined, true]);
  expect(outcome.usages).toBe(1);
}

describe.each([...FAULTS, ...MESSAGES_FAULTS, ...GEMINI_FAULTS, ...BEDROCK_FAULTS, ...COHERE_FAULTS])(
  'a provider that does this: $name',
  (fault) => {
    test.each([true, false])('is survived or shown with another endpoint behind it, stream %p', async (stream) => {
      const outcome = await meetFault({ fault, caller: chat, stream, behind: 'another' });
      if (fault.effect === 'serves') expectServed(outcome, 'Hello');
      else if (fault.effect === 'fails' || !stream) expectServed(outcome, 'the right answer');
      else {
        expect([outcome.status, outcome.text, outcome.isWhole]).toEqual([200, 'Hello', false]);
        expect([outcome.code, outcome.errorType]).toEqual([...fault.alone]);
      }
    });

    test.each([true, false])('is told truly when it is alone, stream %p', async (stream) => {
      const outcome = await meetFault({ fault, caller: chat, stream, behind: 'nobody' });
      if (fault.effect === 'serves') {
        expectServed(outcome, 'Hello');
        return;
      }
      expect(outcome.isWhole).toBe(false);
      if (fault.effect === 'breaks' && stream) {
        expect([outcome.status, outcome.text]).toEqual([200, 'Hello']);
        expect([outcome.code, outcome.errorType]).toEqual([...fault.alone]);
        return;
      }
      // Before content every broken try of a single endpoint adds up to an outage.
      const alone = fault.effect === 'breaks' ? [503, 'provider_overloaded'] : fault.alone;
      expect([outcome.code, outcome.errorType]).toEqual([...alone]);
      // After eight silent seconds a stream has begun with comments; its error then travels inside.
      expect([outcome.status, outcome.comments > 0]).toEqual(
        outcome.status === 200 ? [200, true] : [alone[0] as number, false],
      );
      expect(outcome.retryAfter).toBe(fault.retryAfter);
    });
  },
);

/** The whole table is `npm run faults`. Here each format meets what breaks a stream, and one fault of each other sort. */
const SOME = [...FAULTS, ...MESSAGES_FAULTS, ...GEMINI_FAULTS, ...BEDROCK_FAULTS, ...COHERE_FAULTS].filter(
  ({ name, effect }) =>
    effect === 'breaks' || ['RST before headers', '500', '400', 'nothing wrong', 'one byte at a time'].includes(name),
);

describe.each(CALLERS)('a caller of $id', (caller) => {
  const places: readonly (readonly [stream: boolean, behind: Behind])[] = [
    [true, 'nobody'],
    [true, 'one that goes on'],
    [false, 'nobody'],
  ];
  test.each(SOME)('is told the truth of a provider that does this: $name', async (fault) => {
    for (const [stream, behind] of places) {
      const meeting = { fault, caller, stream, behind };
      const verdict = judge(meeting, await meetFault(meeting));
      expect([stream, behind, verdict.problem, verdict.saw]).toEqual([stream, behind, undefined, verdict.saw]);
    }
  });
});

test('every format that callers speak has a caller here', async () => {
  const formats = await loadFormats();
  const tasks = new Set(formats.flatMap((format) => Object.values(format.tasks ?? {})));
  const spoken = formats.filter(({ id, server }) => server.routes.length > 0 && !tasks.has(id)).map(({ id }) => id);
  expect(CALLERS.map(({ id }) => id).sort()).toEqual(spoken.sort());
});
