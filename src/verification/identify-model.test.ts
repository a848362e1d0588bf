import { afterEach, expect, test } from 'bun:test';
import { Secret } from '../base/secret.ts';
import { SCOUT_PATHS } from './scripted-scout.test-data.ts';
import { idsOf, lastScripted, type ScriptedRun, stopScripted, verifyScripted } from './verify-scripted.test-data.ts';

afterEach(stopScripted);

const list = (id: string, more: object = {}) => ({ data: [{ id, object: 'model', ...more }] });
const meta = (n_params: number, n_vocab = 202_048) => ({ meta: { n_params, n_vocab, n_embd: 5120, n_ctx: 8192 } });
/** An engine that says nothing of itself but a name. */
const onlyName = (id: string) => ({ '/v1/models': list(id), '/props': undefined });
const NAME = 'Llama-4-Scout-17B-16E-Instruct';
const OLLAMA = (experts: number) => ({
  ...{ '/v1/models': list('llama4:scout'), '/props': undefined },
  '/api/version': { version: '0.13.1' },
  '/api/tags': { models: [{ name: 'llama4:scout', model: 'llama4:scout', digest: 'a'.repeat(64), details: {} }] },
  '/api/ps': { models: [] },
  '/api/show': {
    capabilities: ['completion', 'vision', 'tools'],
    model_info: {
      'general.architecture': 'llama4',
      'llama4.block_count': 48,
      'llama4.expert_count': experts,
      'llama4.context_length': 10_485_760,
    },
  },
});

test.each([
  ['the bundled model', { paths: onlyName('trunkline/mini') }, 'the engine calls its model trunkline/mini'],
  ['another known model', { paths: onlyName('Qwen3-8B') }, 'the engine calls its model Qwen3-8B'],
  ['Maverick', { paths: onlyName('Llama-4-Maverick-17B-128E-Instruct') }, 'calls its model Llama-4-Maverick'],
  [
    'a tiny model that is called Scout',
    { paths: { '/v1/models': list('llama-4-scout.gguf', meta(2_460_000, 1280)) } },
    'parameters: 0.002460 billion, and Scout has 107.8 billion',
  ],
  [
    'a Maverick that is called Scout',
    { paths: { '/v1/models': list('llama-4-scout.gguf', meta(400_712_000_000)) } },
    'parameters: 400.7 billion',
  ],
  [
    'another vocabulary with the right size',
    { paths: { '/v1/models': list('llama-4-scout.gguf', meta(107_769_861_168, 128_256)) } },
    'vocabulary: 128256, and Scout has 202048',
  ],
  ['a Maverick in Ollama', { paths: OLLAMA(128) }, 'experts: 128, and Scout has 16'],
  [
    'a name with another tokenizer',
    { paths: onlyName(NAME), tokenizes: 'wrong' },
    'its tokenizer is another: 26,20373,35,19596… where Llama 4 has 30674,52263,8992,197620…',
  ],
  [
    'a name that counts tokens otherwise',
    { paths: { ...onlyName(NAME) }, countsBytes: true },
    'tokens for a text where Llama 4 has 14',
  ],
  [
    'an answer from another model',
    { paths: onlyName(NAME), fields: { model: 'trunkline/mini' } },
    'the engine calls its model trunkline/mini',
  ],
] as const satisfies readonly (readonly [string, ScriptedRun, string])[])(
  '%s is never taken for Scout, and is asked nothing more',
  async (_, run, reason) => {
    const verification = await verifyScripted(run);
    expect(verification.verdict).toStartWith('this is not Scout: ');
    expect(verification.verdict).toContain(reason);
    expect(verification.outcome).toBe('other-model');
    expect(new Set(verification.checks.map(({ group }) => group))).toEqual(new Set(['identity']));
    expect(lastScripted().asked.length).toBeLessThanOrEqual(4);
  },
);

test.each([
  ['a right name and nothing else', { paths: onlyName(NAME), usage: 'none' }, 'its name alone proves nothing'],
  ['the tokenizer without a name', { paths: onlyName('default') }, 'nothing names it as Scout (it is called default)'],
  [
    'no list and no name in the answers',
    { paths: { '/v1/models': undefined, '/props': undefined }, target: { model: 'x' } },
    'nothing names it',
  ],
] as const satisfies readonly (readonly [string, ScriptedRun, string])[])(
  '%s is not enough to be taken for Scout',
  async (_, run, reason) => {
    const verification = await verifyScripted(run);
    expect(verification.outcome).toBe('other-model');
    expect(verification.verdict).toStartWith('nothing shows that this is Scout: ');
    expect(verification.verdict).toContain(reason);
  },
);

test.each([
  [
    'the numbers of llama-server, whatever the name',
    { paths: { '/v1/models': list('default', meta(107_769_861_168)) } },
  ],
  ['the numbers of Ollama', { paths: OLLAMA(16) }],
  ['its name and its count of tokens', { paths: onlyName(NAME) }],
  ['its name and its tokens', { paths: onlyName(NAME), tokenizes: 'right', usage: 'none' }],
] as const satisfies readonly (readonly [string, ScriptedRun])[])('%s are enough to ask it', async (_, run) => {
  const verification = await verifyScripted({ ...run, groups: ['facts'] });
  expect(verification.outcome).toBe('passed');
  expect(idsOf(verification, 'passed')).toContain('facts-capital');
});

test('with the size of Scout and other tokens, its conversion is broken', async () => {
  const groups = ['identity', 'facts'] as const;
  const broken = await verifyScripted({ tokenizes: 'wrong', groups });
  expect([broken.outcome, idsOf(broken, 'failed')]).toEqual(['failed', ['identity-tokenizer']]);
  expect(broken.verdict).toStartWith('its tokenizer is not that of Llama 4, so its conversion is broken');
  const sound = await verifyScripted({ tokenizes: 'right', groups });
  expect([sound.outcome, idsOf(sound, 'passed').includes('identity-tokenizer')]).toEqual(['passed', true]);
});

test('a file’s path as a name is shown by its last part', async () => {
  const verification = await verifyScripted({ paths: onlyName('/home/ann/secret-project/qwen3.gguf') });
  expect(verification.verdict).toBe('this is not Scout: the engine calls its model qwen3.gguf');
});

test('of several models the one that is Scout is asked, and without one a name is wanted', async () => {
  const several = (ids: readonly string[]) => ({
    '/v1/models': { data: ids.map((id) => ({ id })) },
    '/props': undefined,
  });
  const run = { groups: ['facts'] } as const;
  expect((await verifyScripted({ ...run, paths: several(['qwen3', NAME]) })).engine.model).toBe(NAME);
  const none = await verifyScripted({ ...run, paths: several(['a', 'b']) });
  expect([none.outcome, none.verdict]).toEqual([
    'unreached',
    'nothing could be asked: it offers 2 models: name one with --model',
  ]);
  expect(none.checks[0]?.got).toBe('a, b');
});

test('a model that the engine does not list is not asked for', async () => {
  const verification = await verifyScripted({
    target: { model: 'llama-4-scout-other' },
    paths: { '/v1/models': { data: [{ id: 'a' }, { id: 'b' }] } },
  });
  expect([verification.outcome, lastScripted().asked.length]).toEqual(['other-model', 0]);
});

test.each([
  [401, 'it wants a key: --key env:NAME (HTTP 401)'],
  [503, 'it is not ready yet (HTTP 503)'],
])('an engine that answers %d cannot be asked, and its own words are kept apart', async (status, reason) => {
  const refusal = Response.json({ error: { message: 'Loading /srv/models/x.gguf' } }, { status });
  const verification = await verifyScripted({ paths: { '/v1/models': refusal } });
  expect([verification.outcome, verification.verdict]).toEqual(['unreached', `nothing could be asked: ${reason}`]);
  expect(verification.checks[0]?.got).toBe('Loading /srv/models/x.gguf');
});

test('where nothing listens, nothing is claimed', async () => {
  const dead = await verifyScripted({ target: { baseUrl: 'http://127.0.0.1:1/v1' } });
  expect([dead.outcome, dead.verdict, dead.score.passed]).toEqual([
    'unreached',
    'nothing could be asked: the connection failed',
    0,
  ]);
});

test('a key that comes back in an answer is not kept', async () => {
  const key = 'hunter2';
  const verification = await verifyScripted({
    groups: ['facts', 'schema'],
    target: { key: new Secret(key) },
    says: (question) => (/Australia/.test(question) ? `Canberra, says ${key}` : undefined),
  });
  expect(verification.checks.find(({ id }) => id === 'facts-capital')?.got).toBe('Canberra, says [redacted]');
  expect(JSON.stringify(verification)).not.toContain(key);
});

test('a gateway is held to the provider that answered first, and says nothing about this machine', async () => {
  const paths = { ...SCOUT_PATHS, ...onlyName(NAME) };
  const verification = await verifyScripted({ paths, fields: { provider: 'Acme' }, groups: ['facts'] });
  expect([verification.here, verification.engine.name]).toEqual([false, 'Acme, through a gateway']);
  const [first, ...others] = lastScripted().asked;
  expect(first?.provider).toBeUndefined();
  expect(others.every(({ provider }) => JSON.stringify(provider) === '{"only":["Acme"],"allow_fallbacks":false}')).toBe(
    true,
  );
  expect(others.length).toBeGreaterThan(10);
});
