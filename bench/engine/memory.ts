/**
 * The most memory that the bundled engine's process takes, run as the gateway runs it:
 *
 *   npm run bench-engine-memory -- [--scale 1]
 *
 * One process goes through one load after the other, so what one leaves behind counts for the next. Linux only: the
 * peak is read from /proc and set back between loads. `scale` multiplies how often is asked.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawPng } from '../../engine/test-engine.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type BundledEngine, bundledWeights, startBundledEngine } from '../../src/engines/bundled.ts';
import { table } from '../figures.ts';

const root = join(import.meta.dir, '..', '..');
const AIM_MB = 100;
const AT_ONCE = 8;
const SIDE_12_MEGAPIXELS = 3_464;

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } });
const scale = Number(values.scale);
const text = (index: number) => 'What can you do? '.repeat(1 + ((index * 7) % 100));

/** Ten properties, differently named and of changing kinds: nothing of one schema serves another. */
function schemaOf(index: number): Readonly<Record<string, unknown>> {
  const kinds = [
    { type: 'string', maxLength: 30 },
    { type: 'integer', minimum: -index, maximum: index },
    { type: 'array', items: { type: 'string', pattern: `^[a-z]{1,${2 + (index % 9)}}$` }, maxItems: 3 },
    { enum: [`one ${index}`, `two ${index}`, 'three'] },
    { type: 'string', format: 'date-time' },
  ];
  const names = Array.from({ length: 10 }, (_, place) => `property_${index}_${place}`);
  const properties = Object.fromEntries(names.map((name, place) => [name, kinds[(place + index) % kinds.length]]));
  return { type: 'object', properties, required: names, additionalProperties: false };
}

const held = (index: number) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema: schemaOf(index), strict: true } },
});

async function pictures(): Promise<readonly string[]> {
  const png = drawPng(SIDE_12_MEGAPIXELS, [214, 40, 40], [20, 20, 20]);
  const url = (bytes: Uint8Array, type: string) => `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`;
  const jpeg = await new Bun.Image(png).jpeg().bytes();
  return [url(png, 'png'), url(jpeg, 'jpeg')];
}

interface Load {
  readonly name: string;
  readonly requests: number;
  readonly atOnce: number;
  readonly body: (index: number) => Readonly<Record<string, unknown>>;
}

async function loads(): Promise<readonly Load[]> {
  const images = await pictures();
  const ask = (content: unknown, more = {}) => ({ messages: [{ role: 'user', content }], ...more });
  const look = (index: number) =>
    ask([
      { type: 'text', text: 'What do you see?' },
      { type: 'image_url', image_url: { url: images[index % images.length] } },
    ]);
  const many = Math.round(1_200 * scale);
  return [
    { name: 'mixed, eight at once', requests: many, atOnce: AT_ONCE, body: (index) => ask(text(index)) },
    {
      name: 'a third held to one of 6 schemas',
      requests: many,
      atOnce: AT_ONCE,
      body: (index) => ask(text(index), index % 3 === 0 ? held(index % 6) : {}),
    },
    {
      name: '200 different schemas',
      requests: Math.round(200 * scale),
      atOnce: AT_ONCE,
      body: (index) => ask(text(index), held(index + 100)),
    },
    { name: 'six pictures of 12 megapixels at once', requests: 12, atOnce: 6, body: look },
    { name: 'mixed again', requests: many, atOnce: AT_ONCE, body: (index) => ask(text(index + 50)) },
  ];
}

async function ask(engine: BundledEngine, body: Readonly<Record<string, unknown>>): Promise<void> {
  const { baseUrl, secret } = engine.endpointInfo()!;
  const answer = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret.reveal()}` },
    body: JSON.stringify({ stream: true, temperature: 1, max_tokens: 200, ...body }),
  });
  const told = await answer.text();
  if (!told.endsWith('[DONE]\n\n')) throw new Error(`the engine answered with ${answer.status}: ${told.slice(0, 300)}`);
}

async function run(engine: BundledEngine, load: Load): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < load.requests) await ask(engine, load.body(next++));
  };
  await Promise.all(Array.from({ length: load.atOnce }, worker));
}

function memoryOf(pid: number): { readonly nowMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  return { nowMb: read('VmRSS'), peakMb: read('VmHWM') };
}

let pid = 0;
const engine = startBundledEngine({
  clock: systemClock,
  log: {
    write: (_level: string, _message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (typeof fields.pid === 'number') pid = fields.pid;
    },
  },
  command: [process.execPath, join(root, 'engine', 'serve.ts')],
  environment: {},
  weights: bundledWeights(root),
});
const started = Promise.withResolvers<void>();
engine.onChange(() => {
  if (engine.state().type === 'ready') started.resolve();
});
await started.promise;
await ask(engine, { messages: [{ role: 'user', content: 'Hi' }] });
const rows = [['started', '', memoryOf(pid).peakMb.toFixed(1), memoryOf(pid).nowMb.toFixed(1)]];
for (const load of await loads()) {
  // Sets the peak back to what is there now.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  await run(engine, load);
  const { peakMb, nowMb } = memoryOf(pid);
  rows.push([load.name, `${load.requests}`, peakMb.toFixed(1), nowMb.toFixed(1)]);
  process.stdout.write(`${load.name}: ${peakMb.toFixed(1)} MB at most\n`);
}
await engine.stop();
const isMet = rows.every((row) => Number(row[2]) < AIM_MB);
process.stdout.write(
  `${table(['load', 'requests', 'at most, MB', 'after it, MB'], rows)}\n\n${isMet ? 'met' : 'NOT MET'}: less than ${AIM_MB} MB, always\n`,
);
