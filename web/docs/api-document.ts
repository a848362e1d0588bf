/** The parts of an OpenAPI document that the reference shows. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
}

interface ApiSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly ApiSchema[];
  readonly items?: ApiSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
}

interface ApiOperation {
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: ApiSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: ApiSchema }>> };
}

export interface ShownParameter {
  readonly name: string;
  readonly where: string;
  readonly isRequired: boolean;
  readonly type: string;
}

export interface ShownOperation {
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly ShownParameter[];
  readonly hasBody: boolean;
}

export function listOperations({ paths }: ApiDocument): readonly ShownOperation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      tag: operation.tags[0] ?? '',
      summary: operation.summary,
      description: operation.description,
      hasBody: operation.requestBody !== undefined,
      parameters: [
        ...(operation.parameters ?? []).map(({ name, in: where, required, schema }) => ({
          ...{ name, where, isRequired: required, type: typeText(schema) },
        })),
        ...bodyFields(operation),
      ],
    })),
  );
}

function bodyFields({ requestBody }: ApiOperation): readonly ShownParameter[] {
  const schema = requestBody?.content['application/json']?.schema;
  return Object.entries(schema?.properties ?? {}).map(([name, own]) => ({
    ...{ name, where: 'body', isRequired: schema?.required?.includes(name) ?? false, type: typeText(own) },
  }));
}

function typeText(schema: ApiSchema): string {
  const type = kindText(schema);
  return schema.default === undefined ? type : `${type} (usually ${JSON.stringify(schema.default)})`;
}

/** The bounds of whole numbers as JavaScript has them say nothing. */
const BOUND_MAX = Number.MAX_SAFE_INTEGER;

function kindText({ anyOf, enum: words, items, type = 'any', minimum, maximum }: ApiSchema): string {
  if (anyOf) return [...new Set(anyOf.filter((one) => one.type !== 'null').map(kindText))].join(' or ');
  if (words) return words.join(' | ');
  if (items) return `list of ${kindText(items)}`;
  const kind = [type].flat().join(' or ');
  const isBound = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < BOUND_MAX;
  if (isBound(minimum) && isBound(maximum)) return `${kind}, ${minimum} to ${maximum}`;
  if (isBound(minimum)) return `${kind}, at least ${minimum}`;
  return isBound(maximum) ? `${kind}, at most ${maximum}` : kind;
}
