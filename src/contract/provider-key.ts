import { z } from 'zod';

/** Shapes of `/api/x/provider-keys`. The key itself is written and never read. */

export const providerKeyCreation = z.object({
  provider: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be the id of a provider'),
  key: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(16_384)
    .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters'),
  label: z
    .string()
    .trim()
    .max(100)
    .regex(/^[^\p{Cc}\p{Bidi_Control}]*$/u, 'must not hold control characters')
    .optional(),
});

export interface ProviderKeyTest {
  readonly ok: boolean;
  /** `models` listed, or `generation` of one token. */
  readonly kind: 'models' | 'generation';
  readonly status: number | null;
  /** In our words; of the provider's own nothing that looks like a secret. */
  readonly message: string;
  readonly models: number | null;
  readonly duration_ms: number;
  readonly tested_at: string;
}

export interface ProviderKeyListing {
  readonly provider: string;
  readonly provider_name: string;
  /** Where the key in use comes from. `stored` can be removed here; the others belong to the operator's files. */
  readonly source: 'environment' | 'configuration' | 'stored';
  /** The stored key's label, or the name of the variable. */
  readonly label: string;
  /** A stored key that another source wins over. */
  readonly shadowed: boolean;
  readonly connected: boolean;
  readonly created_at: string | null;
  readonly last_test: ProviderKeyTest | null;
}

/** `GET /api/x/provider-keys` */
export interface ProviderKeys {
  readonly keys: readonly ProviderKeyListing[];
  /** What a key can be added for. */
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}
