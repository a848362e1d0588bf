import type { SessionSummary } from '../../src/contract/session.ts';
import { fetchApi } from '../api/fetch-api.ts';

/** Passkeys of this device. The browser's own JSON forms are what the server's library reads. */

interface Parser {
  parseCreationOptionsFromJSON(options: unknown): PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON(options: unknown): PublicKeyCredentialRequestOptions;
}

/** False on plain http (but for localhost) and in browsers that do not read the JSON forms. */
export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
}

export async function signInWithPasskey(): Promise<SessionSummary> {
  const options = await fetchApi('/api/x/session/passkey/options', { method: 'POST', body: {} });
  const publicKey = parser().parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  return fetchApi('/api/x/session/passkey/verify', { method: 'POST', body: { response: jsonOf(credential) } });
}

export async function registerPasskey(name: string): Promise<unknown> {
  const options = await fetchApi('/api/x/session/passkey/register-options', { method: 'POST', body: {} });
  const publicKey = parser().parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  return fetchApi('/api/x/session/passkey/register', { method: 'POST', body: { name, response: jsonOf(credential) } });
}

function parser(): Parser {
  if (!canUsePasskeys()) throw new Error('This browser, or an address without https, cannot use passkeys.');
  return PublicKeyCredential as unknown as Parser;
}

function jsonOf(credential: Credential | null): unknown {
  if (!credential) throw new Error('No passkey was chosen.');
  return (credential as PublicKeyCredential).toJSON();
}
