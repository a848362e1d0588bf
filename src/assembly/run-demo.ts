import { HOME_ACCOUNT } from '../accounts/directory.ts';
import { openDirectory } from '../accounts/open-directory.ts';
import { type Clock, sleep, systemClock } from '../base/clock.ts';
import { type Random, seededRandom } from '../base/random.ts';
import { DEMO_WORKSPACE } from '../billing/demo.ts';
import type { DemoOrder, DemoView } from '../cli/cli-tools.ts';
import type { Storage } from '../storage/open-storage.ts';
import { removeDemoFile, writeDemo } from './demo-file.ts';
import { DEMO_PROFILES, startDemoProviders } from './demo-providers.ts';

/** A running server looks at its files twice a second. */
const NOTICE_MS = 1_500;
const RETRY_MS = 300;
const AWAKE_TRIES = 20;

interface DemoApp {
  readonly title: string;
  readonly url: string;
  readonly category: string;
  /** How much of the traffic is its, against the others. */
  readonly weight: number;
  readonly models: readonly string[];
  /** Letters of a usual prompt. */
  readonly promptLength: number;
}

const SCOUT = 'meta-llama/llama-4-scout';

const APPS: readonly DemoApp[] = [
  {
    ...{ title: 'Demo: Night Mail', url: 'https://night-mail.demo.invalid', category: 'personal-agent', weight: 9 },
    ...{ models: [SCOUT, SCOUT, 'openai/gpt-oss-120b'], promptLength: 2_600 },
  },
  {
    ...{ title: 'Demo: Signal Box', url: 'https://signal-box.demo.invalid', category: 'programming-app', weight: 7 },
    ...{ models: ['meta-llama/llama-4-maverick', SCOUT], promptLength: 7_800 },
  },
  {
    ...{ title: 'Demo: Timetable', url: 'https://timetable.demo.invalid', category: 'general-chat', weight: 5 },
    ...{ models: ['qwen/qwen3-32b', 'google/gemma-3-27b-it'], promptLength: 900 },
  },
  {
    ...{
      title: 'Demo: Level Crossing',
      url: 'https://crossing.demo.invalid',
      category: 'writing-assistant',
      weight: 3,
    },
    ...{ models: [SCOUT, 'trunkline/mini'], promptLength: 400 },
  },
  {
    ...{ title: 'Demo: Turntable', url: 'https://turntable.demo.invalid', category: 'cli-agent', weight: 2 },
    ...{ models: ['openai/gpt-oss-120b', 'google/gemma-3-27b-it', 'trunkline/mini'], promptLength: 5_200 },
  },
];

export interface DemoHouse {
  readonly home: string;
  /** Where the running server answers, without a slash at the end. */
  readonly address: string;
  withStorage<T>(use: (storage: Storage) => Promise<T>): Promise<T>;
  readonly clock: Clock;
}

/**
 * Real requests of five named apps for a few minutes, through the running server, to its bundled model and to scripted, flaky
 * providers that stand for as long. Nothing else is asked and nobody is paid: the demonstration is a workspace of its own.
 */
export async function runDemo(house: DemoHouse, order: DemoOrder, view: DemoView): Promise<void> {
  await expectServer(house);
  const random = seededRandom(order.seed);
  const providers = startDemoProviders(house.clock, random);
  const stop = () => removeDemoFile(house.home);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop();
      process.exit(130);
    });
  }
  try {
    writeDemo(house.home, providers.config);
    const key = await house.withStorage(makeKey);
    await sleep(house.clock, NOTICE_MS);
    await untilOffered(house, key);
    view.begin({ apps: APPS.length, providers: DEMO_PROFILES.length, minutes: order.minutes });
    await sendTraffic({ house, key, random, order, view });
  } finally {
    stop();
    await providers.stop();
  }
}

/** Everything that demonstrations left: keys, generations, what was counted of them, and the providers of one that crashed. */
export async function removeDemo(house: DemoHouse): Promise<{ readonly generations: number; readonly keys: number }> {
  removeDemoFile(house.home);
  return house.withStorage(async (storage) => {
    const directory = await openDirectory({ store: storage, clock: systemClock });
    const keys = directory.list().filter(({ workspaceId }) => workspaceId === DEMO_WORKSPACE);
    for (const { hash } of keys) await directory.remove(hash);
    return { generations: await storage.removeDemo(), keys: keys.length };
  });
}

async function makeKey(storage: Storage): Promise<string> {
  const directory = await openDirectory({ store: storage, clock: systemClock });
  const draft = { name: 'demo', accountId: HOME_ACCOUNT, isManagement: false, workspaceId: DEMO_WORKSPACE };
  return (await directory.create(draft)).text;
}

async function expectServer({ address }: DemoHouse): Promise<void> {
  const isThere = await fetch(`${address}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!isThere) throw new Error(`No server answers at ${address}. Start it in another terminal: npm start`);
}

/** The server must have seen the providers and the key. */
async function untilOffered({ address, clock }: DemoHouse, key: string): Promise<void> {
  for (let tries = 0; tries < AWAKE_TRIES; tries++) {
    const answer = await fetch(`${address}/api/v1/chat/completions`, request(key, APPS[0]!, SCOUT, 'Hello', 4));
    await answer.text();
    if (answer.ok) return;
    await sleep(clock, RETRY_MS);
  }
  throw new Error('The server did not take the demonstration’s providers in. Does it use the same TRUNKLINE_HOME?');
}

interface Traffic {
  readonly house: DemoHouse;
  readonly key: string;
  readonly random: Random;
  readonly order: DemoOrder;
  readonly view: DemoView;
}

async function sendTraffic({ house, key, random, order, view }: Traffic): Promise<void> {
  const { clock, address } = house;
  const endMs = clock.monotonicMs() + order.minutes * 60_000;
  const counts = { sent: 0, answered: 0, failed: 0 };
  const running = new Set<Promise<void>>();
  while (clock.monotonicMs() < endMs) {
    const app = drawApp(random);
    const model = app.models[Math.floor(random.next() * app.models.length)]!;
    const length = Math.round(app.promptLength * (0.3 + random.next() * 1.4));
    const call = request(key, app, model, promptOf(model, length), 16 + Math.floor(random.next() * 240));
    counts.sent++;
    const task = fetch(`${address}/api/v1/chat/completions`, call)
      .then(async (answer) => {
        const text = await answer.text();
        counts[answer.ok && text.includes('[DONE]') ? 'answered' : 'failed']++;
      })
      .catch(() => void counts.failed++)
      .finally(() => {
        running.delete(task);
        view.progress(counts);
      });
    running.add(task);
    // Poisson: gaps of any length, as callers who know nothing of each other leave them.
    await sleep(clock, (-Math.log(1 - random.next()) * 1000) / order.requestsPerSecond);
  }
  await Promise.allSettled(running);
  view.end(counts);
}

function drawApp(random: Random): DemoApp {
  let left = random.next() * APPS.reduce((sum, { weight }) => sum + weight, 0);
  for (const app of APPS) {
    left -= app.weight;
    if (left < 0) return app;
  }
  return APPS[0]!;
}

function promptOf(model: string, length: number): string {
  if (model === 'trunkline/mini') return 'How do I make an API key?';
  return 'A demonstration prompt, which nobody reads. '.repeat(Math.ceil(length / 44)).slice(0, length);
}

function request(key: string, app: DemoApp, model: string, content: string, maxTokens: number): RequestInit {
  return {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${key}`, 'content-type': 'application/json', 'http-referer': app.url },
      ...{ 'x-title': app.title, 'x-openrouter-categories': app.category },
    },
    body: JSON.stringify({ model, stream: true, max_tokens: maxTokens, messages: [{ role: 'user', content }] }),
  };
}
