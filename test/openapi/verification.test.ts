import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { ModelVerification, Verification } from '../../src/contract/verification.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());

const PATH = '/trunkline/verification/thinker/deep';
const RUN: Verification = {
  ...{ id: 'ver-1', model: 'thinker/deep', created_at: '2026-11-18T10:00:00.000Z', outcome: 'failed', whole: true },
  ...{ verdict: 'pictures fail in: count', here: true, score: { passed: 1, failed: 1, skipped: 0 } },
  ...{
    engine: { name: 'vLLM', model: '/srv/models/deep' },
    place: '10.0.0.7:8000',
    files: [],
    trunkline: '1',
    speed: {},
  },
  checks: [
    {
      ...{ id: 'pictures-count', group: 'pictures', question: 'How many?', expected: '5', got: 'I see /srv/models' },
      ...{ outcome: 'failed', why: 'another answer', required: true, ms: 7 },
    },
  ],
};

async function ask(key?: string): Promise<ModelVerification> {
  const response = await house.call('GET', PATH, key === undefined ? {} : { key });
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  return ((await response.json()) as { readonly data: ModelVerification }).data;
}

test('a model that was never checked is not verified, and one that is unknown is not found', async () => {
  expect(await ask()).toMatchObject({ model: 'thinker/deep', state: 'not-verified', runs: [] });
  expect((await house.call('GET', '/trunkline/verification/nobody/nothing')).status).toBe(404);
});

test('anybody may see what was shown; places and the engine’s words are the administrator’s', async () => {
  house.verifications = [RUN];
  for (const key of [undefined, house.keys.inference]) {
    const seen = await ask(key);
    expect(seen.state).toBe('failing');
    expect(seen.runs[0]?.checks[0]).toMatchObject({ id: 'pictures-count', outcome: 'failed', why: 'another answer' });
    expect(JSON.stringify(seen)).not.toMatch(/10\.0\.0\.7|srv/);
  }
  expect((await ask(house.keys.management)).runs).toEqual([RUN]);
});

test('a model’s alias leads to the same', async () => {
  house.verifications = [RUN];
  const response = await house.call('GET', '/trunkline/verification/Thinker/Deep');
  expect(response.status).toBe(200);
});
