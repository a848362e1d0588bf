import { describe, expect, test } from 'bun:test';
import { ConfigError, readConfig, readKey } from './read-config.ts';
import { readEnvFile } from './read-env-file.ts';

const read = (text: string) => readConfig(text, Bun.TOML.parse);

test('an empty text is the default configuration', () => {
  expect(read('')).toMatchObject({
    catalogue: { refresh: 'off' },
    local_engines: { discover: true, bundled: true },
    providers: [],
  });
});

test('a provider of one’s own is read with exact prices', () => {
  const config = read(`
[[providers]]
id = "acme"
name = "Acme"
format = "openai-chat"
base_url = "http://127.0.0.1:9000/v1"
api_key = "env:ACME_KEY"
allow_private_network = true

[[providers.models]]
model = "meta-llama/llama-4-scout"
upstream_model = "scout"
input_per_million = "0.08"
output_per_million = 0.3
context = 1048576
max_output = 16384
supported_parameters = ["tools", "temperature", "max_tokens"]
`);
  expect(config.providers[0]).toMatchObject({ id: 'acme', enabled: true, allow_private_network: true });
  expect(config.providers[0]!.models[0]).toMatchObject({
    input_per_million: 80_000n,
    output_per_million: 300_000n,
    quantization: 'unknown',
  });
});

describe('a mistake is told with its place', () => {
  test.each([
    ['not TOML', '[[providers', 'Not valid TOML'],
    ['a word nobody knows', 'colour = "red"', 'colour'],
    ['a misspelt field', '[[providers]]\nid = "acme"\nbaseurl = "http://x"', 'baseurl'],
    ['an id with spaces', '[[providers]]\nid = "My Acme"', 'providers.0.id'],
    ['a file as address', '[[providers]]\nid = "acme"\nbase_url = "file:///etc/passwd"', 'providers.0.base_url'],
    [
      'a price that is none',
      '[[providers]]\nid = "a"\n[[providers.models]]\nmodel = "a/b"\ninput_per_million = "cheap"',
      'US dollars',
    ],
    [
      'a negative price',
      '[[providers]]\nid = "a"\n[[providers.models]]\nmodel = "a/b"\ninput_per_million = -1',
      'US dollars',
    ],
    [
      'a model that is no slug',
      '[[providers]]\nid = "a"\n[[providers.models]]\nmodel = "scout"',
      'providers.0.models.0.model',
    ],
    ['two of one id', '[[providers]]\nid = "a"\n[[providers]]\nid = "a"', 'two providers have the id "a"'],
    ['an engine nobody knows', '[[providers]]\nid = "a"\nengine = "exllama"', 'providers.0.engine'],
    ['slots of what is no engine', '[[providers]]\nid = "a"\nparallel = 4', 'providers.0.parallel'],
    ['a header that is not ours to set', '[[providers]]\nid = "a"\nsession_header = "host"', 'begins with x-'],
    ['a port beyond all ports', '[server]\nport = 70000', 'server.port'],
    ['a deadline of no time', '[deadlines]\nsilence_seconds = 0', 'deadlines.silence_seconds'],
  ])('%s', (_, text, said) => {
    let thrown: unknown;
    try {
      read(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    expect((thrown as ConfigError).message).toContain(said);
  });
});

test('a key is read from the environment at every look, or is the key itself', () => {
  expect(readKey('env:ACME_KEY', { ACME_KEY: 'k' })).toBe('k');
  expect(readKey('env:ACME_KEY', { ACME_KEY: '' })).toBeUndefined();
  expect(readKey('env:ACME_KEY', {})).toBeUndefined();
  expect(readKey('sk-literal', {})).toBe('sk-literal');
});

test('an .env file is read as shells write them', () => {
  const text = '# keys\nexport A=1\r\n B = "two # words"\nC=three # cut\nnot a line\nD=\n';
  expect(readEnvFile(text)).toMatchObject({ A: '1', B: 'two # words', C: 'three', D: '' });
  expect(readEnvFile('E=\'#1\'\nF="x"')).toEqual({ E: '#1', F: 'x' });
});

test('a search engine is read, and one that could not be asked is refused', () => {
  expect(
    read('[web_search]\nengine = "brave"\napi_key = "env:BRAVE_KEY"\ncost_per_search = "0.005"').web_search,
  ).toEqual({
    engine: 'brave',
    api_key: 'env:BRAVE_KEY',
    cost_per_search: 5_000_000_000n,
  });
  expect(() => read('[web_search]\nengine = "searxng"')).toThrow('web_search.url');
  expect(() => read('[web_search]\nengine = "exa"')).toThrow('web_search.api_key');
});
