import { expect, test } from 'bun:test';
import { listOperations } from './api-document.ts';
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
    'curl -X POST "http://here/api/x/things/<id>" \\\n  -H "Authorization: Bearer $TRUNKLINE_API_KEY" \\\n  -H "Content-Type: application/json" -d \'{"name": "<name>"}\'',
  );
  expect(sampleOf(operation!, 'Python', 'http://here')).toContain('json={"name": "<name>"}');
  expect(sampleOf(operation!, 'TypeScript', 'http://here')).toContain("method: 'POST'");
});
