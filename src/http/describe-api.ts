import { z } from 'zod';
import type { RouteDescription, WireFormat } from '../formats/format.ts';
import { OPERATIONS, type Operation } from './api-operations.ts';
import type { Audience, Route } from './route.ts';

type JsonRecord = Record<string, unknown>;

const NEEDS: Readonly<Record<Audience, string>> = {
  public: 'Anybody may ask.',
  caller: 'Needs any API key; answers for its own account.',
  inference: 'Needs an API key.',
  management: 'Needs a management key.',
  person: 'Only for people who are signed in; no key opens it.',
};

/** OpenAPI 3.1 of what this installation answers, from the table of routes and the schemas that they read with. */
export function describeApi(formats: readonly WireFormat[], routes: readonly Route[], version: string): JsonRecord {
  const paths: Record<string, JsonRecord> = {};
  for (const { path, audience, description } of generatingRoutes(formats)) {
    const { summary, example } = description;
    const operation = { summary, body: bodyOf(description), example };
    paths[path] = { post: describe({ path, audience, tag: 'Generations' }, operation) };
  }
  for (const route of routes) {
    const path = pathOf(route.path);
    const operation = OPERATIONS[`${route.method} ${route.path}`] ?? { summary: '' };
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe({ ...route, path }, operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Trunkline', version, description: 'The API of this installation.' },
    // Beside this document, whatever the installation's prefix.
    servers: [{ url: '../..' }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key of this installation' } },
      schemas: { Error: ERROR },
    },
  };
}

/** Where the wire formats take generations, in each format's own words. The one of chat completions comes first. */
function generatingRoutes(formats: readonly WireFormat[]) {
  const all = formats.flatMap(({ server }) =>
    [...server.routes, ...(server.counting?.routes ?? [])].flatMap(({ path, descriptions = [] }) =>
      descriptions.map((description) => ({
        ...{ path: description.path ?? pathOf(path), audience: 'inference' as const, description },
      })),
    ),
  );
  return all.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function bodyOf({ fields, required }: RouteDescription): z.ZodObject {
  const shape = Object.entries(fields).map(([name, schema]) => [
    name,
    required.includes(name) ? schema : schema.optional(),
  ]);
  return z.looseObject(Object.fromEntries(shape));
}

/** `/x/:id{.+}` of the router is `/x/{id}` here. */
export function pathOf(path: string): string {
  return path.replaceAll(/:(\w+)(?:\{[^}]*\})?/g, '{$1}');
}

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'integer', description: 'The HTTP status' },
        message: { type: 'string' },
        metadata: { type: 'object', description: '`error_type` is stable; `field` names what was wrong' },
      },
    },
  },
};

interface Described {
  /** As OpenAPI writes it. */
  readonly path: string;
  readonly audience: Audience;
  readonly tag?: string;
}

function describe(route: Described, operation: Operation): JsonRecord {
  const { summary, query, body, answer, example } = operation;
  const parameters = [
    ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      ...{ name, in: 'path', required: true, schema: { type: 'string' } },
    })),
    ...(query ? queryParameters(query) : []),
  ];
  const failure = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };
  return {
    summary,
    description: NEEDS[route.audience],
    tags: [route.tag ?? tagOf(route.path)],
    security: route.audience === 'public' ? [] : [{ key: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(body, 'input'), ...(example && { example }) } },
      },
    }),
    responses: {
      200: {
        description: 'What was asked for',
        ...(answer && { content: { 'application/json': { schema: schemaOf(answer, 'output') } } }),
      },
      default: { description: 'What went wrong', ...failure },
    },
  };
}

function queryParameters(query: z.ZodObject): readonly JsonRecord[] {
  const schema = schemaOf(query, 'input') as { properties?: Record<string, JsonRecord>; required?: readonly string[] };
  return Object.entries(schema.properties ?? {}).map(([name, own]) => ({
    ...{ name, in: 'query', required: schema.required?.includes(name) ?? false, schema: own },
    ...(typeof own.description === 'string' && { description: own.description }),
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonRecord {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest;
}

function tagOf(path: string): string {
  return path.startsWith('/api/x/') ? 'Trunkline' : 'OpenRouter-compatible';
}
