export interface CurlOptions {
  /** Of the installation, with its prefix. */
  readonly address: string;
  /** The body, as JSON. */
  readonly json: string;
  /** Environment variable that holds the key: a page that is shared holds no secret. */
  readonly variable: 'TRUNKLINE_KEY' | 'TRUNKLINE_API_KEY';
  /** Shows an answer while it comes. */
  readonly streams?: boolean;
}

/** A chat completion as a command for a shell. A quote mark in the body would end the shell's quotes. */
export function writeCurl({ address, json, variable, streams = false }: CurlOptions): string {
  return [
    `curl ${streams ? '-N ' : ''}${address}/api/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $${variable}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '${json.replaceAll("'", "'\\''")}'`,
  ].join('\n');
}
