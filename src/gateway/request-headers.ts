import type { FormatClient } from '../formats/format.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { UnsignedRequest } from '../providers/provider.ts';
import type { ProviderConnection } from './connection.ts';
import type { SealedTenant } from './tenant.ts';

export interface OutgoingCall {
  readonly request: GenerationRequest;
  readonly userAgent: string;
  readonly tenant: SealedTenant;
  /** For secrets that sign what is sent. */
  readonly unsigned: UnsignedRequest;
  readonly nowMs: number;
}

/** What stands above a request to a provider. */
export async function requestHeaders(
  { provider, secret }: ProviderConnection,
  format: FormatClient,
  call: OutgoingCall,
): Promise<Record<string, string>> {
  const key = secret?.reveal();
  const sign = key === undefined ? undefined : provider.signer?.(key);
  const headers = {
    'content-type': 'application/json',
    accept: call.request.features.stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': call.userAgent,
    ...format.headers?.(call.request),
    ...call.tenant.headers(provider.quirks),
    ...(key !== undefined && !sign && (provider.headers?.(key) ?? { authorization: `Bearer ${key}` })),
  };
  return sign ? { ...headers, ...(await sign(call.unsigned, call.nowMs)) } : headers;
}
