/** Where callers name the betas of Anthropic's that they use: its own header, and OpenRouter's for other formats. */
export const BETA_HEADERS = ['anthropic-beta', 'x-anthropic-beta'] as const;

/** The only version there has been since 2023. */
const VERSION = '2023-06-01';
const BETA = /^[a-z0-9][a-z0-9.-]{0,127}$/i;
const BETAS_MAX = 32;

/** The headers of the format: its version, and the caller's betas by name. What is no name of a beta goes nowhere. */
export function messagesHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const named = BETA_HEADERS.flatMap((name) => (headers[name] ?? '').split(','));
  const betas = new Set(named.map((beta) => beta.trim()).filter((beta) => BETA.test(beta)));
  const list = [...betas].slice(0, BETAS_MAX).join(',');
  return { 'anthropic-version': VERSION, ...(list !== '' && { 'anthropic-beta': list }) };
}
