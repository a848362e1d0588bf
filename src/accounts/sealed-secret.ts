import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../base/secret.ts';
import type { SealedProviderKey } from './account-store.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const VERSION = 1;

/**
 * Seals provider keys, and requests and answers that are stored, with AES-256-GCM. What they are for (the provider, or the
 * generation) is authenticated with them: moved to another row they won't open.
 */
export class KeyVault {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) throw new Error('The key-encryption key must be 32 bytes');
    this.#key = key;
  }

  seal(purpose: string, secret: Secret): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(Buffer.from(`${purpose}|${VERSION}`));
    const text = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64');
  }

  /** Undefined when it was sealed for something else, with another key, or was changed. */
  open(purpose: string, sealed: string): Secret | undefined {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(`${purpose}|${VERSION}`));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return new Secret(Buffer.concat([text, decipher.final()]).toString('utf8'));
    } catch {
      return undefined;
    }
  }

  openAll(keys: readonly SealedProviderKey[]): ReadonlyMap<string, Secret> {
    const opened = new Map<string, Secret>();
    for (const { providerId, sealed } of keys) {
      const secret = this.open(providerId, sealed);
      if (secret) opened.set(providerId, secret);
    }
    return opened;
  }
}

/** The key-encryption key: `TRUNKLINE_KEK` (64 hex digits), or a file that only its owner can read, made on the first use. */
export function openKeyVault(parts: {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): KeyVault {
  const given = parts.environment.TRUNKLINE_KEK;
  if (given !== undefined && given !== '') {
    if (!/^[0-9a-f]{64}$/i.test(given)) throw new Error('TRUNKLINE_KEK must be 64 hex digits');
    return new KeyVault(Buffer.from(given, 'hex'));
  }
  const path = join(parts.directory, 'kek');
  // Beside a PostgreSQL nothing else may have made the folder.
  mkdirSync(parts.directory, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) writeFileSync(path, randomBytes(KEY_BYTES).toString('hex'), { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  return new KeyVault(Buffer.from(readFileSync(path, 'utf8').trim(), 'hex'));
}
