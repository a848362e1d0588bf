/**
 * How long it takes to say which tokens may come next, for answers that are held to a JSON schema:
 *
 *   npm run bench-masks
 *
 * With the bundled model's vocabulary, and with a made one of Llama 4's size. Cold: a schema that nobody asked for before.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGguf } from '../../engine/files/read-gguf.ts';
import { compileSchema } from '../../engine/grammar/compile-schema.ts';
import { GrammarConstraint } from '../../engine/grammar/grammar-constraint.ts';
import { TokenMasks } from '../../engine/grammar/token-masks.ts';
import { TokenSets } from '../../engine/grammar/token-sets.ts';
import type { TokenVocabulary } from '../../engine/grammar/token-trie.ts';
import { SeededRandom } from '../../engine/sampling/random.ts';
import { isInMask } from '../../engine/sampling/token-mask.ts';
import { openTokenizer } from '../../engine/tokenizer/tokenizer.ts';
import { bundledWeights } from '../../src/engines/bundled.ts';
import { median, table } from '../figures.ts';

const ROUNDS = 20;
const LLAMA_4_TOKENS = 202_048;
const encoder = new TextEncoder();

const person = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    age: { type: 'integer', minimum: 0, maximum: 130 },
    address: {
      type: 'object',
      properties: {
        street: { type: 'string', maxLength: 60 },
        city: { type: 'string' },
        code: { type: 'string', pattern: '^[0-9]{5}$' },
      },
      required: ['street', 'city', 'code'],
    },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 5 },
    email: { type: 'string', format: 'email' },
    state: { enum: ['open', 'closed', 'merged'] },
    score: { type: 'number', minimum: 0, maximum: 1 },
  },
  required: ['name', 'age', 'address', 'tags', 'email', 'state', 'score'],
};
const document = JSON.stringify(
  {
    name: 'Ada Lovelace, countess of numbers',
    age: 36,
    address: { street: '12 St James Square', city: 'London', code: '12345' },
    tags: ['first', 'programmer', 'Überflieger', '数学'],
    email: 'ada.lovelace@example.org',
    state: 'open',
    score: 0.75,
  },
  undefined,
  1,
);

function bundledVocabulary(): TokenVocabulary {
  const { model } = bundledWeights(join(import.meta.dir, '..', '..'));
  const tokenizer = openTokenizer(readGguf(new Uint8Array(readFileSync(model))).metadata);
  return { size: tokenizer.size, bytes: tokenizer.vocabulary, endTokens: tokenizer.endTokens };
}

/** Words of syllables with and without a space, numbers, runs of signs, and characters of two and three bytes. */
function madeVocabulary(size: number): TokenVocabulary {
  const random = new SeededRandom(4);
  const pick = (list: string | readonly string[]) => list[Math.floor(random.nextUnit() * list.length)]!;
  const makers: readonly (() => string)[] = [
    ...Array<() => string>(6).fill(() => {
      let word = pick(['', ' ', ' ', ' ']);
      for (let left = 1 + Math.floor(random.nextUnit() * 4); left > 0; left--)
        word += pick('bcdfghklmnprstvwz') + pick('aeiouy') + pick(['', '', 'n', 's', 'r']);
      return word;
    }),
    () => `${Math.floor(random.nextUnit() * 1_000)}`,
    () =>
      Array.from({ length: 1 + Math.floor(random.nextUnit() * 4) }, () => pick('"\\{}[]()<>:;,._-+=*/!?\'`\n ')).join(
        '',
      ),
    () =>
      Array.from({ length: 1 + Math.floor(random.nextUnit() * 5) }, () =>
        String.fromCharCode(0x430 + Math.floor(random.nextUnit() * 32)),
      ).join(''),
    () =>
      Array.from({ length: 1 + Math.floor(random.nextUnit() * 3) }, () =>
        String.fromCharCode(0x4e00 + Math.floor(random.nextUnit() * 5_000)),
      ).join(''),
  ];
  const tokens = new Map<string, Uint8Array>();
  for (let byte = 0; byte < 256; byte++) tokens.set(`byte ${byte}`, Uint8Array.of(byte));
  while (tokens.size < size - 1) {
    const text = makers[Math.floor(random.nextUnit() * makers.length)]!();
    if (text.length > 1) tokens.set(text, encoder.encode(text));
  }
  return { size, bytes: [...tokens.values(), new Uint8Array()], endTokens: new Set([size - 1]) };
}

/** The document in its longest tokens, as far as they are allowed; the times of all masks, in ms. */
function writeDocument(
  constraint: GrammarConstraint,
  vocabulary: TokenVocabulary,
  tokens: ReadonlyMap<string, number>,
): readonly number[] {
  const bytes = encoder.encode(document);
  const times: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const begun = performance.now();
    const mask = constraint.allowed();
    times.push(performance.now() - begun);
    let length = Math.min(24, bytes.length - at);
    let token: number | undefined;
    for (; length > 0 && token === undefined; length--) {
      const found = tokens.get(bytes.subarray(at, at + length).toString());
      if (found !== undefined && isInMask(mask, found)) token = found;
    }
    if (token === undefined) throw new Error(`no token goes on at byte ${at}`);
    constraint.accept(token);
    at += vocabulary.bytes[token]!.length;
  }
  return times;
}

/** CPU time of this process, in ms: on a busy machine, time by the clock says little. */
function cpuMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function measure(name: string, vocabulary: TokenVocabulary): readonly string[] {
  let sets = new TokenSets(vocabulary);
  const sortMs = cpuMs(() => {
    sets = new TokenSets(vocabulary);
    void sets.others;
  });
  const tokens = new Map(vocabulary.bytes.map((bytes, token) => [bytes.toString(), token]));
  const schemaMs: number[] = [];
  const coldMs: number[] = [];
  const knownMs: number[] = [];
  const slowest: number[] = [];
  const medians: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let grammar = compileSchema(person);
    schemaMs.push(
      cpuMs(() => {
        grammar = compileSchema(person);
      }),
    );
    const { languages, start } = grammar;
    const prepared = { masks: new TokenMasks(languages, sets), vocabulary, start, none: languages.none };
    const write = () => writeDocument(new GrammarConstraint(prepared, { tokensMax: 1_000_000 }), vocabulary, tokens);
    let times: readonly number[] = [];
    const cold = cpuMs(() => {
      times = write();
    });
    const known = cpuMs(write);
    // Finding the document's tokens is not the constraint's work; it is the same in both.
    coldMs.push((cold - known) / times.length);
    knownMs.push(known / times.length);
    slowest.push(Math.max(...times));
    medians.push(median(times));
  }
  const figures = [schemaMs, coldMs, knownMs, medians, slowest].map((values) => median(values).toFixed(3));
  return [name, sortMs.toFixed(0), ...figures];
}

const head = ['vocabulary', 'sorting it', 'schema', 'cold, mean', 'known, mean', 'cold, median*', 'cold, slowest*'];
const rows = [
  measure('bundled', bundledVocabulary()),
  measure(`made, ${LLAMA_4_TOKENS.toLocaleString('en')}`, madeVocabulary(LLAMA_4_TOKENS)),
];
process.stdout.write(
  `CPU ms, for each token where not for all; * by the clock; medians of ${ROUNDS} rounds of ${document.length} characters\n\n` +
    `${table(head, rows)}\n`,
);
