import type { RequestTarget } from '../format.ts';

/** The body as the provider's own quirk wants it, where it has one. */
export function amendBody(body: Uint8Array, { quirks }: RequestTarget): Uint8Array {
  if (!quirks.amendBody) return body;
  const parsed = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
  return new TextEncoder().encode(JSON.stringify(quirks.amendBody(parsed)));
}
