import type { Clock } from '../base/clock.ts';
import type { CheckGroup, CheckResult, Verification } from '../contract/verification.ts';
import type { LocalModelList, ModelOrder, ModelView } from './model-order.ts';

/**
 * All that the commands need of the house, as plain functions over plain rows; `main.ts` passes them in. Whether they ask a
 * running server or open the data folder themselves is not the commands' business. A function that can't do its work throws
 * an `Error` whose message is fit for the person at the terminal.
 */
export interface CliTools extends RescueTools {
  readonly version: string;
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** Writes to standard output; the text carries its own line ends. */
  out(text: string): void;
  err(text: string): void;
  /** Runs the exchange until it is stopped; returns the exit code. */
  serve(): Promise<number>;
  /** Returns the key's text, which is shown this once. */
  createKey(draft: KeyDraft): Promise<string>;
  listKeys(): Promise<readonly KeyRow[]>;
  /** Deletes a key by its whole hash. False when there was none. */
  revokeKey(hash: string): Promise<boolean>;
  listModels(filter: ModelFilter): Promise<readonly ModelRow[]>;
  listProviders(): Promise<readonly ProviderRow[]>;
  /** Keeps a provider's key, encrypted. A running server uses it within seconds. */
  saveProviderKey(providerId: string, key: string): Promise<void>;
  /** Forgets a kept key. False when there was none. */
  deleteProviderKey(providerId: string): Promise<boolean>;
  /** All of standard input: a secret never stands on a command line. */
  readInput(): Promise<string>;
  addCredit(amountPico: bigint, note: string): Promise<CreditRow>;
  balance(): Promise<CreditRow>;
  /** Sends the demonstration's traffic through the running server, and returns when it ended. */
  runDemo(order: DemoOrder, view: DemoView): Promise<void>;
  removeDemo(): Promise<{ readonly generations: number; readonly keys: number }>;
  /** An address that signs in as the owner, once, within half an hour. */
  makeClaimLink(): Promise<string>;
  /** The decision behind a generation as a text for people; undefined when there is no such generation. */
  explain(generationId: string): Promise<string | undefined>;
  doctor(): Promise<readonly DoctorLine[]>;
  /** Asks Llama 4 Scout wherever the order says, and keeps the reports. None when nothing here offers it. */
  verifyScout(order: ScoutOrder, view: ScoutView): Promise<readonly Verification[]>;
  /** Adds a model of the operator's own, from a file or by downloading it; a running gateway loads it at once. */
  addModel(order: ModelOrder, view: ModelView): Promise<void>;
  /** Returns the files that stay, or were deleted. */
  removeModel(id: string, deletesFiles: boolean): Promise<readonly string[]>;
  /** Asks the running gateway to load a model, or to let it sleep, and waits until it did. */
  wishModel(id: string, to: 'load' | 'unload', view: ModelView): Promise<void>;
  listLocalModels(): Promise<LocalModelList>;
  /** One line that somebody types; undefined where nobody can be asked. */
  askLine(question: string): Promise<string | undefined>;
}

/** For whoever runs the machine, where nobody can sign in or the data is lost. */
export interface RescueTools {
  /** Copies the database while it is in use, and reads the copy. */
  backUp(file: string): Promise<CopyFacts>;
  /** `replaces`: a database that is there is put aside; else it stops the restoring. */
  restore(file: string, replaces: boolean): Promise<CopyFacts & { readonly kept?: string }>;
  listUsers(): Promise<readonly UserRow[]>;
  /** Returns a link, which is shown this once. */
  inviteUser(role: UserRole): Promise<string>;
  setUserRole(login: string, role: UserRole): Promise<void>;
  /** Returns a new password, which is shown this once. */
  resetPassword(login: string): Promise<string>;
}

export interface CopyFacts {
  readonly bytes: number;
  readonly generations: number;
  readonly users: number;
}

export const USER_ROLES = ['viewer', 'member', 'admin', 'owner'] as const;
export type UserRole = (typeof USER_ROLES)[number];

export interface UserRow {
  readonly login: string;
  readonly name: string;
  readonly role: UserRole;
  readonly disabled: boolean;
  readonly hasPassword: boolean;
  readonly passkeys: number;
  readonly oidcSubject?: string;
  readonly sessions: number;
  readonly createdAtMs: number;
}

export interface DemoOrder {
  readonly minutes: number;
  readonly requestsPerSecond: number;
  readonly seed: number;
}

/** Is told while it goes on. */
export interface DemoView {
  begin(scene: { readonly apps: number; readonly providers: number; readonly minutes: number }): void;
  progress(counts: DemoCounts): void;
  end(counts: DemoCounts): void;
}

export interface DemoCounts {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
}

export interface Terminal {
  readonly isTty: boolean;
  /** Value of the environment variable `NO_COLOR`. */
  readonly noColor?: string;
}

export interface KeyDraft {
  readonly name: string;
  readonly isManagement: boolean;
  readonly limitPico?: bigint;
  readonly limitReset?: LimitReset;
  readonly expiresAtMs?: number;
}

export const LIMIT_RESETS = ['daily', 'weekly', 'monthly'] as const;
export type LimitReset = (typeof LIMIT_RESETS)[number];

export interface KeyRow {
  readonly hash: string;
  /** Masked key. */
  readonly label: string;
  readonly name: string;
  readonly isManagement: boolean;
  readonly disabled: boolean;
  readonly spentPico: bigint;
  readonly limitPico?: bigint;
  readonly limitReset?: LimitReset;
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
}

export interface ModelFilter {
  /** Part of a slug or name, in any case. */
  readonly search?: string;
  readonly author?: string;
  /** Only models this provider offers. */
  readonly provider?: string;
  /** Only models that would be answered now. */
  readonly connected: boolean;
  readonly free: boolean;
}

export interface ModelRow {
  readonly id: string;
  readonly name: string;
  readonly contextTokensMax: number;
  /** Cheapest price per token among the endpoints; undefined when no endpoint has a price. */
  readonly promptPico?: bigint;
  readonly completionPico?: bigint;
  readonly endpoints: number;
  /** Those of them that have a key or need none. */
  readonly connectedEndpoints: number;
}

export interface ProviderRow {
  readonly id: string;
  readonly name: string;
  readonly connected: boolean;
  /** Runs on this installation's own machines. */
  readonly isLocal: boolean;
  readonly endpoints: number;
  /** Environment variables that would connect it. */
  readonly environmentKeys: readonly string[];
}

export interface CreditRow {
  readonly depositedPico: bigint;
  readonly spentPico: bigint;
}

export interface DoctorLine {
  /** What was looked at, such as `data folder`. */
  readonly what: string;
  readonly verdict: 'good' | 'warning' | 'problem';
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export interface ScoutOrder {
  /** Without one, and without a file, every engine of this machine that offers Scout is asked. */
  readonly url?: string;
  /** Environment variable that holds the key. */
  readonly keyName?: string;
  /** The engine's own name of the model. */
  readonly model?: string;
  readonly file?: string;
  readonly projector?: string;
  /** Of one request, for the memory that a file needs. */
  readonly contextTokens: number;
  readonly slots: number;
  readonly waitSeconds: number;
  readonly wholeChecksum: boolean;
  readonly groups?: readonly CheckGroup[];
}

/** Is told while it goes on. */
export interface ScoutView {
  /** What is asked now, for people. */
  begin(name: string): void;
  result(result: CheckResult): void;
  end(verification: Verification): void;
}
