import { type Clock, sleep } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

/** How a scripted provider behaves. Shares are of its requests, 0 to 1. */
export interface DemoProfile {
  readonly id: string;
  readonly name: string;
  readonly firstContentMs: number;
  readonly tokensPerSecond: number;
  readonly refusedShare: number;
  readonly brokenShare: number;
  readonly cutShare: number;
  /** Dollars per million tokens by model: prompt and completion. */
  readonly models: Readonly<Record<string, readonly [string, string]>>;
}

const SCOUT = 'meta-llama/llama-4-scout';
const MAVERICK = 'meta-llama/llama-4-maverick';
const OSS = 'openai/gpt-oss-120b';
const QWEN = 'qwen/qwen3-32b';
const GEMMA = 'google/gemma-3-27b-it';

/** Five providers that are alike in nothing, so that there is something to choose, to avoid and to fall back to. */
export const DEMO_PROFILES: readonly DemoProfile[] = [
  {
    ...{ id: 'demo-alder', name: 'Demo Alder', firstContentMs: 260, tokensPerSecond: 90 },
    ...{ refusedShare: 0.01, brokenShare: 0.004, cutShare: 0.004 },
    models: { [SCOUT]: ['0.08', '0.30'], [OSS]: ['0.10', '0.45'], [GEMMA]: ['0.09', '0.16'] },
  },
  {
    ...{ id: 'demo-birch', name: 'Demo Birch', firstContentMs: 90, tokensPerSecond: 420 },
    ...{ refusedShare: 0.06, brokenShare: 0.004, cutShare: 0.002 },
    models: { [SCOUT]: ['0.11', '0.34'], [MAVERICK]: ['0.20', '0.60'], [QWEN]: ['0.29', '0.59'] },
  },
  {
    ...{ id: 'demo-cedar', name: 'Demo Cedar', firstContentMs: 480, tokensPerSecond: 55 },
    ...{ refusedShare: 0.02, brokenShare: 0.09, cutShare: 0.03 },
    models: { [SCOUT]: ['0.075', '0.29'], [MAVERICK]: ['0.15', '0.60'], [GEMMA]: ['0.08', '0.15'] },
  },
  {
    ...{ id: 'demo-dogwood', name: 'Demo Dogwood', firstContentMs: 310, tokensPerSecond: 140 },
    ...{ refusedShare: 0.005, brokenShare: 0.002, cutShare: 0.001 },
    models: {
      [SCOUT]: ['0.18', '0.59'],
      [OSS]: ['0.15', '0.60'],
      [QWEN]: ['0.40', '0.80'],
      [MAVERICK]: ['0.27', '0.85'],
    },
  },
  {
    ...{ id: 'demo-elm', name: 'Demo Elm', firstContentMs: 700, tokensPerSecond: 70 },
    ...{ refusedShare: 0.03, brokenShare: 0.02, cutShare: 0.01 },
    models: { [OSS]: ['0.072', '0.28'], [QWEN]: ['0.10', '0.30'], [GEMMA]: ['0.065', '0.20'] },
  },
];

/** Opens nothing. No word that an error says of itself: keys are struck out wherever they stand. */
export const DEMO_KEY = 'sk-of-no-use';

export interface DemoProviders {
  /** What a running server is told: the shape of the configuration. */
  readonly config: { readonly providers: readonly object[] };
  stop(): Promise<void>;
}

/** Scripted providers on this machine, in OpenAI's format. They think nothing: the text says that it is a demonstration. */
export function startDemoProviders(clock: Clock, random: Random): DemoProviders {
  const servers = DEMO_PROFILES.map((profile) => ({ profile, server: serveProfile(profile, clock, random) }));
  const providers = servers.map(({ profile, server }) => ({
    ...{ id: profile.id, name: profile.name, format: 'openai-chat', base_url: `http://127.0.0.1:${server.port}/v1` },
    ...{ api_key: DEMO_KEY, allow_private_network: true },
    models: Object.entries(profile.models).map(([model, [prompt, completion]]) => ({
      ...{ model, upstream_model: model, input_per_million: prompt, output_per_million: completion },
      ...{ context: 131_072, max_output: 16_384, cache_read_per_million: halved(prompt) },
    })),
  }));
  return {
    config: { providers },
    async stop() {
      await Promise.all(servers.map(({ server }) => server.stop(true)));
    },
  };
}

/** A price of at most four places, at half: in ten-thousandths of a dollar. */
function halved(price: string): string {
  const [whole = '0', fraction = ''] = price.split('.');
  const half = (BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, '0'))) / 2n;
  return `0.${half.toString().padStart(4, '0')}`;
}

function serveProfile(profile: DemoProfile, clock: Clock, random: Random): Bun.Server<undefined> {
  return Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const body = await request.text();
      const drawn = random.next();
      if (drawn < profile.refusedShare)
        return refuse(429, 'Too many requests for this demonstration', { 'retry-after': '1' });
      if (drawn < profile.refusedShare + profile.brokenShare)
        return refuse(503, 'This demonstration provider is scripted to fail now');
      const isCut = random.next() < profile.cutShare;
      const words = answer({ profile, clock, random, promptLength: body.length, isCut });
      return new Response(streamOf(words), {
        headers: { 'content-type': 'text/event-stream' },
      });
    },
  });
}

function streamOf(words: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await words.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => void words.return(undefined),
  });
}

function refuse(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { message, code: status } }, { status, headers });
}

const SENTENCE =
  'This answer comes from a scripted provider of the demonstration, which sends words at its own pace. '.split(' ');
/** A frame carries so many words, and each word counts as a token. */
const WORDS_PER_FRAME = 4;

interface DemoAnswer {
  readonly profile: DemoProfile;
  readonly clock: Clock;
  readonly random: Random;
  readonly promptLength: number;
  readonly isCut: boolean;
}

async function* answer({ profile, clock, random, promptLength, isCut }: DemoAnswer): AsyncGenerator<string> {
  const words = 24 + Math.floor(random.next() ** 2 * 220);
  const frame = (fields: object) =>
    `data: ${JSON.stringify({ id: 'demo', object: 'chat.completion.chunk', created: 0, model: 'demo', ...fields })}\n\n`;
  await sleep(clock, profile.firstContentMs * (0.6 + random.next() ** 3 * 3));
  const pauseMs = (1000 * WORDS_PER_FRAME) / (profile.tokensPerSecond * (0.75 + random.next() / 2));
  for (let word = 0; word < words; word += WORDS_PER_FRAME) {
    const text = Array.from({ length: WORDS_PER_FRAME }, (_, i) => SENTENCE[(word + i) % SENTENCE.length] || '\n').join(
      ' ',
    );
    yield frame({ choices: [{ index: 0, delta: { role: 'assistant', content: `${text} ` }, finish_reason: null }] });
    if (isCut && word > words / 2) return;
    await sleep(clock, pauseMs);
  }
  yield frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  const prompt = Math.max(8, Math.round(promptLength / 4));
  const cached = random.next() < 0.4 ? Math.floor(prompt * 0.7) : 0;
  yield frame({
    choices: [],
    usage: {
      ...{ prompt_tokens: prompt, completion_tokens: words, total_tokens: prompt + words },
      prompt_tokens_details: { cached_tokens: cached },
    },
  });
  yield 'data: [DONE]\n\n';
}
