import type { Caller } from '../accounts/caller.ts';
import type { RequestQuirks } from '../formats/format.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { Tenant } from '../routing/engine-book.ts';

/** Whose prompt it is: the account, or the part of it that the caller itself keeps apart by a `cache_salt`. */
export function tenantOf(request: GenerationRequest, caller: Caller): Tenant {
  const salt = request.field('cache_salt');
  const { accountId } = caller.key;
  const session = request.features.sessionId ?? request.field('prompt_cache_key') ?? request.field('user');
  return {
    id: typeof salt === 'string' ? `${accountId}\0${salt}` : accountId,
    ...(typeof session === 'string' && session !== '' && { session }),
  };
}

/**
 * A tenant as engines may know it: the same for every request, different from any other, and saying nothing of who it is. An
 * engine that keeps its cache apart by it cannot be asked, by the time that an answer takes, what others have sent.
 */
export class SealedTenant {
  readonly #tenant: Tenant;
  readonly #seal: (text: string) => string;

  constructor(tenant: Tenant, seal: (text: string) => string) {
    this.#tenant = tenant;
    this.#seal = seal;
  }

  /** The provider's quirks, and its field for the salt always in our hand: no caller may choose another's. */
  quirks(quirks: RequestQuirks = {}): RequestQuirks {
    const { cacheSaltField } = quirks;
    if (cacheSaltField === undefined) return quirks;
    return { ...quirks, set: { ...quirks.set, [cacheSaltField]: this.#seal(`cache\0${this.#tenant.id}`) } };
  }

  /** The session, for a front that keeps one where it was. */
  headers({ sessionHeader }: RequestQuirks = {}): Readonly<Record<string, string>> {
    const { id, session } = this.#tenant;
    if (sessionHeader === undefined || session === undefined) return {};
    return { [sessionHeader]: this.#seal(`session\0${id}\0${session}`) };
  }
}
