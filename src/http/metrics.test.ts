import { expect, test } from 'bun:test';
import { makeRecord } from '../../test/support/generation-records.ts';
import { NO_USAGE } from '../generation/usage.ts';
import { Metrics, metricsRoute } from './metrics.ts';
import { Family } from './metrics-family.ts';

/** Reads the exposition as a scraper does: every line a comment or a sample, every sample once and after its type. */
function scrape(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const types = new Set<string>();
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.slice(0, -1).split('\n')) {
    const type = /^# TYPE (\S+) (?:counter|gauge|histogram)$/.exec(line);
    if (type) {
      expect(types.has(type[1]!)).toBe(false);
      types.add(type[1]!);
      continue;
    }
    if (line.startsWith('# HELP ')) continue;
    const label = String.raw`[a-z_]+="(?:[^"\\]|\\[\\"n])*"`;
    const sample = new RegExp(String.raw`^([a-z_]+)(\{${label}(?:,${label})*\})? (-?[\d.e+-]+)$`).exec(line);
    if (!sample) throw new Error(`Not a sample: ${line}`);
    const family = sample[1]!.replace(/_(?:bucket|sum|count)$/, '');
    expect(types.has(family) || types.has(sample[1]!)).toBe(true);
    const name = sample[1]! + (sample[2] ?? '');
    expect(samples.has(name)).toBe(false);
    samples.set(name, Number(sample[3]));
  }
  return samples;
}

test('answers are counted by route and status', () => {
  const metrics = new Metrics();
  metrics.countAnswer('/api/v1/models', 200);
  metrics.countAnswer('/api/v1/models', 200);
  metrics.countAnswer('/api/v1/models', 404);
  const samples = scrape(metrics.render());
  expect(samples.get('trunkline_answers_total{route="/api/v1/models",status="200"}')).toBe(2);
  expect(samples.get('trunkline_answers_total{route="/api/v1/models",status="404"}')).toBe(1);
});

test('a settled generation is counted with its tokens, cost, times and attempts', () => {
  const metrics = new Metrics();
  const usage = { ...NO_USAGE, promptTokens: 100, completionTokens: 50, cachedTokens: 40 };
  const [attempt] = makeRecord('gen-0').attempts;
  const attempts = [{ ...attempt!, providerId: 'other-host', failure: 'provider-silent' as const }, attempt!];
  metrics.countGeneration(makeRecord('gen-1', { usage, attempts, chargedPico: 1_500_000n }));
  metrics.countGeneration(makeRecord('gen-2', { usage, chargedPico: 1n, latencyMs: 70_000, generationMs: 400_000 }));
  const samples = scrape(metrics.render());
  const of = (name: string, labels: string) => samples.get(`trunkline_${name}{${labels}}`);
  const who = 'model="demo/talker",provider="acme"';
  expect(of('generations_total', `${who},outcome="settled",finish_reason="stop"`)).toBe(2);
  expect(of('tokens_total', `${who},kind="prompt"`)).toBe(200);
  expect(of('tokens_total', `${who},kind="completion"`)).toBe(100);
  expect(of('tokens_total', `${who},kind="cached"`)).toBe(80);
  expect(metrics.render()).toContain(`trunkline_cost_usd_total{${who}} 0.000001500001\n`);
  expect(of('attempts_total', 'provider="other-host",result="provider-silent"')).toBe(1);
  expect(of('attempts_total', 'provider="acme",result="ok"')).toBe(2);
  expect(of('first_content_seconds_bucket', 'provider="acme",le="0.1"')).toBe(0);
  expect(of('first_content_seconds_bucket', 'provider="acme",le="0.25"')).toBe(1);
  expect(of('first_content_seconds_bucket', 'provider="acme",le="300"')).toBe(2);
  expect(of('first_content_seconds_sum', 'provider="acme"')).toBeCloseTo(70.12);
  expect(of('generation_seconds_bucket', 'provider="acme",le="300"')).toBe(1);
  expect(samples.get('trunkline_generation_seconds_bucket{provider="acme",le="+Inf"}')).toBe(2);
  expect(of('generation_seconds_count', 'provider="acme"')).toBe(2);
});

test('a generation that no provider answered is counted with its failure', () => {
  const metrics = new Metrics();
  const { modelId, providerId, finishReason, latencyMs, generationMs, ...rest } = makeRecord('gen-1');
  metrics.countGeneration({ ...rest, outcome: 'voided', failure: 'no-endpoint', attempts: [], usage: NO_USAGE });
  const samples = scrape(metrics.render());
  const none = 'model="none",provider="none",outcome="voided",finish_reason="none"';
  expect(samples.get(`trunkline_generations_total{${none}}`)).toBe(1);
  expect(samples.get('trunkline_generation_failures_total{kind="no-endpoint"}')).toBe(1);
  expect([...samples.keys()].filter((name) => name.includes('tokens') || name.includes('seconds_'))).toEqual([]);
});

test('hostile names cannot write samples of their own', () => {
  const metrics = new Metrics();
  metrics.countGeneration(makeRecord('gen-1', { modelId: 'evil"} 1\ntrunkline_fake 99\\' }));
  const text = metrics.render();
  const samples = scrape(text);
  expect(samples.has('trunkline_fake')).toBe(false);
  expect(text).toContain(String.raw`model="evil\"} 1\ntrunkline_fake 99\\"`);
});

test('who called is not in it', () => {
  const metrics = new Metrics();
  metrics.countGeneration(makeRecord('gen-1', { keyHash: 'canary-hash', accountId: 'canary-account' }));
  expect(metrics.render()).not.toContain('canary');
});

test('gauges are read when asked, and one without a number is left out', async () => {
  let pending = 1;
  const route = metricsRoute(new Metrics(), { journal_pending: () => pending, unknown: () => undefined });
  const answer = async () =>
    await route.answer({
      request: new Request('http://x/metrics'),
      params: {},
      query: new URLSearchParams(),
      // Metrics read nothing of it.
      exchange: {} as Parameters<typeof route.answer>[0]['exchange'],
    });
  expect(scrape(await (await answer()).text()).get('trunkline_journal_pending')).toBe(1);
  pending = 7;
  const second = await answer();
  expect(second.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const samples = scrape(await second.text());
  expect(samples.get('trunkline_journal_pending')).toBe(7);
  expect(samples.has('trunkline_unknown')).toBe(false);
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  expect(samples.get('trunkline_uptime_seconds')).toBeGreaterThan(0);
});

test('more sets of labels than allowed share one, and nothing is lost', () => {
  const family = new Family({
    name: 'seen_total',
    help: 'Seen.',
    type: 'counter',
    labels: ['model', 'provider'],
    setsMax: 3,
    make: (labels) => ({ labels, value: 0 }),
    lines: (name, print, cell) => [`${name}${print()} ${cell.value}`],
  });
  for (let i = 0; i < 100; i++) family.find(`model-${i}`, 'acme').value++;
  family.find('other', 'other').value++;
  family.find('model-1', 'acme').value++;
  const samples = scrape(`${family.render().join('\n')}\n`);
  expect(samples.size).toBe(4);
  expect(samples.get('seen_total{model="other",provider="other"}')).toBe(98);
  expect(samples.get('seen_total{model="model-1",provider="acme"}')).toBe(2);
});
