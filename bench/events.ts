/**
 * What one event of a stream costs between every two formats: `npm run bench-events [-- --rounds 15]`. A stream of a thousand text
 * deltas, as a provider of each format sends it, goes through decoder and encoder for a caller of each format, without network.
 * Rounds are interleaved; the figures are medians of CPU time, and ratios to chat completions passed through.
 */
import { parseArgs } from 'node:util';
import { loadFormats, type WireFormat } from '../src/formats/format.ts';
import type { GenerationEvent } from '../src/generation/event.ts';
import { NO_USAGE } from '../src/generation/usage.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const EVENTS = 1_000;
/** As the network brings it: some frames at a time. */
const PIECE_BYTES = 1_400;
const WARM_UPS = 5;
const IDENTITY = { id: 'gen-1-bench', model: 'demo/talker', provider: 'Acme', created: 1_700_000_000 };
const USAGE = {
  usage: { ...NO_USAGE, promptTokens: 20, completionTokens: EVENTS, provenance: 'reported' as const },
  cost: { cost: 0.001, promptCost: 0.0005, completionCost: 0.0005, isByok: false },
};

interface Pair {
  readonly from: WireFormat;
  readonly to: WireFormat;
  readonly pieces: readonly Uint8Array[];
  readonly nsPerEvent: number[];
}

const shelf = await loadFormats();
/** Embeddings and reranking have no streams. */
const unstreamed = new Set(shelf.flatMap(({ tasks }) => Object.values(tasks ?? {})));
const formats = shelf.filter(({ id }) => !unstreamed.has(id));
const pairs: Pair[] = formats
  .filter((format) => format.server.routes.length > 0 && isSpokenToProviders(format))
  .flatMap((from) => {
    const pieces = piecesOf(from);
    const callers = formats.filter(({ server }) => server.routes.length > 0);
    return callers.map((to) => ({ from, to, pieces, nsPerEvent: [] }));
  });

for (let round = -WARM_UPS; round < Number(values.rounds); round++) {
  for (const pair of pairs) {
    const ns = run(pair);
    if (round >= 0) pair.nsPerEvent.push(ns);
  }
}

const base = median(pairs.find(({ from, to }) => from.id === 'openai-chat' && to.id === 'openai-chat')!.nsPerEvent);
process.stdout.write(
  `${'provider'.padEnd(22)}${'caller'.padEnd(22)}${'ns/event'.padStart(10)}${'ratio'.padStart(8)}\n`,
);
for (const { from, to, nsPerEvent } of pairs) {
  const ns = median(nsPerEvent);
  const mark = from.id === to.id ? '  same format' : '';
  process.stdout.write(
    `${from.id.padEnd(22)}${to.id.padEnd(22)}${ns.toFixed(0).padStart(10)}${(ns / base).toFixed(2).padStart(8)}${mark}\n`,
  );
}

function isSpokenToProviders(format: WireFormat): boolean {
  try {
    format.client.openDecoder({ passThrough: false, quirks: {} });
    return true;
  } catch {
    return false;
  }
}

/** A provider's stream, made by our own encoder of its format. */
function piecesOf(format: WireFormat): readonly Uint8Array[] {
  const encoder = format.server.openEncoder(IDENTITY);
  const parts: Uint8Array[] = [];
  const add = (events: readonly GenerationEvent[]): void => {
    const bytes = encoder.encodeEvents(events);
    if (bytes) parts.push(bytes.slice());
  };
  add([{ type: 'generation-start' }]);
  for (let i = 0; i < EVENTS; i++) add([{ type: 'text-delta', part: 1, text: ` token${i}` }]);
  add([{ type: 'finish', finishReason: 'stop', nativeFinishReason: 'stop' }]);
  parts.push(encoder.encodeEnd(USAGE));
  const whole = new Uint8Array(Buffer.concat(parts));
  return Array.from({ length: Math.ceil(whole.length / PIECE_BYTES) }, (_, i) =>
    whole.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
  );
}

function run({ from, to, pieces }: Pair): number {
  const decoder = from.client.openDecoder({ passThrough: from.id === to.id, quirks: {} });
  const encoder = to.server.openEncoder(IDENTITY);
  let bytes = 0;
  const before = process.cpuUsage();
  for (const piece of pieces) {
    const frames = encoder.encodeEvents(decoder.push(piece));
    if (frames) bytes += frames.length;
  }
  decoder.end();
  bytes += encoder.encodeEnd(USAGE).length;
  const { user, system } = process.cpuUsage(before);
  if (bytes < EVENTS * 10) throw new Error(`${from.id} to ${to.id}: only ${bytes} bytes came out`);
  return ((user + system) * 1_000) / EVENTS;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
