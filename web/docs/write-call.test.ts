import { expect, test } from 'bun:test';
import { type ApiDocument, listOperations } from './api-document.ts';
import { sampleOf } from './write-call.ts';

const [operation] = listOperations({
  paths: {
    '/api/x/things/{id}': {
      post: {
        ...{ summary: 'Makes', description: '', tags: ['Things'] },
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'days', in: 'query', required: false, schema: { type: 'integer', default: 30 } },
        ],
        requestBody: {
          content: { 'application/json': { schema: { required: ['name'], properties: { name: { type: 'string' } } } } },
        },
      },
    },
  },
});

test('an operation lists the parameters of path, query and body', () => {
  expect(operation!.parameters).toEqual([
    { name: 'id', where: 'path', isRequired: true, type: 'string' },
    { name: 'days', where: 'query', isRequired: false, type: 'integer (usually 30)' },
    { name: 'name', where: 'body', isRequired: true, type: 'string' },
  ]);
});

test('a sample is filled with the address and asks only for what must be given', () => {
  expect(sampleOf(operation!, 'curl', 'http://here')).toBe(
    'curl -X POST "http://here/api/x/things/<id>" \\\n  -H "Authorization: Bearer $TRUNKLINE_API_KEY" \\\n  -H "Content-Type: application/json" -d \'{\n  "name": "<name>"\n}\'',
  );
  expect(sampleOf(operation!, 'Python', 'http://here')).toContain('json={\n      "name": "<name>"\n    }');
  expect(sampleOf(operation!, 'TypeScript', 'http://here')).toContain("method: 'POST'");
});

function operationWith(content: object) {
  const described = {
    summary: 'Asks',
    description: '',
    tags: [],
    requestBody: { content: { 'application/json': content } },
  };
  return listOperations({ paths: { '/ask': { post: described } } } as ApiDocument)[0]!;
}

const asked = {
  type: 'object',
  required: ['messages', 'count'],
  properties: {
    messages: {
      type: 'array',
      items: {
        type: 'object',
        required: ['role'],
        properties: {
          role: { type: 'string', enum: ['user', 'tool'] },
          content: {
            anyOf: [{ type: 'string' }, { type: 'array', items: { properties: { text: { type: 'string' } } } }],
          },
        },
      },
    },
    count: { type: 'integer', minimum: 1 },
    note: { type: 'string' },
  },
};

test('fields within fields are listed below the one that holds them, also those of lists and of choices', () => {
  const { parameters } = operationWith({ schema: asked });
  expect(parameters.map(({ name, fields = [] }) => [name, fields.map((one) => one.name)])).toEqual([
    ['messages', ['role', 'content', 'content.text']],
    ['count', []],
    ['note', []],
  ]);
});

test('a sample sends the example of the document, or else what must be given by its kind', () => {
  expect(operationWith({ schema: asked }).body).toEqual({ messages: [{ role: 'user' }], count: 1 });
  const example = { model: 'a/b', stream: true, say: "it's" };
  const operation = operationWith({ schema: asked, example });
  expect(operation.body).toEqual(example);
  expect(sampleOf(operation, 'Python', 'http://here')).toContain('"stream": True,');
  expect(sampleOf(operation, 'curl', 'http://here')).toContain(String.raw`"it'\''s"`);
});
