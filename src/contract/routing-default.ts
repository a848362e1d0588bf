import { z } from 'zod';
import { instant } from './figure.ts';

/** What a workspace or a key says of routing where requests say nothing: `/api/x/routing-defaults`. */

export const routingDefault = z.strictObject({
  /** `workspace`, or the hash of a key. */
  scope: z.string(),
  /** The key's name and masked text; null for the workspace. */
  key: z.strictObject({ name: z.string(), label: z.string() }).nullable(),
  /** 0: nothing was ever said. */
  version: z.int(),
  /** As a request's `provider`. */
  provider: z.record(z.string(), z.unknown()),
  by: z.string().nullable(),
  at: instant.nullable(),
});
export type RoutingDefaultView = z.infer<typeof routingDefault>;

/** The workspace first, then keys with defaults of their own. */
export const routingDefaults = z.strictObject({ data: z.array(routingDefault) });
export type RoutingDefaults = z.infer<typeof routingDefaults>;

export const routingDefaultAnswer = z.strictObject({ data: routingDefault });

/** Body of `PUT /api/x/routing-defaults/:scope`. */
export const routingDefaultDraft = z.strictObject({
  /** An empty object says nothing any more. */
  provider: z.record(z.string(), z.unknown()),
  /** The newest version that was seen; 0 when there was none. */
  version: z.int().min(0).max(1_000_000),
});
