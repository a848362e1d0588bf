/**
 * Fetches pictures and files that a caller gave by address, for providers that take them inside the request only. The address
 * is the caller's, so nothing of ours may be reached by it: only http and https on usual ports, only public addresses, and
 * the connection goes to the very address that was judged, whatever the name resolves to a moment later.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isPrivateAddress } from '../base/addresses.ts';
import type { FetchedMedia } from '../formats/format.ts';
import { Failure } from '../generation/failure.ts';
import type { Resolve } from './egress.ts';

const BYTES_MAX = 20 * 1024 * 1024;
const REDIRECTS_MAX = 3;
const TOTAL_MS = 15_000;
const PORTS: ReadonlySet<string> = new Set(['', '80', '443', '8080', '8443']);

export interface MediaFetcher {
  /** Rejects with a `Failure` of the caller's, or with the signal's reason. */
  fetch(address: string, signal: AbortSignal, bounds?: { readonly bytesMax: number }): Promise<FetchedMedia>;
}

export interface MediaFetcherOptions {
  readonly resolve: Resolve;
  readonly userAgent: string;
  /** Tests serve from loopback; everybody else is asked `isPrivateAddress`. */
  readonly isForbidden?: (address: string) => boolean;
  readonly ports?: ReadonlySet<string>;
}

export function makeMediaFetcher(options: MediaFetcherOptions): MediaFetcher {
  const isForbidden = options.isForbidden ?? isPrivateAddress;
  const ports = options.ports ?? PORTS;
  return {
    async fetch(address, signal, { bytesMax } = { bytesMax: BYTES_MAX }) {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(TOTAL_MS)]);
      let url = parse(address);
      for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
        if (!ports.has(url.port)) throw refused('its port is not one of the web’s');
        const target = await judge(url, options.resolve, isForbidden);
        const answer = await open(url, target, options.userAgent, bounded);
        const status = answer.statusCode ?? 0;
        if (status >= 300 && status < 400 && answer.headers.location !== undefined) {
          answer.destroy();
          url = parse(new URL(answer.headers.location, url).href);
          continue;
        }
        if (status !== 200) {
          answer.destroy();
          throw failed(`its server answered ${status}`);
        }
        return await read(answer, bytesMax);
      }
      throw failed('it redirects too often');
    },
  };
}

function parse(address: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw refused('it is no address');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('only http and https are fetched');
  if (url.username !== '' || url.password !== '') throw refused('it carries a user name or a password');
  return url;
}

/** The address to connect to: every one that the name has must be public. */
async function judge(url: URL, resolve: Resolve, isForbidden: (address: string) => boolean): Promise<string> {
  const isLiteral = /^[\d.]+$/.test(url.hostname) || url.hostname.startsWith('[');
  let addresses: readonly string[];
  try {
    addresses = isLiteral ? [url.hostname.replace(/^\[|\]$/g, '')] : await resolve(url.hostname);
  } catch {
    throw failed('its name does not resolve');
  }
  if (addresses.length === 0 || addresses.some(isForbidden)) {
    throw refused('private and loopback addresses are not fetched');
  }
  return addresses[0]!;
}

function open(url: URL, target: string, userAgent: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const family = target.includes(':') ? 6 : 4;
  const start = url.protocol === 'https:' ? requestHttps : requestHttp;
  const asked = start(
    url,
    {
      signal,
      headers: { 'user-agent': userAgent, accept: 'image/*, application/pdf, audio/*, video/*, */*;q=0.1' },
      // The name was judged by this address: a second look-up could give another.
      lookup: (_name, _options, done) => {
        const found = [{ address: target, family }];
        (done as unknown as (error: null, addresses: typeof found) => void)(null, found);
      },
    },
    resolve,
  );
  asked.on('error', (cause) => {
    reject(signal.aborted && signal.reason instanceof Failure ? signal.reason : failed('it cannot be reached', cause));
  });
  asked.end();
  return promise;
}

async function read(answer: IncomingMessage, bytesMax: number): Promise<FetchedMedia> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > bytesMax) {
        answer.destroy();
        throw new Failure('payload-too-large', {
          message: `A file given by address has more than ${bytesMax / 1024 / 1024} MB`,
        });
      }
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw failed('it broke off', error);
  }
  const bytes = Buffer.concat(pieces);
  const declared = Number(answer.headers['content-length'] ?? Number.NaN);
  if (length < declared) throw failed('it broke off');
  if (length === 0) throw failed('it is empty');
  return { mediaType: sniffMedia(bytes) ?? declaredType(answer), base64: bytes.toString('base64') };
}

/** Servers name types wrongly more often than files begin wrongly. */
export function sniffMedia(bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, 12).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(head)) return 'image/gif';
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return 'image/webp';
  if (head.startsWith('RIFF') && head.slice(8) === 'WAVE') return 'audio/wav';
  if (head.startsWith('%PDF-')) return 'application/pdf';
  return undefined;
}

function declaredType(answer: IncomingMessage): string {
  const type = (answer.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (!/^[a-z]+\/[a-z0-9.+-]+$/.test(type)) throw failed('its server does not say what it is');
  if (type === 'text/html') throw failed('it is a web page');
  return type;
}

/** The words name no address of ours: which internal one answered is nobody's business. */
function refused(reason: string): Failure {
  return new Failure('media-unavailable', { message: `A file given by address was not fetched: ${reason}` });
}

function failed(reason: string, cause?: unknown): Failure {
  return new Failure('media-unavailable', {
    message: `A file given by address could not be fetched: ${reason}`,
    ...(cause !== undefined && { cause }),
  });
}
