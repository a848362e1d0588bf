import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SeededRandom } from '../sampling/random.ts';
import { drawPicture, SHAPES } from './draw-picture.ts';
import { plain, readFacts, readQuestions, readUnknown, readUnseen } from './questions.ts';

const models = join(import.meta.dir, '..', 'models');

test('no wording of the evaluation was trained', async () => {
  const [facts, unknown, unseen] = await Promise.all([readFacts(), readUnknown(), readUnseen()]);
  const trained = new Set([...Object.values(facts).flatMap(({ ask }) => ask), ...unknown.ask].map(plain));
  const asked = [...unseen.facts.flatMap((part) => Object.values(part).flat()), ...unseen.unknown.flat()];
  expect(asked.filter((text) => trained.has(plain(text)) && plain(text) !== '')).toEqual([]);
  expect(trained.has(plain('what is TRUNKLINE'))).toBe(true);
});

test('every fact is asked in at least three unseen wordings, and unknown things in at least 150', async () => {
  const [facts, unseen] = await Promise.all([readFacts(), readUnseen()]);
  const few = Object.keys(facts).filter((name) => unseen.facts.flatMap((part) => part[name] ?? []).length < 3);
  expect(few).toEqual([]);
  expect(Object.keys(facts).length).toBeGreaterThan(100);
  expect(unseen.unknown.flat().length).toBeGreaterThan(150);
});

test('no two facts share a trained wording, and every evaluated wording belongs to a fact', async () => {
  const [facts, unseen] = await Promise.all([readFacts(), readUnseen()]);
  const owner = new Map<string, string>();
  const shared: string[] = [];
  for (const [name, { ask }] of Object.entries(facts)) {
    for (const text of ask.map(plain)) {
      if ((owner.get(text) ?? name) !== name) shared.push(`${text}: ${owner.get(text)}, ${name}`);
      owner.set(text, name);
    }
  }
  expect(shared).toEqual([]);
  expect(unseen.facts.flatMap(Object.keys).filter((name) => !(name in facts))).toEqual([]);
  expect((await readQuestions(2)).filter(({ kind }) => kind === 'facts, trained wordings').length).toBe(
    2 * Object.keys(facts).length,
  );
});

test('the pictures of the evaluation are PNG files of every shape, and a seed draws the same ones again', () => {
  const draw = (count: number) => {
    const random = new SeededRandom(1);
    return Array.from({ length: count }, () => drawPicture(random));
  };
  const pictures = draw(30);
  expect(draw(3).map(({ png }) => Bun.hash(png))).toEqual(pictures.slice(0, 3).map(({ png }) => Bun.hash(png)));
  expect(new Set(pictures.map(({ shape }) => shape))).toEqual(new Set(SHAPES));
  expect(pictures.every(({ png }) => Buffer.from(png.subarray(1, 4)).toString('latin1') === 'PNG')).toBe(true);
  expect(pictures.filter(({ colour, background }) => colour === background)).toEqual([]);
});

test('the weights are those of the checksums, and all together below 12 MB', async () => {
  const sums = await readFile(join(models, 'SHA256SUMS'), 'utf8');
  const files = (await readdir(models)).filter((name) => name.endsWith('.gguf'));
  let bytes = 0;
  for (const name of files) {
    const content = await readFile(join(models, name));
    bytes += content.length;
    expect(sums).toContain(`${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
  }
  expect(files).toHaveLength(sums.trim().split('\n').length);
  expect(bytes).toBeLessThan(12_000_000);
});
