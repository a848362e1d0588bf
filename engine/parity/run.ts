/**
 * `npm run parity`: our engine against transformers' answers, and beside it the engines that are installed here. Fails
 * when ours misses an aim. Others run in processes of their own, since they take theirs down with them when they crash.
 */
import { readAnswers } from './answers.ts';
import { measureOthers } from './measure-others.ts';
import { measureOurs } from './measure-ours.ts';
import { LINES, type Measurement, missedAims } from './measurement.ts';
import { openParityModel } from './open-parity-model.ts';

interface Column {
  readonly name: string;
  readonly measured: Measurement;
  readonly note?: string | undefined;
}

async function main(): Promise<void> {
  const answers = readAnswers('answers');
  const { long: _, ...short } = answers;
  const ours: Column[] = [
    { name: 'ours, WASM', measured: await measureOurs(await openParityModel('gguf', 'wasm'), answers) },
    { name: 'ours, plain', measured: await measureOurs(await openParityModel('gguf', 'plain'), short) },
    {
      name: 'ours, HF folder',
      measured: await measureOurs(await openParityModel('hub', 'wasm'), readAnswers('hub-answers')),
    },
  ];
  const columns = [...ours, ...(await measureOthers())];
  print(columns);
  const missed = ours.flatMap(({ name, measured }) => missedAims(measured).map((line) => `${name}: ${line}`));
  for (const line of missed) console.log(`missed: ${line}`);
  console.log(missed.length === 0 ? 'ours meets every aim' : `ours misses ${missed.length}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

function print(columns: readonly Column[]): void {
  const rows = [
    ['against transformers 5.18, 32-bit floats', 'aim', ...columns.map(({ name }) => name)],
    ...LINES.map(({ key, name, aim }) => [
      name,
      key === 'columns' ? '' : aim ? show(aim) : 'all',
      ...columns.map(({ measured, note }) => (measured[key] === undefined ? (note ?? '–') : show(measured[key]))),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
}

function show(value: number | { readonly same: number; readonly of: number }): string {
  return typeof value === 'number' ? value.toExponential(1) : `${value.same} of ${value.of}`;
}

await main();
