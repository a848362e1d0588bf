import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

/**
 * Checks answers against OpenRouter's own specification, which is not part of this repository: it is read from
 * `../shared/openrouter/openapi.yaml` beside the checkout, and where it is missing the checks are skipped and counted.
 */
const SPECIFICATION = join(import.meta.dir, '../../../shared/openrouter/openapi.yaml');
const ROOT = 'openapi';

export interface CheckedAnswer {
  readonly method: string;
  /** As the specification writes it, below `/api/v1`: `/models/{author}/{slug}/endpoints`. */
  readonly path: string;
  readonly status: number;
  /** Without parameters; `application/json` when absent. */
  readonly contentType?: string;
  readonly body: unknown;
}

export interface SpecificationCheck {
  /** Undefined when the answer is as specified, else what is wrong with it. `skipped` without a specification. */
  check(answer: CheckedAnswer): string | undefined | 'skipped';
  readonly isPresent: boolean;
  readonly skipped: number;
}

export function openSpecification(path = SPECIFICATION): SpecificationCheck {
  return existsSync(path) ? new Specification(parse(readFileSync(path, 'utf8'))) : new NoSpecification();
}

class NoSpecification implements SpecificationCheck {
  readonly isPresent = false;
  skipped = 0;

  check(): 'skipped' {
    this.skipped++;
    return 'skipped';
  }
}

type Node = { [key: string]: unknown };

class Specification implements SpecificationCheck {
  readonly isPresent = true;
  readonly skipped = 0;
  readonly #document: Node;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: Node) {
    openProviderNames(document);
    this.#document = document;
    // The document holds keywords of OpenAPI and of its tools, which are no mistakes in a schema.
    this.#ajv = new Ajv2020({ strict: false, allErrors: true, formats: FORMATS });
    this.#ajv.addSchema(document, ROOT);
  }

  check(answer: CheckedAnswer): string | undefined {
    const method = answer.method.toLowerCase();
    const contentType = answer.contentType ?? 'application/json';
    const at = ['paths', answer.path, method, 'responses', String(answer.status), 'content', contentType, 'schema'];
    for (let depth = 1; depth <= at.length; depth++) {
      if (!has(this.#document, at.slice(0, depth))) return `not specified: ${at.slice(1, depth).join(' ')}`;
    }
    const validate = this.#validator(at);
    if (validate(answer.body)) return undefined;
    const errors = (validate.errors ?? []).slice(0, 8).map((error) => `${error.instancePath} ${error.message}`);
    return `${answer.method} ${answer.path} ${answer.status}: ${errors.join('; ')}`;
  }

  #validator(at: readonly string[]): ValidateFunction {
    const pointer = at.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    let validate = this.#validators.get(pointer);
    if (!validate) {
      validate = this.#ajv.compile({ $ref: `${ROOT}#/${pointer}` });
      this.#validators.set(pointer, validate);
    }
    return validate;
  }
}

const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  uri: (value: string) => URL.canParse(value),
  double: true,
  int32: true,
  binary: true,
} as const;

/**
 * Opens the lists of provider names. They grow every month, and an operator may call a provider of their own `Acme`: names are
 * strings, not a promise. Every other closed list is kept closed.
 */
function openProviderNames(document: Node): void {
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const schema = node as Node;
    const names = schema.enum;
    if (Array.isArray(names) && names.includes('DeepInfra') && names.includes('Groq')) delete schema.enum;
    for (const child of Object.values(schema)) visit(child);
  };
  visit(document);
}

function has(document: Node, path: readonly string[]): boolean {
  let node: unknown = document;
  for (const name of path) {
    if (typeof node !== 'object' || node === null || !(name in node)) return false;
    node = (node as Node)[name];
  }
  return true;
}
