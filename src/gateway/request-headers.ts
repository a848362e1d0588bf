import type { FormatClient } from '../formats/format.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { ProviderConnection } from './connection.ts';
import type { SealedTenant } from './tenant.ts';

/** What stands above a request to a provider. */
export function requestHeaders(
  { provider, secret }: ProviderConnection,
  format: FormatClient,
  call: { readonly request: GenerationRequest; readonly userAgent: string; readonly tenant: SealedTenant },
): Record<string, string> {
  const key = secret?.reveal();
  return {
    'content-type': 'application/json',
    accept: call.request.features.stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': call.userAgent,
    ...format.headers?.(call.request),
    ...call.tenant.headers(provider.quirks),
    ...(key !== undefined && (provider.headers?.(key) ?? { authorization: `Bearer ${key}` })),
  };
}
