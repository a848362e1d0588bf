/**
 * The law of translation, with the official SDKs as judges: `npm run law`, and a part of `npm run clients`. Run by Bun.
 *
 * 1. For each recorded stream, the SDK of its format reads the same object from the recorded bytes and from our answer to them,
 *    but for the fields that are ours; also when the network cuts the bytes into random pieces, and byte by byte.
 * 2. Where the provider's bytes end early, at any byte, the SDK has an error in hand and never a whole object.
 * 3. SDKs of other formats read the same meaning, up to the loss that the generation declares.
 */
import { deepStrictEqual } from 'node:assert';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/base/random.ts';
import { readRecordings } from '../support/recordings.ts';
import { openScriptedProvider } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse } from '../support/test-house.ts';
import { READERS } from './sdk-readers.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, every: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const CUTTINGS = 6;
/** Cuts for each stream; `--every 1` cuts at each byte. */
const CUTS_DEFAULT = 60;

const EVERYTHING = {
  supportedParameters: [
    'tools',
    'tool_choice',
    'max_tokens',
    'temperature',
    'logprobs',
    'top_logprobs',
    'reasoning',
    'response_format',
  ],
};

/** No caller speaks these: only their meaning is read, by all SDKs. */
const PROVIDERS_ONLY = ['bedrock-converse', 'cohere-chat', 'ollama-chat'];

const recordings = [...FORMATS_OF(READERS), ...PROVIDERS_ONLY].flatMap((format) =>
  readRecordings(format).map((recording) => ({ ...recording, format })),
);
const counts = { same: 0, pieces: 0, cuts: 0, others: 0 };
const problems = [];

for (const recording of recordings) {
  if (values.only !== undefined && !recording.name.includes(values.only)) continue;
  const stage = await openStage(recording);
  try {
    for (const reader of READERS.filter(({ format }) => format === recording.format)) {
      if (reader.skips?.has(recording.name)) continue;
      await sameObject(stage, reader);
      await earlyEnds(stage, reader);
    }
    for (const reader of READERS.filter(({ format }) => format !== recording.format)) await sameMeaning(stage, reader);
  } finally {
    await stage.close();
  }
}

process.stdout.write(
  `${recordings.length} recordings, ${READERS.length} SDK readers (${READERS.map(({ name }) => name).join(', ')})\n` +
    `${counts.same} objects the same as from the recorded bytes, ${counts.pieces} more from other pieces of them\n` +
    `${counts.cuts} early ends, each an error in hand\n${counts.others} meanings the same through another format\n`,
);
for (const problem of problems) process.stdout.write(`PROBLEM ${problem}\n`);
process.stdout.write(`${problems.length === 0 ? 'the law holds' : `${problems.length} problems`}\n`);
process.exit(problems.length === 0 ? 0 : 1);

function FORMATS_OF(readers) {
  return [...new Set(readers.map(({ format }) => format))];
}

/** The recording behind two doors: as it was recorded, and as a provider of ours. */
async function openStage(recording) {
  const state = { pieces: [recording.stream], end: recording.stream.length };
  const script = async (call) => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n';
    await call.write(head);
    for (const piece of state.pieces) if (!(await call.write(piece))) return;
    call.end();
  };
  const provider = await openScriptedProvider(script);
  const house = await openTestHouse({
    providers: [{ endpoint: testEndpoint('acme', EVERYTHING), baseUrl: provider.baseUrl, format: recording.format }],
  });
  return {
    recording,
    toolNames: recording.golden.toolCalls.map(({ name }) => name),
    state,
    direct: provider.baseUrl.replace(/\/v1$/, ''),
    ours: house.baseUrl,
    losses: () => house.records().at(-1)?.losses ?? [],
    close: async () => {
      await house.close();
      await provider.close();
    },
  };
}

async function sameObject(stage, reader) {
  const { recording, state } = stage;
  state.pieces = [recording.stream];
  const theirs = await reader.read(stage.direct, true, stage);
  const ours = await reader.read(stage.ours, false, stage);
  compare(`${recording.name}, ${reader.name}`, reader.normalise(theirs), reader.normalise(ours), 'same');
  const random = seededRandom(Number(values.seed));
  for (let i = 0; i < CUTTINGS; i++) {
    state.pieces =
      i === 0 ? [...recording.stream].map((byte) => Uint8Array.of(byte)) : randomPieces(recording.stream, random);
    const again = await reader.read(stage.ours, false, stage);
    compare(
      `${recording.name}, ${reader.name}, other pieces`,
      reader.normalise(ours),
      reader.normalise(again),
      'pieces',
    );
  }
  state.pieces = [recording.stream];
}

function randomPieces(bytes, random) {
  const pieces = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random.next() * 80);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Beyond the provider's own end marker a cut takes nothing away. */
async function earlyEnds(stage, reader) {
  const { recording, state } = stage;
  const whole = reader.completeAt(recording.stream);
  const step = Number(values.every ?? Math.max(1, Math.floor(whole / CUTS_DEFAULT)));
  for (let at = 0; at < whole; at += step) {
    state.pieces = [recording.stream.subarray(0, at)];
    let got;
    try {
      got = await reader.read(stage.ours, false, stage);
    } catch {
      counts.cuts++;
      continue;
    }
    problems.push(`${recording.name}, ${reader.name}: cut after ${at} of ${whole} bytes it read ${show(got)}`);
  }
  state.pieces = [recording.stream];
}

async function sameMeaning(stage, reader) {
  const { recording } = stage;
  if (recording.golden.secondText !== undefined) return;
  if (reader.skipsRefusals && recording.name.includes('refusal')) return;
  let meaning;
  try {
    meaning = reader.meaning(await reader.read(stage.ours, false, stage));
  } catch (error) {
    problems.push(`${recording.name} through ${reader.name}: ${error.message}`);
    return;
  }
  const { text, toolCalls } = recording.golden;
  const wanted = { text, toolCalls: toolCalls.map(({ name, arguments: args }) => ({ name, arguments: parse(args) })) };
  const found = {
    text: meaning.text,
    toolCalls: meaning.toolCalls.map((call) => ({ ...call, arguments: parse(call.arguments) })),
  };
  compare(`${recording.name} through ${reader.name}`, wanted, found, 'others');
  const reasoning = recording.golden.reasoning;
  if (
    meaning.reasoning !== undefined &&
    reasoning !== '' &&
    meaning.reasoning !== reasoning &&
    !lost(stage, 'reasoning')
  ) {
    problems.push(
      `${recording.name} through ${reader.name}: reasoning ${show(meaning.reasoning)} instead of ${show(reasoning)}`,
    );
  }
}

function lost(stage, what) {
  return stage.losses().some(({ field }) => field.includes(what));
}

function parse(text) {
  try {
    return typeof text === 'string' ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}

function compare(what, wanted, found, kind) {
  try {
    deepStrictEqual(found, wanted);
    counts[kind]++;
  } catch {
    problems.push(`${what}: expected ${show(wanted)}, found ${show(found)}`);
  }
}

function show(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 900 ? `${text.slice(0, 900)}…` : text;
}
