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
}
