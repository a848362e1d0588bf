import { expect, test } from 'bun:test';
import { systemClock } from '../base/clock.ts';
import type { Secret } from '../base/secret.ts';
import { makeCatalog } from '../catalog/make-catalog.ts';
import { readConfig } from '../config/read-config.ts';
import { ENGINE_KINDS } from '../engines/engine.ts';
import { ProviderTokens } from '../gateway/provider-tokens.ts';
import { configuredEndpoints } from './configured-endpoints.ts';
import { connectProviders } from './connect-providers.ts';
import { loadSources } from './load-sources.ts';

const config = readConfig(
  `
[[providers]]
id = "vllm-a"
engine = "vllm"
parallel = 64
base_url = "http://10.0.0.11:8000/v1"
allow_private_network = true
api_key = "sk-engine"
models = [{ model = "meta-llama/llama-4-scout", upstream_model = "scout", context = 1000000 }]

[[providers]]
id = "llama-a"
engine = "llama-server"
base_url = "https://engines.example/llama/v1/"
models = [{ model = "meta-llama/llama-4-scout", input_modalities = ["text", "image"], input_per_million = "0.05" }]

[[providers]]
id = "front"
base_url = "http://10.0.0.20/v1"
session_header = "x-session-id"
cache_salt_field = "cache_salt"
models = [{ model = "meta-llama/llama-4-scout" }]

[[providers]]
id = "off"
engine = "sglang"
enabled = false
base_url = "http://10.0.0.30:30000/v1"
`,
  Bun.TOML.parse,
);
const connected = connectProviders({
  ...{
    shelf: [],
    config,
    environment: {},
    storedKeys: new Map<string, Secret>(),
    engines: [],
    locals: [],
    bundled: undefined,
  },
  tokens: new ProviderTokens(systemClock),
});
const empty = makeCatalog({ version: 'v', builtAt: '2026-11-01', models: [], endpoints: new Map() });
const endpoints = configuredEndpoints(config, connected.providers, empty, '2026-11-01');

test('the pages of an engine stand beside its API, and are asked with its key', () => {
  const found = {
    kind: 'lmstudio',
    baseUrl: 'http://127.0.0.1:1234',
    tag: 'lmstudio',
    name: 'LM Studio',
    models: [],
  } as const;
  const local = { ...found, kind: 'vllm', baseUrl: 'http://127.0.0.1:8000', tag: 'vllm' } as const;
  const sources = loadSources([found, local], config, connected.connections);
  expect([...sources]).toEqual([
    ['vllm', { kind: 'vllm', baseUrl: 'http://127.0.0.1:8000', allowPrivateNetwork: true }],
    [
      'vllm-a',
      {
        ...{ kind: 'vllm', baseUrl: 'http://10.0.0.11:8000', allowPrivateNetwork: true },
        headers: { authorization: 'Bearer sk-engine' },
      },
    ],
    ['llama-a', { kind: 'llama-server', baseUrl: 'https://engines.example/llama', allowPrivateNetwork: false }],
  ]);
});

test('a model of the operator’s own files tells its load while it is awake, to whoever has the key of this start', () => {
  const engine = {
    kind: 'llama-server',
    baseUrl: 'http://127.0.0.1',
    tag: 'llama-server/poet',
    name: '',
    models: [],
  } as const;
  const wake = () => Promise.reject(new Error('not asked here'));
  const awake = { baseUrl: 'http://127.0.0.1:40123', authorization: 'Bearer of-this-start' };
  expect([...loadSources([], readConfig('', Bun.TOML.parse), new Map(), [{ engine, wake }])]).toEqual([]);
  expect(loadSources([], readConfig('', Bun.TOML.parse), new Map(), [{ engine, wake, awake }]).get(engine.tag)).toEqual(
    {
      ...{ kind: 'llama-server', baseUrl: 'http://127.0.0.1:40123', allowPrivateNetwork: true },
      headers: { authorization: 'Bearer of-this-start' },
    },
  );
});

test('an engine that the configuration names is one like those that are found: local while it is free', () => {
  expect(
    endpoints.map(({ tag, isLocal, engine, zeroDataRetention, imageTokenOrder }) => ({
      ...{ tag, isLocal, engine, zeroDataRetention, imageTokenOrder },
    })),
  ).toEqual([
    {
      ...{ tag: 'vllm-a', isLocal: true, zeroDataRetention: true, imageTokenOrder: undefined },
      engine: { parallel: 64, reuses: 'prefix' },
    },
    {
      ...{ tag: 'llama-a', isLocal: false, zeroDataRetention: undefined, imageTokenOrder: 'columns' },
      engine: { parallel: 4, reuses: 'chat' },
    },
    {
      ...{ tag: 'front', isLocal: false, engine: undefined, zeroDataRetention: undefined, imageTokenOrder: undefined },
    },
  ]);
});

test('it takes over what all engines of its kind have in common', () => {
  const quirksOf = (id: string) => connected.providers.get(id)!.quirks;
  expect(quirksOf('vllm-a')).toMatchObject({ cacheSaltField: 'cache_salt', sessionHeader: 'x-session-id' });
  expect(quirksOf('llama-a')).toMatchObject({ rename: { repetition_penalty: 'repeat_penalty' }, drop: ['id_slot'] });
  expect(quirksOf('front')).toEqual({ sessionHeader: 'x-session-id', cacheSaltField: 'cache_salt' });
  expect(connected.providers.get('vllm-a')!.continues).toBe('prefill');
});

test('every kind of engine may stand in the configuration', () => {
  for (const engine of ENGINE_KINDS) {
    const text = `[[providers]]\nid = "a"\nengine = "${engine}"\nbase_url = "http://10.0.0.1/v1"`;
    expect(readConfig(text, Bun.TOML.parse).providers[0]!.engine).toBe(engine);
  }
});
