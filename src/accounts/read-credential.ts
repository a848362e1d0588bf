/**
 * The one place that reads a caller's key: `Authorization: Bearer <key>`, `x-api-key`, `x-goog-api-key`, or the query where a
 * format's clients put it there. The same key twice is one credential; two different ones are a conflict, since two readers
 * could pick differently.
 */
export function readCredential(headers: Headers, fromQuery?: string | null): string | 'conflict' | undefined {
  const authorization = headers.get('authorization');
  const bearer = authorization === null ? undefined : /^bearer\s+(.+)$/i.exec(authorization.trim())?.[1]?.trim();
  const sent = [
    // A header of another scheme is a credential too, and one that nobody knows.
    bearer ?? authorization,
    headers.get('x-api-key')?.trim(),
    headers.get('x-goog-api-key')?.trim(),
    fromQuery?.trim(),
  ];
  const different = new Set(sent.filter((credential) => typeof credential === 'string' && credential !== ''));
  if (different.size > 1) return 'conflict';
  const [only] = different;
  return only ?? undefined;
}
