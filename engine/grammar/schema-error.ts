/** A JSON schema that cannot be kept: a keyword that no answer could be held to, or more than this engine takes. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  /** Where in the schema, as a JSON pointer; empty for the schema itself. */
  readonly path: string;
  readonly keyword: string | undefined;

  constructor(path: string, keyword: string | undefined, why: string) {
    super(`${path === '' ? 'the schema' : path}: ${keyword === undefined ? '' : `"${keyword}": `}${why}`);
    this.path = path;
    this.keyword = keyword;
  }
}
