import type { Endpoint } from '../catalog/endpoint.ts';

/**
 * A caller's list of providers, such as `provider.only`. A base slug or a display name matches every endpoint of the
 * provider; a slug with a slash matches the one endpoint that carries this tag. Case never matters. A base slug alone
 * admits no service tier: the tier filter stands before the lists and asks `namesExactly`.
 */
export class ProviderSlugs {
  readonly #slugs: readonly string[];

  constructor(slugs: readonly string[]) {
    this.#slugs = slugs.map((slug) => slug.toLowerCase());
  }

  get count(): number {
    return this.#slugs.length;
  }

  /** Index of the first entry that matches; -1 when none does. */
  rank(endpoint: Endpoint): number {
    const tag = endpoint.tag.toLowerCase();
    const id = endpoint.providerId.toLowerCase();
    const name = endpoint.providerName.toLowerCase();
    for (let index = 0; index < this.#slugs.length; index++) {
      const slug = this.#slugs[index];
      if (slug === tag || slug === id || slug === name) return index;
    }
    return -1;
  }

  matches(endpoint: Endpoint): boolean {
    return this.rank(endpoint) !== -1;
  }

  /** The full tag is listed, not only its provider. */
  namesExactly(endpoint: Endpoint): boolean {
    return this.#slugs.includes(endpoint.tag.toLowerCase());
  }
}
