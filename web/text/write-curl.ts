export interface CurlOptions {
  /** Of the installation, with its prefix. */
  readonly address: string;
  /** The body, as JSON. */
  readonly json: string;
  /** Shows an answer while it comes. */
  readonly streams?: boolean;
}

/**
 * A chat completion as a command for a shell. The key is a variable: a page that is shared holds no secret. A quote mark
 * in the body would end the shell's quotes.
 */
export function writeCurl({ address, json, streams = false }: CurlOptions): string {
  return [
    `curl ${streams ? '-N ' : ''}${address}/api/v1/chat/completions \\`,
    '  -H "Authorization: Bearer $TRUNKLINE_API_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${json.replaceAll("'", "'\\''")}'`,
  ].join('\n');
}
