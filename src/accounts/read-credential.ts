/**
 * The one place that reads a caller's key: `Authorization: Bearer <key>` or `x-api-key`. The same key in both is one credential;
 * two different ones are a conflict, since two readers could pick differently.
 */
export function readCredential(headers: Headers): string | 'conflict' | undefined {
  const authorization = headers.get('authorization');
  const bearer = authorization === null ? undefined : /^bearer\s+(.+)$/i.exec(authorization.trim())?.[1]?.trim();
  const direct = headers.get('x-api-key')?.trim() || undefined;
  // A header of another scheme is a credential too, and one that nobody knows.
  const fromHeader = bearer ?? (authorization ? authorization : undefined);
  if (fromHeader !== undefined && direct !== undefined && fromHeader !== direct) return 'conflict';
  return fromHeader ?? direct;
}
