import { pictureQuestion } from '../contract/picture.ts';
import { type MediaFetcher, sniffMedia } from '../gateway/fetch-media.ts';
import { Failure } from '../generation/failure.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Route, RouteCall } from './route.ts';

const BYTES_MAX = 8 * 1024 * 1024;
/** Of one account at once: a page full of pictures must not make this server fetch them all together. */
const AT_ONCE_MAX = 4;
/** Pixels only. SVG can hold a script, and what cannot be told by its first bytes is taken for nothing. */
const KINDS: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/**
 * Pictures elsewhere that a reader of the chat asked to see. Fetched here, under the rules of pictures in requests and for the same
 * people, so that the page needs no right to load from anywhere and the picture's host sees no browser.
 */
export function pictureRoutes(media: MediaFetcher): readonly Route[] {
  const underWay = new Map<string, number>();
  return [
    {
      ...{ method: 'POST', path: '/api/x/pictures', audience: 'inference', isReading: true },
      answer: (call) => fetchPicture(media, underWay, call),
    },
  ];
}

async function fetchPicture(media: MediaFetcher, underWay: Map<string, number>, call: RouteCall): Promise<Response> {
  const { url } = (await readJsonBody(call.request, pictureQuestion)).fields;
  const account = call.caller!.key.accountId;
  const count = underWay.get(account) ?? 0;
  if (count >= AT_ONCE_MAX)
    throw new Failure('rate-limited', { message: 'Other pictures are being loaded: try again', retryAfterSeconds: 2 });
  underWay.set(account, count + 1);
  try {
    const { base64 } = await media.fetch(url, call.request.signal, { bytesMax: BYTES_MAX });
    return answerPicture(Buffer.from(base64, 'base64'));
  } finally {
    const left = underWay.get(account)! - 1;
    if (left === 0) underWay.delete(account);
    else underWay.set(account, left);
  }
}

/** Even opened by itself it is a file to be saved, and nothing in it could run. */
function answerPicture(bytes: Buffer<ArrayBuffer>): Response {
  const type = sniffMedia(bytes);
  if (type === undefined || !KINDS.has(type))
    throw new Failure('media-unavailable', { message: 'What stands at this address is no PNG, JPEG, GIF or WebP' });
  return new Response(bytes, {
    headers: {
      'content-type': type,
      'content-disposition': 'attachment; filename="picture"',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    },
  });
}
