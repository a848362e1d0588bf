import type { Secret } from '../base/secret.ts';
import type { Provider } from '../providers/provider.ts';

/** A provider that can be called now: its address with settings filled in, and its key. */
export interface ProviderConnection {
  readonly provider: Provider;
  readonly baseUrl: string;
  /** Absent for engines that need none. */
  readonly secret?: Secret;
  /** Private and loopback addresses are refused without this word of the operator. */
  readonly allowPrivateNetwork: boolean;
  /**
   * For an engine that sleeps until somebody needs it: resolves when it can be called, and it stays awake until `release`.
   * The address and key above then mean nothing. Rejects with a `Failure` when it cannot be called in time, or `signal` aborts.
   */
  wake?(signal: AbortSignal): Promise<AwakeEngine>;
  /** Models of it that are spoken to otherwise, by their upstream names. */
  readonly annexes?: readonly { readonly match: RegExp; readonly connection: ProviderConnection }[];
}

/** How this one of the provider's models is reached. */
export function connectionOf(connection: ProviderConnection, upstreamModel: string): ProviderConnection {
  return connection.annexes?.find(({ match }) => match.test(upstreamModel))?.connection ?? connection;
}

/** Where one of its models is asked: the base URL may name the model, and hold a query for every address below it. */
export function addressOf({ baseUrl }: ProviderConnection, path: string, upstreamModel: string): URL {
  const at = baseUrl.indexOf('?');
  if (at < 0 && !baseUrl.includes('{')) return new URL(baseUrl + path);
  const [base, query] = at < 0 ? [baseUrl, ''] : [baseUrl.slice(0, at), baseUrl.slice(at + 1)];
  const url = base.replaceAll('{model}', encodeURIComponent(upstreamModel)) + path;
  return new URL(query === '' ? url : `${url}${path.includes('?') ? '&' : '?'}${query}`);
}

export interface AwakeEngine {
  readonly baseUrl: string;
  readonly secret?: Secret;
  /** To be called once, when the call has ended, however it ended. */
  release(): void;
}
