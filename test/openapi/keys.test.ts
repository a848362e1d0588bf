import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { hashApiKey } from '../../src/accounts/api-key.ts';
import { HOME_WORKSPACE } from '../../src/accounts/directory.ts';
import { makeRecord } from '../support/generation-records.ts';
import { type AnyBody, checkAnswer, reportSkipped } from './check-answer.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());
afterAll(reportSkipped);

const ONE = '/keys/{hash}';
const nowMs = Date.UTC(2026, 10, 18, 12);

async function create(body: object): Promise<AnyBody> {
  return checkAnswer(house, 'POST', '/keys', { as: '/keys', status: 201, key: house.keys.management, body });
}

async function list(query = '', key = house.keys.management): Promise<readonly AnyBody[]> {
  return (await checkAnswer(house, 'GET', `/keys${query}`, { as: '/keys', key })).data;
}

/** A charge of the inference key, some days ago. */
function spent(id: string, chargedPico: bigint, daysAgo: number) {
  const keyHash = hashApiKey(house.keys.inference);
  return makeRecord(id, { keyHash, chargedPico, createdAtMs: nowMs - daysAgo * 86_400_000 });
}

describe('a new key', () => {
  test('is shown once, works at once, and is known afterwards by its hash', async () => {
    const { key, data } = await create({ name: 'Robot', limit: 12.5, limit_reset: 'weekly' });
    expect(data.hash).toBe(hashApiKey(key));
    expect(data).toMatchObject({ name: 'Robot', limit: 12.5, limit_remaining: 12.5, limit_reset: 'weekly', usage: 0 });
    expect(data.label).not.toContain(key.slice(12, -3));
    const current = await checkAnswer(house, 'GET', '/key', { as: '/key', key });
    expect(current.data).toMatchObject({ limit: 12.5, is_management_key: false, is_free_tier: false });
    const shown = await checkAnswer(house, 'GET', `/keys/${data.hash}`, { as: ONE, key: house.keys.management });
    expect(shown.data).toEqual(data);
    expect(JSON.stringify(await list())).not.toContain(key);
  });

  test('has the limit that was written, to the last digit', async () => {
    const body = '{"name":"exact","limit":0.300000000001}';
    const { data } = await checkAnswer(house, 'POST', '/keys', {
      as: '/keys',
      status: 201,
      key: house.keys.management,
      body,
    });
    expect(house.exchange.directory.find(data.hash)?.limitPico).toBe(300_000_000_001n);
    const { data: small } = await create({ name: 'exponent', limit: 1e-7 });
    expect(house.exchange.directory.find(small.hash)?.limitPico).toBe(100_000n);
  });

  test('can be told to end', async () => {
    const { key, data } = await create({ name: 'brief', expires_at: '2026-11-18T13:00:00Z' });
    expect(data.expires_at).toBe('2026-11-18T13:00:00.000Z');
    expect((await house.call('GET', '/key', { key })).status).toBe(200);
    await house.clock.advance(3_600_000);
    expect((await house.call('GET', '/key', { key })).status).toBe(401);
  });

  test('belongs to its maker, whatever else the body says', async () => {
    const { data } = await create({
      name: 'sneaky',
      hash: 'a'.repeat(64),
      accountId: 'stranger',
      account_id: 'stranger',
      isManagement: true,
      is_management: true,
      is_management_key: true,
      usage: -5,
      limitPico: '9',
      created_at: '2001-01-01',
      constructor: { prototype: { isManagement: true } },
    });
    const kept = house.exchange.directory.find(data.hash)!;
    expect(kept).toMatchObject({ accountId: 'home', isManagement: false, createdAtMs: nowMs, name: 'sneaky' });
    expect(kept.limitPico).toBeUndefined();
  });

  test.each([
    ['{}', 'name'],
    ['{"name":""}', 'name'],
    ['{"name":7}', 'name'],
    ['{"name":"a\\u0007b"}', 'name'],
    ['{"name":"x","limit":-1}', 'limit'],
    ['{"name":"x","limit":"5"}', 'limit'],
    ['{"name":"x","limit":1e300}', 'limit'],
    ['{"name":"x","limit":9000001}', 'limit'],
    ['{"name":"x","limit":0.0000000000001}', 'limit'],
    ['{"name":"x","limit_reset":"hourly"}', 'limit_reset'],
    ['{"name":"x","expires_at":"2027-01-01T00:00:00+02:00"}', 'expires_at'],
    ['{"name":"x","expires_at":"2020-01-01T00:00:00Z"}', 'expires_at'],
    ['{"name":"x","workspace_id":"00000000-0000-4000-8000-00000000beef"}', 'workspace_id'],
    ['{"name":"x","workspace_id":"mine"}', 'workspace_id'],
  ])('%s is refused for its %s', async (body, field) => {
    const before = await list();
    const { error } = await checkAnswer(house, 'POST', '/keys', {
      as: '/keys',
      status: 400,
      key: house.keys.management,
      body,
    });
    expect(error.metadata.field).toBe(field);
    expect(await list()).toEqual([...before]);
  });

  test.each(['', 'nonsense', '[]', '{"name":"a","name":"b"}', '{"name":"a"} {}'])(
    'the body %j is no JSON object',
    async (body) => {
      await checkAnswer(house, 'POST', '/keys', { as: '/keys', status: 400, key: house.keys.management, body });
    },
  );
});

describe('the list', () => {
  test('leaves out disabled keys unless asked, and management keys always', async () => {
    const { data } = await create({ name: 'off' });
    await checkAnswer(house, 'PATCH', `/keys/${data.hash}`, {
      as: ONE,
      key: house.keys.management,
      body: { disabled: true },
    });
    const names = (keys: readonly AnyBody[]) => keys.map(({ name }) => name);
    expect(names(await list())).toEqual(['test']);
    expect(names(await list('?include_disabled=true')).sort()).toEqual(['off', 'test']);
    expect(names(await list('?include_disabled=true&offset=1'))).toHaveLength(1);
    expect(names(await list(`?workspace_id=${HOME_WORKSPACE}`))).toEqual(['test']);
    expect(await list('?workspace_id=00000000-0000-4000-8000-00000000beef')).toEqual([]);
  });

  test.each(['?offset=-1', '?offset=x', '?workspace_id=mine', '?offset=1&offset=2'])('refuses %s', async (query) => {
    await checkAnswer(house, 'GET', `/keys${query}`, { as: '/keys', status: 400, key: house.keys.management });
  });
});

describe('a change', () => {
  async function change(hash: string, body: object): Promise<AnyBody> {
    return (await checkAnswer(house, 'PATCH', `/keys/${hash}`, { as: ONE, key: house.keys.management, body })).data;
  }

  test('touches only what it names, and null takes a limit away', async () => {
    const { data } = await create({ name: 'one', limit: 5, limit_reset: 'daily', include_byok_in_limit: true });
    const renamed = await change(data.hash, { name: 'two' });
    expect(renamed).toEqual({ ...data, name: 'two', updated_at: '2026-11-18T12:00:00.000Z' });
    expect(await change(data.hash, { limit: 7 })).toMatchObject({ limit: 7, limit_reset: 'daily' });
    expect(await change(data.hash, { limit_reset: null })).toMatchObject({ limit: 7, limit_reset: null });
    expect(await change(data.hash, { limit: null })).toMatchObject({ limit: null, limit_remaining: null });
    expect(await change(data.hash, { limit: 0 })).toMatchObject({ limit: 0, limit_remaining: 0 });
  });

  test('cannot move a key to another account or make it manage', async () => {
    const { data } = await create({ name: 'one' });
    await change(data.hash, { accountId: 'stranger', isManagement: true, hash: 'b', expires_at: null, usage: 0 });
    expect(house.exchange.directory.find(data.hash)).toMatchObject({ accountId: 'home', isManagement: false });
  });

  test('that is no good changes nothing', async () => {
    const { data } = await create({ name: 'one', limit: 5 });
    for (const body of [{ name: '' }, { limit: -1 }, { limit_reset: 'never' }, { disabled: 'yes' }]) {
      const options = { as: ONE, status: 400, key: house.keys.management, body };
      await checkAnswer(house, 'PATCH', `/keys/${data.hash}`, options);
    }
    expect(house.exchange.directory.find(data.hash)).toMatchObject({ name: 'one', limitPico: 5_000_000_000_000n });
  });

  test('to disabled is obeyed at once', async () => {
    const { key, data } = await create({ name: 'one' });
    await change(data.hash, { disabled: true });
    expect((await house.call('GET', '/key', { key })).status).toBe(401);
    await change(data.hash, { disabled: false });
    expect((await house.call('GET', '/key', { key })).status).toBe(200);
  });
});

test('a deleted key is gone for good', async () => {
  const { key, data } = await create({ name: 'one' });
  const path = `/keys/${data.hash}`;
  const options = { as: ONE, key: house.keys.management };
  expect(await checkAnswer(house, 'DELETE', path, options)).toEqual({ deleted: true });
  expect((await house.call('GET', '/key', { key })).status).toBe(401);
  for (const method of ['GET', 'DELETE']) await checkAnswer(house, method, path, { ...options, status: 404 });
  await checkAnswer(house, 'PATCH', path, { ...options, status: 404, body: { name: 'back' } });
});

test("another account's keys and management keys read like keys that never were", async () => {
  const hashes = [house.keys.stranger, house.keys.management, house.keys.strangerManagement].map(hashApiKey);
  const answers: unknown[] = [];
  for (const hash of [...hashes, 'f'.repeat(64)]) {
    const options = { as: ONE, status: 404, key: house.keys.management };
    answers.push(await checkAnswer(house, 'GET', `/keys/${hash}`, options));
    answers.push(await checkAnswer(house, 'PATCH', `/keys/${hash}`, { ...options, body: { disabled: true } }));
    answers.push(await checkAnswer(house, 'DELETE', `/keys/${hash}`, options));
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(house.exchange.directory.find(hashes[0]!)?.disabled).toBe(false);
  expect((await list('', house.keys.strangerManagement)).map(({ hash }) => hash)).toEqual([hashes[0]]);
});

describe('spending', () => {
  test('is shown by window, and what is not in storage yet counts in each', async () => {
    await house.storage.settle([spent('gen-1', 1_000_000_000_000n, 0), spent('gen-2', 2_000_000_000_000n, 2)]);
    await house.storage.settle([spent('gen-3', 4_000_000_000_000n, 5), spent('gen-4', 8_000_000_000_000n, 40)]);
    house.undrained.push(spent('gen-5', 250_000_000_000n, 0));
    const { data } = await checkAnswer(house, 'GET', '/key', { as: '/key', key: house.keys.inference });
    // 18 November 2026 is a Wednesday: two days ago is this week, five days ago is this month.
    expect(data).toMatchObject({ usage: 15.25, usage_monthly: 7.25, usage_weekly: 3.25, usage_daily: 1.25 });
    const [listed] = await list();
    expect(listed).toMatchObject({ usage: 15.25, usage_monthly: 7.25, usage_weekly: 3.25, usage_daily: 1.25 });
  });

  test.each([
    ['daily', 8.75],
    ['weekly', 6.75],
    ['monthly', 2.75],
    [null, 0],
  ])('with a %s limit of $10 leaves $%p', async (limitReset, remaining) => {
    await house.storage.settle([spent('gen-1', 1_250_000_000_000n, 0), spent('gen-2', 2_000_000_000_000n, 2)]);
    await house.storage.settle([spent('gen-3', 4_000_000_000_000n, 5), spent('gen-4', 8_000_000_000_000n, 40)]);
    const { data } = await checkAnswer(house, 'PATCH', `/keys/${hashApiKey(house.keys.inference)}`, {
      as: ONE,
      key: house.keys.management,
      body: { limit: 10, limit_reset: limitReset },
    });
    expect(data.limit_remaining).toBe(remaining);
  });

  test('of the account is what was deposited and what was spent of it', async () => {
    await house.storage.settle([spent('gen-1', 1_000_000_000_001n, 0)]);
    house.undrained.push(spent('gen-2', 500_000_000_000n, 0));
    const { data } = await checkAnswer(house, 'GET', '/credits', { as: '/credits', key: house.keys.management });
    expect(data).toEqual({ total_credits: 25.5, total_usage: 1.500000000001 });
    const stranger = await checkAnswer(house, 'GET', '/credits', {
      as: '/credits',
      key: house.keys.strangerManagement,
    });
    expect(stranger.data).toEqual({ total_credits: 25.5, total_usage: 0 });
  });
});

test('credits are for management keys', async () => {
  await checkAnswer(house, 'GET', '/credits', { as: '/credits', status: 401 });
  await checkAnswer(house, 'GET', '/credits', { as: '/credits', status: 403, key: house.keys.inference });
});
