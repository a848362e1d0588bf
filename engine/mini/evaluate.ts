/**
 * Measures `trunkline/mini` as callers meet it: the weights of `engine/models` in a real engine process, asked over HTTP,
 * on wordings and pictures that it was never trained on. `npm run evaluate-mini -- --verbose` shows what was wrong.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../sampling/random.ts';
import { dataUrl, startTestEngine, type TestEngine, user } from '../test-engine.ts';
import { drawPicture, type Picture } from './draw-picture.ts';
import { readQuestions } from './questions.ts';

/** Shares that have to be right. */
const AIMS: Readonly<Record<string, number>> = {
  'facts, trained wordings': 0.95,
  'facts, unseen wordings': 0.85,
  'unknown questions': 0.9,
  'colour of the shape': 0.99,
  shape: 0.9,
};
const AT_ONCE = 4;

interface Result {
  readonly kind: string;
  readonly question: string;
  readonly right: string;
  readonly said: string;
  readonly isRight: boolean;
}

const { values } = parseArgs({
  options: {
    /** Without their ends: the text model is NAME.gguf, the projector NAME-mmproj.gguf. */
    weights: { type: 'string', default: join(import.meta.dir, '..', 'models', 'mini-q8_0') },
    verbose: { type: 'boolean', default: false },
    pictures: { type: 'string', default: '500' },
    seed: { type: 'string', default: '20261126' },
    trained: { type: 'string', default: '10' },
  },
});

async function main(): Promise<void> {
  const engine = await startTestEngine({
    weights: `${values.weights}.gguf`,
    projector: `${values.weights}-mmproj.gguf`,
    contextTokens: 512,
    outputTokensMax: 96,
  });
  try {
    const startedMs = performance.now();
    const results = [...(await askQuestions(engine)), ...(await showPictures(engine))];
    const isReached = print(results);
    process.stdout.write(`${Math.round((performance.now() - startedMs) / 1000)} s\n`);
    process.exitCode = isReached ? 0 : 1;
  } finally {
    engine.kill();
  }
}

async function askQuestions(engine: TestEngine): Promise<readonly Result[]> {
  const alone = await readQuestions(Number(values.trained));
  const some = alone.filter(({ kind }, index) => kind !== 'facts, trained wordings' && index % 4 === 0);
  const questions = [
    ...alone.map((question) => ({ ...question, before: [] as readonly object[] })),
    ...SETTINGS.flatMap(({ name, before }) =>
      some.map((question) => ({
        ...question,
        kind: `${question.kind.split(' ')[0]!.replace(',', '')} ${name}`,
        before,
      })),
    ),
  ];
  return inParallel(questions, async ({ kind, text, answer, before }) => {
    const said = await say(engine, text, before);
    return { kind, question: text, right: answer, said, isRight: squeeze(said) === squeeze(answer) };
  });
}

const HELLO = 'Hello! Ask me how to use Trunkline, or show me a picture of a coloured shape.';

/** What may stand before a question. The system's words were never trained; of the earlier turns, the answers were. */
const SETTINGS: readonly { readonly name: string; readonly before: readonly object[] }[] = [
  {
    name: 'under a system message',
    before: [{ role: 'system', content: 'You are an expert support agent. Help customers kindly.' }],
  },
  {
    name: 'after a turn',
    before: [user('Hey!'), { role: 'assistant', content: HELLO }],
  },
  {
    name: 'after two turns',
    before: [
      user('Hey!'),
      { role: 'assistant', content: HELLO },
      user('what is a token, please?'),
      {
        role: 'assistant',
        content:
          'A token is a piece of text, often a word or a part of one. Prompts, answers and prices are counted in tokens.',
      },
    ],
  },
];

async function showPictures(engine: TestEngine): Promise<readonly Result[]> {
  const random = new SeededRandom(BigInt(values.seed));
  const pictures = Array.from({ length: Number(values.pictures) }, () => drawPicture(random));
  const each = await inParallel(pictures, async (picture, index) => {
    const image = { type: 'image_url', image_url: { url: dataUrl(picture.png) } };
    const ask = (text: string) => {
      const words = { type: 'text', text };
      return say(engine, index % 2 ? [image, words] : [words, image]);
    };
    return [
      ...judgeWhole(picture, await ask('What is in this picture?')),
      judge('picture: asked for the colour', `The shape is ${picture.colour}.`, await ask('What colour is the shape?')),
      judge('picture: asked for the shape', `It is ${withArticle(picture.shape)}.`, await ask('What shape is it?')),
      judge(
        'picture: asked for the background',
        `The background is ${picture.background}.`,
        await ask('What colour is the background?'),
      ),
    ];
  });
  return each.flat();
}

function judge(kind: string, right: string, said: string): Result {
  return { kind, question: '(a picture)', right, said, isRight: squeeze(said) === right };
}

function judgeWhole({ shape, colour, background }: Picture, said: string): readonly Result[] {
  const whole = `${withArticle(colour)} ${shape} on ${withArticle(background)} background.`;
  const right = whole[0]!.toUpperCase() + whole.slice(1);
  const [, saidColour, saidShape] = /^An? (\w+) (\w+) on /.exec(squeeze(said)) ?? [];
  return [
    { ...judge('colour of the shape', right, said), isRight: saidColour === colour },
    { ...judge('shape', right, said), isRight: saidShape === shape },
    judge('picture: the whole answer', right, said),
  ];
}

function withArticle(word: string): string {
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
}

function squeeze(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

async function say(engine: TestEngine, content: unknown, before: readonly object[] = []): Promise<string> {
  const response = await engine.ask({ messages: [...before, user(content)], temperature: 0, max_tokens: 90 });
  if (!response.ok) throw new Error(`the engine answered ${response.status}: ${await response.text()}`);
  const body = (await response.json()) as { choices: [{ message: { content: string | null } }] };
  return body.choices[0].message.content ?? '';
}

async function inParallel<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** Whether every aim was reached. */
function print(results: readonly Result[]): boolean {
  let isReached = true;
  process.stdout.write(
    `${'kind'.padEnd(36)}${'right'.padStart(6)}${'total'.padStart(7)}${'percent'.padStart(9)}   aim\n`,
  );
  for (const kind of new Set(results.map((result) => result.kind))) {
    const all = results.filter((result) => result.kind === kind);
    const right = all.filter((result) => result.isRight).length;
    const [share, aim] = [right / all.length, AIMS[kind]];
    const verdict = aim === undefined ? '' : `${Math.round(aim * 100)} %  ${share >= aim ? 'reached' : 'MISSED'}`;
    if (aim !== undefined && share < aim) isReached = false;
    const numbers = `${String(right).padStart(6)}${String(all.length).padStart(7)}${(share * 100).toFixed(1).padStart(9)}`;
    process.stdout.write(`${kind.padEnd(36)}${numbers}   ${verdict}\n`);
  }
  if (values.verbose) {
    for (const { kind, question, right, said } of results.filter((result) => !result.isRight))
      process.stdout.write(`[${kind}] ${question}\n  right  ${right}\n  said   ${said}\n`);
  }
  return isReached;
}

await main();
