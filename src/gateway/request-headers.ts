import type { ProviderConnection } from './connection.ts';
import type { SealedTenant } from './tenant.ts';

/** What stands above a request to a provider. */
export function requestHeaders(
  { provider, secret }: ProviderConnection,
  call: { readonly isStream: boolean; readonly userAgent: string; readonly tenant: SealedTenant },
): Record<string, string> {
  const key = secret?.reveal();
  return {
    'content-type': 'application/json',
    accept: call.isStream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': call.userAgent,
    ...call.tenant.headers(provider.quirks),
    ...(key !== undefined && (provider.headers?.(key) ?? { authorization: `Bearer ${key}` })),
  };
}
