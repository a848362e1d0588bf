import { expect, test } from 'bun:test';
import { type Answers, readAnswers } from './answers.ts';
import { measureOurs } from './measure-ours.ts';
import { missedAims } from './measurement.ts';
import { openParityModel } from './open-parity-model.ts';

/** A prompt of 8,300 tokens takes seven seconds, on a machine that does nothing else. */
const LONG_MS_MAX = 300_000;

/** The first text, the shortest and longest pictures: plain kernels take ten times as long. */
const part = ({ text, pictures }: Answers): Answers => ({ text: text.slice(0, 2), pictures: pictures.slice(0, 2) });

test(
  'a model of GGUF files answers texts and pictures as transformers does, on both sides of token 8192',
  async () => {
    const answers = readAnswers('answers');
    const long = { ...answers.long!, after: answers.long!.after.filter(({ tokens }) => tokens < 9000) };
    const measured = await measureOurs(await openParityModel('gguf', 'wasm'), { ...answers, long });
    expect(missedAims(measured)).toEqual([]);
    expect(measured.ids).toEqual({ same: 10, of: 10 });
  },
  LONG_MS_MAX,
);

test('a model of a folder as on Hugging Face answers texts and pictures as transformers does', async () => {
  const measured = await measureOurs(await openParityModel('hub', 'wasm'), readAnswers('hub-answers'));
  expect(missedAims(measured)).toEqual([]);
  expect(measured.ids).toEqual({ same: 10, of: 10 });
});

test('the plain kernels answer as transformers does, too', async () => {
  const gguf = await measureOurs(await openParityModel('gguf', 'plain'), part(readAnswers('answers')));
  expect(missedAims(gguf)).toEqual([]);
  const hub = await measureOurs(await openParityModel('hub', 'plain'), part(readAnswers('hub-answers')));
  expect(missedAims(hub)).toEqual([]);
});

test('a wrong answer is found: the comparison fails when the reference says something else', async () => {
  const answers = part(readAnswers('answers'));
  const [text, ...others] = answers.text;
  const model = await openParityModel('gguf', 'wasm');
  const top = text!.top.map(([token, logprob]) => [token, logprob + 0.001] as const);
  const shifted = { ...answers, text: [{ ...text!, top, greedy: text!.greedy.toReversed(), ids: [1] }, ...others] };
  expect(missedAims(await measureOurs(model, shifted))).toEqual([
    'token ids',
    'text, largest Δ log-probability',
    'text, 24 greedy tokens',
  ]);
});
