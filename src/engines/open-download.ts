/**
 * Asks for a file, or the rest of one, through all redirects. Only over TLS, but for this machine; and a server of the internet
 * cannot send us to an address inside our network.
 */
import { isPrivateAddress } from '../base/addresses.ts';
import type { Secret } from '../base/secret.ts';
import { DownloadError } from './download-error.ts';
import type { EngineFetch } from './probe.ts';

export interface DownloadParts {
  readonly fetch: EngineFetch;
  /** Addresses that a name stands for; rejects when there are none. */
  resolve(hostname: string): Promise<readonly string[]>;
  readonly signal: AbortSignal;
}

export interface DownloadRequest {
  readonly url: string;
  /** Sent to the host of `url` and to no other. */
  readonly token?: Secret;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OpenedDownload {
  readonly response: Response;
  /** Of the whole file, where one of the servers on the way said it. */
  readonly sha256?: string;
}

const REDIRECTS_MAX = 8;
const SHA256 = /^(?:W\/)?"?(?:sha256:)?([0-9a-f]{64})"?$/i;

/** Any status but a redirect is the caller's business. */
export async function openDownload(request: DownloadRequest, parts: DownloadParts): Promise<OpenedDownload> {
  let url = parseUrl(request.url);
  const first = url;
  const isFromInside = isLoopback(url.hostname) || (await isInside(url.hostname, parts));
  let sha256: string | undefined;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    const isOwn = url.origin === first.origin;
    const response = await send(url, { ...request.headers, ...(isOwn && bearer(request.token)) }, parts);
    // The model hub says the checksum on its way to where the file lies, as the tag of what is linked.
    sha256 ??= sha256Of(response.headers.get('x-linked-etag')) ?? sha256Of(response.headers.get('etag'));
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null)
      return { response, ...(sha256 !== undefined && { sha256 }) };
    await response.body?.cancel();
    if (!URL.canParse(location, url)) throw new DownloadError(`${url.host} redirects to an unreadable address`);
    const next = parseUrl(new URL(location, url).href);
    if (!isFromInside && (await isInside(next.hostname, parts)))
      throw new DownloadError(`${url.host} redirects to an address inside this network, which is refused`);
    url = next;
  }
  throw new DownloadError(`${first.host} redirects too often`);
}

export function sha256Of(tag: string | null | undefined): string | undefined {
  return SHA256.exec(tag ?? '')?.[1]?.toLowerCase();
}

/** Throws `DownloadError`. */
export function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new DownloadError(`${text} is not an address`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new DownloadError('an address with a password in it is refused: set HF_TOKEN for the model hub');
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return url;
  throw new DownloadError(`${url.protocol}//${url.host} is refused: only https addresses are downloaded from`);
}

async function send(url: URL, headers: Readonly<Record<string, string>>, parts: DownloadParts): Promise<Response> {
  try {
    return await parts.fetch(url.href, {
      redirect: 'manual',
      signal: parts.signal,
      // A packed body would have another length and checksum.
      headers: { 'accept-encoding': 'identity', ...headers },
    });
  } catch (error) {
    if (parts.signal.aborted) throw parts.signal.reason;
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new DownloadError(`${url.host} cannot be reached${code}: is this machine offline?`, true);
  }
}

function bearer(token: Secret | undefined): Readonly<Record<string, string>> {
  return token ? { authorization: `Bearer ${token.reveal()}` } : {};
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

async function isInside(hostname: string, { resolve }: DownloadParts): Promise<boolean> {
  if (/^[\d.]+$/.test(hostname) || hostname.startsWith('[')) return isPrivateAddress(hostname);
  // Behind a proxy names may mean nothing here; then the proxy decides.
  const addresses = await resolve(hostname).catch(() => []);
  return addresses.some(isPrivateAddress);
}
