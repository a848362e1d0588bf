/** A schema and where it stands in the one that was given. */
import { SchemaError } from './schema-error.ts';

export interface SchemaPlace {
  readonly schema: unknown;
  readonly parent: SchemaPlace | undefined;
  /** In the parent, as a JSON pointer without its first slash; a reference's own target, from the root on. */
  readonly step: string;
}

const PATH_CHARACTERS_MAX = 300;

export function rootPlace(schema: unknown): SchemaPlace {
  return { schema, parent: undefined, step: '' };
}

export function placeIn(parent: SchemaPlace, schema: unknown, ...steps: readonly string[]): SchemaPlace {
  return { schema, parent, step: steps.map(encodeStep).join('/') };
}

/** Paths are only spelled out for errors: those of a schema nested without end would fill the memory. */
export function pathOf(place: SchemaPlace): string {
  let path = '';
  for (let at: SchemaPlace | undefined = place; at?.parent; at = at.parent) {
    path = `/${at.step}${path}`;
    if (path.length > PATH_CHARACTERS_MAX) return `…${path.slice(-PATH_CHARACTERS_MAX)}`;
  }
  return path;
}

export function refuse(place: SchemaPlace, keyword: string | undefined, why: string): never {
  throw new SchemaError(pathOf(place), keyword, why);
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a local reference such as `#/$defs/node` leads to. */
export function followReference(root: SchemaPlace, place: SchemaPlace, reference: unknown): SchemaPlace {
  const { isLocal, text } = readReference(reference);
  if (!isLocal) refuse(place, '$ref', 'only references within the schema, such as "#/$defs/name", are followed');
  let schema = root.schema;
  const steps = text.split('/').slice(1).map(decodeStep);
  for (const step of steps) {
    const isList = Array.isArray(schema) && /^\d+$/.test(step);
    const isThere = (isList || isFields(schema)) && Object.hasOwn(schema as object, step);
    if (!isThere) refuse(place, '$ref', `${JSON.stringify(text.slice(0, 100))} leads nowhere`);
    schema = (schema as Fields)[step];
  }
  return steps.length === 0 ? root : placeIn(root, schema, ...steps);
}

function readReference(reference: unknown): { readonly isLocal: boolean; readonly text: string } {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return { isLocal: false, text: '' };
  try {
    return { isLocal: true, text: decodeURIComponent(reference) };
  } catch {
    return { isLocal: false, text: '' };
  }
}

function decodeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function encodeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
