import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadProviders, type Provider } from '../../src/providers/provider.ts';

const SHELF = join(import.meta.dir, '../../src/providers');
const FORMATS = join(import.meta.dir, '../../src/formats');
const SECRET = 'sk-conformance-0123456789';

/** Top-level names that a body may carry: OpenAI's, the sampling fields that OpenRouter adds, and Google's. */
const REQUEST_FIELDS = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'tools', 'tool_choice', 'parallel_tool_calls'],
  ...['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'top_k', 'top_a', 'min_p'],
  ...['frequency_penalty', 'presence_penalty', 'repetition_penalty', 'seed', 'random_seed', 'stop', 'n'],
  ...['logit_bias', 'logprobs', 'top_logprobs', 'response_format', 'reasoning', 'reasoning_effort'],
  ...['contents', 'systemInstruction', 'toolConfig', 'generationConfig', 'safetySettings', 'cachedContent', 'labels'],
  ...['user', 'store', 'metadata', 'service_tier', 'prediction', 'modalities', 'audio', 'verbosity'],
]);
const QUIRKS = [
  'prefill',
  'inlineMediaOnly',
  'rename',
  'drop',
  'set',
  'streamUsage',
  'streamEnd',
  'reasoning',
  'cacheMarks',
  'template',
  'roles',
  'amendBody',
];
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'];

/** Hosts of Llama 4 Scout that speak `openai-chat` with a static key. */
const SCOUT_HOSTS = [
  ...['deepinfra', 'groq', 'novita', 'cloudflare', 'together', 'fireworks', 'cerebras', 'wandb', 'nscale'],
  ...['lambda', 'sambanova', 'synthetic', 'llama', 'github-models', 'azure', 'oci'],
];

const providers = await loadProviders();
const files = readdirSync(SHELF).filter((file) => file !== 'provider.ts' && !file.endsWith('.test.ts'));

test('the shelf holds at least 60 providers, one per file, and the loader finds all of them', () => {
  expect(files.length).toBeGreaterThanOrEqual(60);
  expect(providers.map((provider) => `${provider.id}.ts`).sort()).toEqual(files.sort());
});

test('every host of Llama 4 Scout that speaks openai-chat is on the shelf', () => {
  const ids = providers.map((provider) => provider.id);
  expect(SCOUT_HOSTS.filter((id) => !ids.includes(id))).toEqual([]);
});

test('no two providers share an id, a name or an address', () => {
  for (const field of ['id', 'name', 'baseUrl'] as const) {
    const values = providers.map((provider) => provider[field]);
    expect(values.filter((value, index) => values.indexOf(value) !== index)).toEqual([]);
  }
});

test('no two providers take the same environment variable for a key, so one secret never reaches two hosts', () => {
  const owners = new Map<string, string[]>();
  for (const provider of providers)
    for (const name of [...provider.environmentKeys, ...Object.values(provider.environmentParts ?? {})])
      owners.set(name, [...(owners.get(name) ?? []), provider.id]);
  expect([...owners].filter(([, ids]) => ids.length > 1)).toEqual([]);
});

describe.each(providers.map((provider) => [provider.id, provider] as const))('%s', (_, provider) => {
  test('names itself and its facts in the forms the contract asks for', () => checkFacts(provider));
  test('is reached over https at an address whose placeholders are all declared', () => checkAddress(provider));
  test('carries the key in a header value and nowhere else', () => checkHeaders(provider));
  test('declares only quirks about fields that exist', () => checkQuirks(provider));
});

function checkFacts(provider: Provider): void {
  expect(provider.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  expect(provider.name.trim()).toBe(provider.name);
  expect(provider.name).not.toBe('');
  // A format is a file, or a folder where its two directions are too long for one.
  const format = join(FORMATS, provider.format);
  expect(existsSync(`${format}.ts`) || existsSync(format)).toBe(true);
  const urls = [provider.documentation, provider.privacyPolicyUrl, provider.termsOfServiceUrl, provider.statusPageUrl];
  for (const url of urls) if (url !== undefined) expect(new URL(url).protocol).toBe('https:');
  for (const country of [provider.headquarters, ...(provider.datacenters ?? [])])
    if (country !== undefined) expect(country).toMatch(/^[A-Z]{2}$/);
  if (provider.dataPolicy) expect(new URL(provider.dataPolicy.source).protocol).toBe('https:');
}

function checkAddress(provider: Provider): void {
  for (const baseUrl of [provider.baseUrl, ...(provider.annexes ?? []).map((annex) => annex.baseUrl)]) {
    const placeholders = new Set([...baseUrl.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? ''));
    placeholders.delete('model');
    const needed = Object.keys(provider.settings ?? {}).filter((setting) => !setting.endsWith('?'));
    expect([...placeholders].sort()).toEqual(needed.sort());
    const filled = baseUrl.replace(/\{[^}]*\}/g, 'placeholder');
    const url = new URL(filled);
    expect(url.protocol).toBe('https:');
    // Nothing of the domain, the host's last two names, is a setting: it can never choose whose server is asked.
    const domain = baseUrl.split('/')[2]!.split('.').slice(-2);
    expect([domain.length, domain.join('.')]).toEqual([2, expect.not.stringContaining('{')]);
    expect(url.username + url.password + url.hash + url.port).toBe('');
    expect(url.search).toMatch(/^(?:\?[a-z-]+=[\w.-]+)?$/);
    expect(filled.endsWith('/')).toBe(false);
  }
  expect(provider.modelsPath ?? '/models').toMatch(/^\//);
  expect(provider.environmentKeys.length).toBeGreaterThan(0);
  const parts = Object.values(provider.environmentParts ?? {});
  for (const name of [...provider.environmentKeys, ...Object.values(provider.settings ?? {}).flat(), ...parts])
    expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
}

function checkHeaders(provider: Provider): void {
  if (!provider.headers) return;
  const headers = Object.entries(provider.headers(SECRET));
  expect(headers.some(([, value]) => value.includes(SECRET))).toBe(true);
  for (const [name] of headers) expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
  // Two callers' keys must never be mixed: the function keeps no state.
  expect(Object.values(provider.headers('other')).join()).not.toContain(SECRET);
  expect(JSON.stringify(provider)).not.toContain(SECRET);
}

function checkQuirks(provider: Provider): void {
  const { models = [], ...all } = provider.quirks ?? {};
  for (const quirks of [all, ...models.map((model) => model.quirks)]) checkQuirksOf(quirks);
}

function checkQuirksOf(quirks: NonNullable<Provider['quirks']>): void {
  expect(Object.keys(quirks).filter((key) => !QUIRKS.includes(key))).toEqual([]);
  const renames = Object.entries(quirks.rename ?? {});
  const named = [...renames.flat(), ...(quirks.drop ?? []), ...Object.keys(quirks.set ?? {})];
  expect(named.filter((field) => !REQUEST_FIELDS.has(field))).toEqual([]);
  for (const [from, to] of renames) expect(from).not.toBe(to);
  const roles = Object.entries(quirks.roles ?? {}).flat();
  expect(roles.filter((role) => !ROLES.includes(role))).toEqual([]);
  const dropped = quirks.drop ?? [];
  expect(renames.filter(([from, to]) => dropped.includes(from) || dropped.includes(to))).toEqual([]);
  if (quirks.streamUsage !== undefined) expect(['ask', 'given', 'refused']).toContain(quirks.streamUsage);
  if (quirks.streamEnd !== undefined) expect(['marker', 'finish']).toContain(quirks.streamEnd);
  if (quirks.reasoning !== undefined) expect(['effort', 'object', 'thinking']).toContain(quirks.reasoning);
  for (const field of ['model', 'messages', 'stream']) expect(dropped).not.toContain(field);
}
