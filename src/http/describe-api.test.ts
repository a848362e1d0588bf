import { expect, test } from 'bun:test';
import { loadFormats } from '../formats/format.ts';
import { OPERATIONS } from './api-operations.ts';
import { describeApi, pathOf } from './describe-api.ts';
import { routes } from './routes.ts';

const document = describeApi(await loadFormats(), routes, '1.2.3') as {
  paths: Record<string, Record<string, { summary: string }>>;
};

test('every route of the table is described in words, and nothing is that is not there', () => {
  const names = routes.map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(OPERATIONS).sort()).toEqual(names.sort());
  for (const { method, path } of routes) {
    expect(document.paths[pathOf(path)]?.[method.toLowerCase()]?.summary).not.toBe('');
  }
});

test('a parameter of the path is one, whatever the router lets into it', () => {
  expect(pathOf('/api/x/upstreams/:id{.+}/enable')).toBe('/api/x/upstreams/{id}/enable');
});

test('what is public asks for no key, and the rest says which', () => {
  const get = (path: string) => document.paths[path]?.get as unknown as { security: unknown; description: string };
  expect(get('/api/x/status').security).toEqual([]);
  expect(get('/api/v1/keys')).toMatchObject({ security: [{ key: [] }], description: 'Needs a management key.' });
});

test('parameters of the query come from the schema that reads them', () => {
  const { parameters } = document.paths['/api/x/stats/uptime']!.get as unknown as { parameters: { name: string }[] };
  expect(parameters.map(({ name }) => name)).toEqual(['model', 'days', 'demo']);
});

test('every address at which a format is spoken is described with the fields that the format reads', () => {
  const bodyOf = (path: string) =>
    (
      document.paths[path]!.post as unknown as {
        tags: string[];
        requestBody: { content: Record<string, { schema: { properties: object; required: string[] } }> };
      }
    ).requestBody.content['application/json']!.schema;
  const chat = bodyOf('/api/v1/chat/completions');
  expect(chat.required).toEqual(['messages']);
  expect(chat.properties).toMatchObject({
    provider: { properties: { order: {}, max_price: {}, allow_continuation: {} } },
    temperature: { minimum: 0, maximum: 2 },
    messages: { items: { required: ['role'] } },
  });
  expect(bodyOf('/api/v1/messages').required).toEqual(['messages', 'max_tokens']);
  expect(bodyOf('/api/v1/responses').properties).toMatchObject({ input: {}, models: {} });
  expect(bodyOf('/api/v1/rerank').required).toEqual(['query', 'documents']);
  const { parameters } = document.paths['/api/v1beta/models/{model}:streamGenerateContent']!.post as unknown as {
    parameters: { name: string; in: string }[];
  };
  expect(parameters).toMatchObject([{ name: 'model', in: 'path' }]);
  expect(bodyOf('/api/v1beta/models/{model}:countTokens').required).toEqual(['contents']);
});

test('the example of every address has all that is required, and its format takes it', async () => {
  const bytesOf = (example: object) => new TextEncoder().encode(JSON.stringify(example));
  for (const { server } of await loadFormats()) {
    const answering = server.routes.flatMap(({ descriptions = [] }) => descriptions);
    const counting = (server.counting?.routes ?? []).flatMap(({ descriptions = [] }) => descriptions);
    for (const { summary, required, example } of [...answering, ...counting])
      expect([summary, required.filter((name) => !(name in example))]).toEqual([summary, []]);
    for (const { example } of answering)
      expect(server.decodeRequest(bytesOf(example), { model: 'trunkline/mini' }).features.models).not.toEqual([]);
  }
});
