/** Where an engine answers, as a person writes it. */
import { isIP } from 'node:net';
import { isPrivateAddress } from '../base/addresses.ts';

export interface TargetUrl {
  /** With `/v1` or what stands in its place, without a trailing slash. */
  readonly baseUrl: string;
  /** This machine, or one beside it: what runs there is the operator's own. */
  readonly isHere: boolean;
}

/** Throws an `Error` in words for the person who wrote it. `hasKey`: a key will be sent there. */
export function readTargetUrl(text: string, hasKey: boolean): TargetUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('--url takes an address such as http://127.0.0.1:8080');
  if (url.username !== '' || url.password !== '')
    throw new Error('--url takes no user and password: give a key as --key env:NAME');
  const isHere = isNear(url.hostname);
  if (hasKey && url.protocol === 'http:' && !isHere)
    throw new Error('a key is not sent over http to another network: use https');
  const path = url.pathname.replace(/\/chat\/completions\/?$/, '').replace(/\/+$/, '');
  return { baseUrl: `${url.origin}${path === '' ? '/v1' : path}`, isHere };
}

/** Names without a dot are resolved by the own network, as are those below endings that the Internet does not have. */
function isNear(hostname: string): boolean {
  const plain = hostname.replace(/^\[|\]$/g, '');
  if (isIP(plain) !== 0) return isPrivateAddress(plain);
  return !plain.includes('.') || /\.(?:localhost|local|lan|home|internal|intranet|home\.arpa)$/.test(plain);
}
