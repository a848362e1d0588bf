import type { ApiKey } from './api-key.ts';

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
}

/** Spending of one key in picodollars, by UTC window (day from midnight, week from Monday, month from the first). */
export interface KeyUsage {
  readonly totalPico: bigint;
  readonly dailyPico: bigint;
  readonly weeklyPico: bigint;
  readonly monthlyPico: bigint;
  readonly byokTotalPico: bigint;
  readonly byokDailyPico: bigint;
  readonly byokWeeklyPico: bigint;
  readonly byokMonthlyPico: bigint;
}

export interface AccountStore {
  accounts(): Promise<readonly Account[]>;
  saveAccount(account: Account): Promise<void>;
  /** All keys, disabled ones too; deleted ones never. */
  apiKeys(): Promise<readonly ApiKey[]>;
  saveApiKey(key: ApiKey): Promise<void>;
  /** False when there was none. */
  deleteApiKey(hash: string): Promise<boolean>;
  /** Usage of one key at `nowMs`; zeros for a key that never generated. */
  keyUsage(hash: string, nowMs: number): Promise<KeyUsage>;
  /** Keeps a provider key, already sealed by `accounts/sealed-secret.ts`. Replaces an earlier one. */
  saveProviderKey(key: SealedProviderKey): Promise<void>;
  providerKeys(): Promise<readonly SealedProviderKey[]>;
  deleteProviderKey(providerId: string): Promise<boolean>;
  /** Small values of the installation itself, such as the claim token's hash. */
  getSetting(name: string): Promise<string | undefined>;
  saveSetting(name: string, value: string): Promise<void>;
}

export interface SealedProviderKey {
  readonly providerId: string;
  /** Base64 of nonce, ciphertext and tag (AES-256-GCM). */
  readonly sealed: string;
  readonly label: string;
  readonly createdAtMs: number;
}
