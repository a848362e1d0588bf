import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  changeLocalModels,
  type LocalModelEntry,
  localModelsPath,
  parseLocalModels,
  readLocalModels,
} from './local-model.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trunkline-models-'));
});
afterEach(() => rm(home, { recursive: true }));

const entry: LocalModelEntry = {
  ...{ id: 'local/poet', name: 'Poet', parts: ['/m/poet.gguf'], bytes: 5, projectorBytes: 0, architecture: 'llama4' },
  ...{
    quantization: 'int4',
    tools: false,
    contextTokens: 4096,
    slots: 1,
    autoload: false,
    force: false,
    addedAt: 'now',
  },
  shape: { layers: 1, keyValueHeads: 1, keyLength: 1, valueLength: 1, width: 1, vocabulary: 1 },
};

test('no file is no models, and what was written is read again, by its owner only', async () => {
  expect(readLocalModels(home)).toEqual([]);
  changeLocalModels(home, (models) => [...models, entry]);
  changeLocalModels(home, (models) => [...models, { ...entry, id: 'local/second' }]);
  expect(readLocalModels(home)).toEqual([entry, { ...entry, id: 'local/second' }]);
  expect((await stat(localModelsPath(home))).mode & 0o777).toBe(0o600);
  expect(await readdir(home)).toEqual(['models.json']);
});

test('a change that could not be read again is not written', async () => {
  changeLocalModels(home, () => [entry]);
  expect(() => changeLocalModels(home, (models) => [...models, entry])).toThrow('names one model twice');
  expect(() => changeLocalModels(home, () => [{ ...entry, slots: 0 }])).toThrow('models.0.slots');
  expect(readLocalModels(home)).toEqual([entry]);
});

test.each([
  ['half', '{"version":1,"models":[', 'not valid JSON'],
  ['another version', '{"version":2,"models":[]}', 'version'],
  ['an unknown field', JSON.stringify({ version: 1, models: [{ ...entry, colour: 'red' }] }), 'colour'],
  ['a slug with a step up', JSON.stringify({ version: 1, models: [{ ...entry, id: '../etc' }] }), 'models.0.id'],
])('%s is refused in words and not overwritten', async (_, text, said) => {
  await writeFile(localModelsPath(home), text);
  expect(() => readLocalModels(home)).toThrow(said);
  expect(() => changeLocalModels(home, () => [])).toThrow(said);
  expect(await Bun.file(localModelsPath(home)).text()).toBe(text);
});

test('an empty file is no models', () => expect(parseLocalModels(' \n')).toEqual([]));
