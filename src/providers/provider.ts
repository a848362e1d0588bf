import { readdirSync } from 'node:fs';
import type { RequestQuirks } from '../formats/format.ts';

/** Who runs models behind an HTTP address. One file per provider; shared code reads these fields and never asks who. */
export interface Provider {
  /** Slug as OpenRouter spells it, such as `deepinfra`. */
  readonly id: string;
  readonly name: string;
  /**
   * Without a trailing slash. May contain `{account}` placeholders filled from `settings`, `{model}` for the upstream name of the
   * model that is called, and a query that every address gets.
   */
  readonly baseUrl: string;
  /** Wire format id. */
  readonly format: string;
  /**
   * Environment variables that hold a key, as the provider's own documentation names them; the first set one wins. None
   * for an engine that needs no key.
   */
  readonly environmentKeys: readonly string[];
  /** Those of `environmentKeys` that name a file instead: whoever reads the environment puts the file's text in their place. */
  readonly environmentFiles?: readonly string[];
  /**
   * Variables that hold a key together, where no single one does: name of the part → variable. They make one JSON object. Parts
   * whose name ends in `?` may be missing.
   */
  readonly environmentParts?: Readonly<Record<string, string>>;
  /**
   * Further environment variables needed in the base URL: placeholder → variable, such as account → CLOUDFLARE_ACCOUNT_ID. Of
   * several, the first that is set counts. One whose placeholder ends in `?` may be missing, and is for `amendBaseUrl` alone.
   */
  readonly settings?: Readonly<Record<string, string | readonly string[]>>;
  /** Headers that carry the key. The default is `Authorization: Bearer`. */
  headers?(secret: string): Readonly<Record<string, string>>;
  /** For a secret that signs each request and travels with none: what signs. Undefined for one that travels as it is. */
  signer?(secret: string): RequestSigner | undefined;
  /** What the secret is to be exchanged for a token with, which then carries requests; undefined when it is a token already. */
  exchange?(secret: string, nowSeconds: number): TokenExchange | undefined;
  /** Models at another address or in another format, by their upstream names; the first that matches counts. */
  readonly annexes?: readonly Annex[];
  /** The base URL with its settings filled in, where some settings lead elsewhere than their place in it says. */
  amendBaseUrl?(baseUrl: string, settings: Readonly<Record<string, string>>): string;
  readonly quirks?: RequestQuirks;
  /**
   * How the provider goes on from an answer that broke off elsewhere. `prefill`: it writes on from a last message of the
   * assistant. `instruct`: it is asked for the rest, and what it repeats is cut away.
   */
  readonly continues?: 'prefill' | 'instruct';
  /**
   * Wire format of texts in which it goes on exactly, below the same base URL: tried first for plain chats with models whose
   * template is known.
   */
  readonly completes?: string;
  /** Does closing the connection stop the work and its bill? Unknown counts as no. */
  readonly stopsOnAbort?: boolean;
  /** May stand on a private or loopback address: engines found there, and providers whose configuration says so. */
  readonly allowPrivateNetwork?: boolean;
  /** Path below `baseUrl` that lists models with the key; `/models` unless given. */
  readonly modelsPath?: string;
  /** Where the facts above were read. */
  readonly documentation: string;
  readonly headquarters?: string;
  readonly datacenters?: readonly string[];
  readonly privacyPolicyUrl?: string;
  readonly termsOfServiceUrl?: string;
  readonly statusPageUrl?: string;
  /** What the provider's terms say; absent means unknown, which policy filters treat as not allowed. */
  readonly dataPolicy?: DataPolicy;
}

/** One request, of a form, that is answered with `access_token` and `expires_in` (RFC 6749, section 5.1). */
export interface TokenExchange {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
}

/** Headers that carry the signature of one request. Rejects with a `Failure` that shows nothing of the secret. */
export type RequestSigner = (request: UnsignedRequest, nowMs: number) => Promise<Readonly<Record<string, string>>>;

export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** See `annexes`. */
export interface Annex {
  readonly match: RegExp;
  readonly format: string;
  /** With the provider's own placeholders. */
  readonly baseUrl: string;
  readonly quirks?: RequestQuirks;
}

/** A host name, an account number, a region: nothing that could lead an address elsewhere. */
const SETTING = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?$/;

/** The base URL with its settings filled in; undefined while one is missing or is no plain name. */
export function findBaseUrl(
  provider: Provider,
  environment: Readonly<Record<string, string | undefined>>,
  annex?: Annex,
): string | undefined {
  let { baseUrl } = annex ?? provider;
  const settings: Record<string, string> = {};
  for (const [name, variables] of Object.entries(provider.settings ?? {})) {
    const placeholder = name.replace(/\?$/, '');
    const value = [variables].flat().flatMap((variable) => environment[variable]?.trim() || [])[0];
    if (value === undefined && name !== placeholder) continue;
    if (value === undefined || !SETTING.test(value)) return undefined;
    settings[placeholder] = value;
    baseUrl = baseUrl.replaceAll(`{${placeholder}}`, value);
  }
  return provider.amendBaseUrl?.(baseUrl, settings) ?? baseUrl;
}

/** The first variable that holds a key, and the key. Variables that hold one together come last. */
export function findEnvironmentKey(
  provider: Provider,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly variable: string; readonly value: string } | undefined {
  for (const variable of provider.environmentKeys) {
    const value = environment[variable]?.trim();
    if (value) return { variable, value };
  }
  const key: Record<string, string> = {};
  for (const [part, variable] of Object.entries(provider.environmentParts ?? {})) {
    const value = environment[variable]?.trim();
    if (value) key[part.replace(/\?$/, '')] = value;
    else if (!part.endsWith('?')) return undefined;
  }
  const [variable] = Object.values(provider.environmentParts ?? {});
  return variable === undefined ? undefined : { variable, value: JSON.stringify(key) };
}

/** What to set for a connection, in words: one name each, or several that belong together. */
export function namesOfKeys({ environmentKeys, environmentParts = {} }: Provider): readonly string[] {
  const needed = Object.entries(environmentParts).flatMap(([part, variable]) => (part.endsWith('?') ? [] : [variable]));
  return needed.length > 0 ? [...environmentKeys, needed.join(' and ')] : environmentKeys;
}

/**
 * Every provider of this shelf: each file of the folder but this one. `main.ts` calls it once at start, so that a new
 * provider is one new file and no list of them has to be kept.
 */
export async function loadProviders(): Promise<readonly Provider[]> {
  const contract = import.meta.file;
  const files = readdirSync(import.meta.dir).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== contract,
  );
  const modules = await Promise.all(
    files.sort().map((file) => import(`./${file}`) as Promise<{ readonly default: Provider }>),
  );
  return modules.map((module) => module.default);
}

export interface DataPolicy {
  readonly trainsOnPrompts?: boolean;
  readonly retainsPrompts?: boolean;
  readonly retentionDays?: number;
  /** Offers zero data retention on every request, without a contract. */
  readonly zeroDataRetention?: boolean;
  /** Where the policy was read. */
  readonly source: string;
}
