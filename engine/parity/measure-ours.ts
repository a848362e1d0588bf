/** Compares our engine with the reference, by the path that a request takes: file, tokenizer, picture, eye, text model. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenModel } from '../model/open-model.ts';
import type { OpenText } from '../model/open-text.ts';
import { PAGE_TOKENS } from '../model/page-pool.ts';
import { Codecs } from '../pictures/codecs.ts';
import { decodePicture } from '../pictures/decode-picture.ts';
import { PICTURE_LIMITS } from '../pictures/picture.ts';
import { pictureTokens } from '../pictures/picture-tokens.ts';
import { readInstalledCodec } from '../pictures/read-installed-codec.ts';
import { cutTiles } from '../pictures/tiles.ts';
import { type Answers, golden, type PictureAnswer } from './answers.ts';
import { isSame, largestDifference, type Measurement } from './measurement.ts';

const TILES_MAX = 16;

export async function measureOurs(open: OpenModel, answers: Answers): Promise<Measurement> {
  const text = answers.text.map(({ prompt, ids, top, greedy }) => {
    const own = encode(open, prompt);
    return { isSameIds: isSame(own, ids), ...follow(open, { tokens: own }, top, greedy) };
  });
  const pictures = [];
  for (const answer of answers.pictures) {
    const { ids, input } = await layOut(open, answer);
    const found = follow(open, input, answer.top, answer.greedy);
    pictures.push({ isSameIds: isSame(ids, answer.ids), isSingle: answer.tiles === 1, ...found });
  }
  const all = [...text, ...pictures];
  const most = (list: readonly { readonly difference: number }[]) => Math.max(...list.map((item) => item.difference));
  const single = pictures.filter((item) => item.isSingle);
  return {
    ids: { same: all.filter((item) => item.isSameIds).length, of: all.length },
    text: most(text),
    greedy: { same: text.filter((item) => item.isSameGreedy).length, of: text.length },
    ...(answers.long && { long: measureLong(open, answers.long) }),
    ...(single.length > 0 && { oneTile: most(single) }),
    manyTiles: most(pictures.filter((item) => !item.isSingle)),
    pictureGreedy: { same: pictures.filter((item) => item.isSameGreedy).length, of: pictures.length },
  };
}

/** Reads the text once, and looks at the scores wherever the reference did. */
function measureLong(open: OpenModel, { prompt, after }: NonNullable<Answers['long']>): number {
  const tokens = encode(open, prompt);
  const reader = new Reader(open.text);
  const differences = after.map(({ tokens: end, top }) =>
    largestDifference(logprobs(reader.read({ tokens: tokens.slice(0, end) })), top),
  );
  reader.close();
  return Math.max(...differences);
}

interface Input {
  readonly tokens: readonly number[];
  readonly features?: Float32Array | undefined;
}

function encode({ tokenizer }: OpenModel, text: string): number[] {
  return [tokenizer.beginToken!, ...tokenizer.encode(text, { special: 'text' })];
}

function follow(open: OpenModel, input: Input, top: Answers['text'][0]['top'], greedy: readonly number[]) {
  const reader = new Reader(open.text);
  let scores = reader.read(input);
  const difference = largestDifference(logprobs(scores), top);
  const tokens = [...input.tokens];
  const taken: number[] = [];
  for (let step = 0; step < greedy.length; step++) {
    const best = scores.indexOf(Math.max(...scores));
    taken.push(best);
    tokens.push(best);
    scores = reader.read({ ...input, tokens });
  }
  reader.close();
  return { difference, isSameGreedy: isSame(taken, greedy) };
}

/** One sequence that grows. */
class Reader {
  readonly #text: OpenText;
  readonly #pages: number[] = [];
  #length = 0;

  constructor(text: OpenText) {
    this.#text = text;
  }

  /** The scores after the last of the tokens; those that were read before are not read again. */
  read({ tokens, features }: Input): Float32Array {
    while (this.#pages.length * PAGE_TOKENS < tokens.length) this.#pages.push(this.#text.pool.take()!);
    let scores: Float32Array | undefined;
    while (this.#length < tokens.length) {
      const end = Math.min(tokens.length, this.#length + this.#text.batchTokensMax);
      const run = { tokens: tokens.slice(this.#length, end), features, wantsScores: end === tokens.length };
      [scores] = this.#text.forward([{ ...run, cache: { pages: this.#pages, length: this.#length } }]);
      this.#length = end;
    }
    return scores!;
  }

  close(): void {
    for (const page of this.#pages) this.#text.pool.release(page);
  }
}

async function layOut(open: OpenModel, { file, before, behind }: PictureAnswer) {
  const { tokenizer } = open;
  const vision = open.vision!;
  const bytes = new Uint8Array(readFileSync(join(golden, file)));
  const picture = await decodePicture(bytes, PICTURE_LIMITS, new Codecs(readInstalledCodec));
  const rule = { tilePixels: vision.shape.tilePixels, tilesMax: TILES_MAX };
  const layout = cutTiles(picture, rule, vision.shape);
  const features = layout.tiles.map((tile) => vision.encode(tile));
  const between = pictureTokens(layout, vision.tokensPerTile).map((name) => tokenizer.findSpecial(name)!);
  const ids = [...encode(open, before), ...between, ...tokenizer.encode(behind, { special: 'text' })];
  const patch = tokenizer.findSpecial('<|patch|>');
  let next = 0;
  const tokens = ids.map((id) => (id === patch ? -1 - next++ : id));
  return { ids, input: { tokens, features: joined(features) } };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const size = parts[0]!.length;
  const all = new Float32Array(parts.length * size);
  for (const [index, part] of parts.entries()) all.set(part, index * size);
  return all;
}

function logprobs(scores: Float32Array): Float64Array {
  const largest = Math.max(...scores);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  return Float64Array.from(scores, (score) => score - largest - Math.log(total));
}
