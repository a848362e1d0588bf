import { createHash } from 'node:crypto';

/** Bytes with their fingerprint, for lists that many callers ask for again and again. */
export interface TaggedBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

export function tagBody(text: string): TaggedBody {
  const bytes = new TextEncoder().encode(text);
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` };
}

/** 304 without a body when the caller already has these bytes. */
export function answerTagged(request: Request, body: TaggedBody, contentType = 'application/json'): Response {
  const headers = { etag: body.etag, 'cache-control': 'private, no-cache' };
  if (isKnown(request.headers.get('if-none-match'), body.etag)) return new Response(null, { status: 304, headers });
  return new Response(body.bytes, { headers: { ...headers, 'content-type': contentType } });
}

/** What belongs to one account must not stay in any cache between. */
export function answerPrivate(data: unknown, status = 200): Response {
  return Response.json(data, { status, headers: { 'cache-control': 'no-store' } });
}

function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
