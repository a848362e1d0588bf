/** An engine that is not ours, asked for the same as ours. Each has a script that prints its `Measurement` as JSON. */
import { join } from 'node:path';
import { type Answer, type Answers, golden, readAnswers } from './answers.ts';
import { isSame, largestDifference, type Measurement } from './measurement.ts';

export interface ForeignPrompt {
  /** With `{picture}` where the picture stands. */
  readonly text: string;
  readonly ids: readonly number[];
  /** Path of a PNG file. */
  readonly picture?: string;
}

export interface ForeignEngine {
  /** Undefined where the engine does not tell. */
  readonly encode?: (text: string) => Promise<readonly number[]>;
  /** Log-probabilities by token; a token that the engine cannot name is missing. */
  readonly scores: (prompt: ForeignPrompt) => Promise<ReadonlyMap<number, number>>;
  /** The best tokens, up to where the engine ends its answer; undefined where it cannot name one. */
  readonly greedy: (prompt: ForeignPrompt, count: number) => Promise<readonly (number | undefined)[]>;
  readonly seesPictures: boolean;
}

export const files = { model: join(golden, 'model.gguf'), projector: join(golden, 'projector.gguf') };

export const CONTEXT_TOKENS = 16_512;

export async function measureForeign(engine: ForeignEngine): Promise<Measurement> {
  const answers = readAnswers('answers');
  const differences: number[] = [];
  let sameIds = 0;
  let sameGreedy = 0;
  for (const answer of answers.text) {
    const prompt = { text: answer.prompt, ids: answer.ids };
    if (engine.encode) sameIds += isSame(await engine.encode(answer.prompt), answer.ids) ? 1 : 0;
    differences.push(await difference(engine, prompt, answer.top));
    sameGreedy += (await isGreedySame(engine, prompt, answer)) ? 1 : 0;
  }
  const of = answers.text.length;
  return {
    ...(engine.encode && { ids: { same: sameIds, of } }),
    text: Math.max(...differences),
    greedy: { same: sameGreedy, of },
    ...(await measureLong(engine, answers.long!)),
    ...(engine.seesPictures && (await measurePictures(engine, answers))),
  };
}

async function measureLong(
  engine: ForeignEngine,
  { prompt, after }: NonNullable<Answers['long']>,
): Promise<Measurement> {
  if (!engine.encode) return {};
  const ids = await engine.encode(prompt);
  const texts = prompt.split(/(?= )/);
  const differences: number[] = [];
  for (const { tokens, top } of after) {
    // Each word of this text is at most a few tokens; the text that has just so many tokens is found from its ids.
    const part = await textOf(engine, texts, ids.slice(0, tokens));
    if (part !== undefined) differences.push(await difference(engine, { text: part, ids: ids.slice(0, tokens) }, top));
  }
  return differences.length > 0 ? { long: Math.max(...differences) } : {};
}

/** The beginning of the text that has these very ids. */
async function textOf(
  engine: ForeignEngine,
  words: readonly string[],
  ids: readonly number[],
): Promise<string | undefined> {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const count = (await engine.encode!(words.slice(0, middle).join(''))).length;
    if (count < ids.length) low = middle + 1;
    else high = middle;
  }
  const text = words.slice(0, low).join('');
  return isSame(await engine.encode!(text), ids) ? text : undefined;
}

async function measurePictures(engine: ForeignEngine, answers: Answers): Promise<Measurement> {
  const found: { tiles: number; isSameGreedy: boolean; difference: number }[] = [];
  const columns: number[] = [];
  for (const answer of answers.pictures) {
    const { before, behind, file, tiles } = answer;
    const prompt = { text: `${before}{picture}${behind}`, ids: answer.ids, picture: join(golden, file) };
    const isSameGreedy = await isGreedySame(engine, prompt, answer);
    found.push({ tiles, isSameGreedy, difference: await difference(engine, prompt, answer.top) });
    if (answer.columns) columns.push(await difference(engine, prompt, answer.columns.top));
  }
  const most = (list: typeof found) => Math.max(...list.map((item) => item.difference));
  return {
    oneTile: most(found.filter(({ tiles }) => tiles === 1)),
    manyTiles: most(found.filter(({ tiles }) => tiles > 1)),
    pictureGreedy: { same: found.filter(({ isSameGreedy }) => isSameGreedy).length, of: found.length },
    columns: Math.max(...columns),
  };
}

async function difference(engine: ForeignEngine, prompt: ForeignPrompt, top: Answer['top']): Promise<number> {
  const scores = await engine.scores(prompt);
  // Some name no token whose best continuation is a part of a character; such a prompt says nothing.
  const named = top.filter(([token]) => scores.has(token));
  return largestDifference({ length: 0, ...Object.fromEntries(scores) }, named);
}

async function isGreedySame(engine: ForeignEngine, prompt: ForeignPrompt, { greedy }: Answer): Promise<boolean> {
  const taken = await engine.greedy(prompt, greedy.length);
  return taken.length > 0 && taken.every((token, index) => token === undefined || token === greedy[index]);
}
