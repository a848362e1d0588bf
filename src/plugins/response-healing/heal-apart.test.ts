import { expect, test } from 'bun:test';
import { healApart } from './heal-apart.ts';

const fenced = (count: number) => Array.from({ length: count }, (_, index) => `\`\`\`\n{${index}\n\`\`\``).join('\n');
/** Each definition asks for the next one twice: a value that meets none is looked at 2⁴⁰ times. */
const multiplying = {
  $ref: '#/$defs/d0',
  $defs: Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => {
      const next = { $ref: `#/$defs/d${index + 1}` };
      return [`d${index}`, index < 39 ? { anyOf: [next, next] } : { type: 'string' }];
    }),
  ),
};

/** The longest time in which nobody else had a turn. */
async function longestPause(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  work.finally(() => {
    isOver = true;
  });
  for (let before = performance.now(); !isOver; before = performance.now()) {
    await Bun.sleep(5);
    longest = Math.max(longest, performance.now() - before);
  }
  return longest;
}

const hostile: Readonly<Record<string, readonly [text: string, schema: Record<string, never> | undefined]>> = {
  'a text of a hundred thousand Markdown fences': [fenced(100_000), undefined],
  'a list without a comma': [`[${'"a" "b" '.repeat(240_000)}`, undefined],
  'a list of slashes': [`[${'/a'.repeat(900_000)}]`, undefined],
  'a schema that multiplies': ['{"a":1}', multiplying as unknown as Record<string, never>],
};
for (const [name, [text, schema]] of Object.entries(hostile)) {
  test(`${name} keeps nobody else waiting, and is given up after its time`, async () => {
    const healing = healApart(text, schema, 300);
    expect(await longestPause(healing)).toBeLessThan(2_000);
    expect((await healing).outcome).toBeOneOf(['left', 'healed']);
  });
}

test('a long answer is mended as a short one is', async () => {
  for (const length of [10, 100_000]) {
    const long = 'x'.repeat(length);
    expect(await healApart(`{'a': '${long}',}`, undefined)).toMatchObject({ outcome: 'healed', steps: ['syntax'] });
    expect(await healApart(`{"a": "${long}"}`, undefined)).toEqual({ outcome: 'valid' });
  }
  const schema = { $ref: '#/$defs/a', $defs: { a: { type: 'object', required: ['a'] } } };
  expect(await healApart("{'a': 1}", schema)).toMatchObject({ outcome: 'healed', fit: 'fits' });
  expect(await healApart("{'b': 1}", schema)).toMatchObject({ outcome: 'left' });
});
