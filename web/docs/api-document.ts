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
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: ApiSchema; readonly example?: unknown }>>;
  };
}

export interface ShownParameter {
  readonly name: string;
  readonly where: string;
  readonly isRequired: boolean;
  readonly type: string;
  /** Of an object, or of each object of a list. */
  readonly fields?: readonly ShownField[];
}

export interface ShownField {
  /** `content.text` of what is nested deeper. */
  readonly name: string;
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
  /** What to send: the example of the document, or what must be given, each by its kind. */
  readonly body: unknown;
}

export function listOperations({ paths }: ApiDocument): readonly ShownOperation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      tag: operation.tags[0] ?? '',
      summary: operation.summary,
      description: operation.description,
      body: bodyExample(operation),
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
  return Object.entries(schema?.properties ?? {}).map(([name, own]) => {
    const fields = fieldsIn(own, '', DEPTH_MAX);
    return {
      ...{ name, where: 'body', isRequired: schema?.required?.includes(name) ?? false, type: typeText(own) },
      ...(fields.length > 0 && { fields }),
    };
  });
}

/** Deeper than this a list of names explains nothing. */
const DEPTH_MAX = 3;

function fieldsIn(schema: ApiSchema, before: string, depth: number): readonly ShownField[] {
  if (depth === 0) return [];
  const { properties, required = [] } = schema;
  const inside = [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])];
  const own = Object.entries(properties ?? {}).flatMap(([name, field]) => [
    { name: `${before}${name}`, isRequired: required.includes(name), type: typeText(field) },
    ...fieldsIn(field, `${before}${name}.`, depth - 1),
  ]);
  const all = [...own, ...inside.flatMap((one) => fieldsIn(one, before, depth))];
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

function bodyExample({ requestBody }: ApiOperation): unknown {
  const content = requestBody?.content['application/json'];
  return content && (content.example ?? exampleOf(content.schema, 'body'));
}

/** A value of its kind: a text says which field it is. */
function exampleOf(schema: ApiSchema, name: string): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return exampleOf(schema.anyOf[0] ?? {}, name);
  if (schema.properties) {
    const needed = Object.entries(schema.properties).filter(([field]) => schema.required?.includes(field));
    return Object.fromEntries(needed.map(([field, own]) => [field, exampleOf(own, field)]));
  }
  const [kind] = [schema.type].flat();
  if (kind === 'array') return schema.items ? [exampleOf(schema.items, name)] : [];
  if (kind === 'object') return {};
  if (kind === 'boolean') return true;
  if (kind === 'integer' || kind === 'number') return Math.max(1, schema.minimum ?? 1);
  return `<${name}>`;
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
  if (items) return `list of ${kindText(items).replace(/^(?:object|string|integer|number)$/, '$&s')}`;
  const kind = [type].flat().join(' or ');
  const isBound = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < BOUND_MAX;
  if (isBound(minimum) && isBound(maximum)) return `${kind}, ${minimum} to ${maximum}`;
  if (isBound(minimum)) return `${kind}, at least ${minimum}`;
  return isBound(maximum) ? `${kind}, at most ${maximum}` : kind;
}
