import type { ApiKey } from '../accounts/api-key.ts';
import { windowStartMs } from '../accounts/windows.ts';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../generation/failure.ts';
import type { BudgetSubject, LedgerStore } from './ledger-store.ts';

/** Credit set aside for one generation, from every budget that limits it. Ended exactly once. */
export interface Hold {
  /** Grows when an answer turns out dearer than foreseen and the budgets still have room. */
  amountPico: bigint;
  isOpen: boolean;
  readonly budgets: readonly Budget[];
}

/** What this replica may still spend of one budget without asking storage. */
interface Budget {
  readonly subject: BudgetSubject;
  freePico: bigint;
  heldPico: bigint;
  /** What was leased at a time when it was last enough; below half of it, more is asked for ahead of need. */
  fullPico: bigint;
  asking: Promise<boolean> | undefined;
}

/** A replica takes this share of what is left: enough to outlast a storage that is away, and the rest is there for other replicas. */
const LEASE_SHARE = 10n;

/**
 * Holds and settles against leases, so that any number of replicas together never overspend. Only a lease that runs dry makes
 * a request wait for storage.
 */
export class Budgets {
  readonly #ledger: LedgerStore;
  readonly #clock: Clock;
  readonly #replicaId: string;
  readonly #budgets = new Map<string, Budget>();

  constructor(ledger: LedgerStore, clock: Clock, replicaId: string) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#replicaId = replicaId;
  }

  /** Undefined when a budget does not have it. Synchronous as long as the leases last. */
  hold(key: ApiKey, amountPico: bigint): Hold | undefined | Promise<Hold | undefined> {
    const budgets = this.#budgetsOf(key);
    const hold: Hold = { amountPico, isOpen: true, budgets };
    if (take(budgets, amountPico)) return hold;
    return this.#leaseFor(hold);
  }

  /** What a hold could still be for: the scarcest budget's free part. */
  async affordable(key: ApiKey, wantPico: bigint): Promise<bigint> {
    const budgets = this.#budgetsOf(key);
    await this.#lease(budgets, wantPico);
    let leastPico = wantPico;
    for (const budget of budgets) if (budget.freePico < leastPico) leastPico = budget.freePico;
    return leastPico;
  }

  /** Makes room for a charge above the hold, from what is leased. What is not there stays the operator's loss. */
  extend(hold: Hold, toPico: bigint): void {
    assert(hold.isOpen, 'extending a hold that was ended');
    let morePico = toPico - hold.amountPico;
    for (const budget of hold.budgets) if (budget.freePico < morePico) morePico = budget.freePico;
    if (morePico <= 0n) return;
    take(hold.budgets, morePico);
    hold.amountPico += morePico;
  }

  /** Ends a hold: the charge is spent, the rest is free again. */
  settle(hold: Hold, chargedPico: bigint): void {
    assert(hold.isOpen, 'settling a hold twice');
    assert(chargedPico >= 0n && chargedPico <= hold.amountPico, 'charge above hold');
    hold.isOpen = false;
    for (const budget of hold.budgets) {
      budget.heldPico -= hold.amountPico;
      budget.freePico += hold.amountPico - chargedPico;
    }
  }

  /** Gives unused leases back: at shutdown, so that other replicas can have them at once. */
  async close(): Promise<void> {
    for (const budget of this.#budgets.values()) {
      const unused = budget.freePico;
      budget.freePico = 0n;
      if (unused > 0n) await this.#ledger.returnLease(budget.subject, this.#replicaId, unused);
    }
  }

  /** Asks ahead of need, and forgets budgets of windows that are over, giving their leases back. Called every second or so. */
  async tend(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    for (const [id, budget] of this.#budgets) {
      const { subject } = budget;
      if (budget.asking) continue;
      const isOver = subject.kind === 'key' && subject.windowEndMs !== undefined && subject.windowEndMs <= nowMs;
      if (isOver && budget.heldPico === 0n) {
        this.#budgets.delete(id);
        if (budget.freePico > 0n) await this.#ledger.returnLease(subject, this.#replicaId, budget.freePico);
      } else if (!isOver && budget.freePico < budget.fullPico / 2n) {
        await this.#ask(budget, 0n);
      }
    }
  }

  /** While one request waits, others take what was leased: it asks again until it has its hold, or storage has no more. */
  async #leaseFor(hold: Hold): Promise<Hold | undefined> {
    while (!take(hold.budgets, hold.amountPico)) {
      const short = hold.budgets.find((budget) => budget.freePico < hold.amountPico)!;
      const hasMore = await (short.asking ?? this.#ask(short, hold.amountPico));
      if (!hasMore && short.freePico < hold.amountPico) return undefined;
    }
    return hold;
  }

  async #lease(budgets: readonly Budget[], amountPico: bigint): Promise<void> {
    for (const budget of budgets) {
      // Requests that wait for the same budget share one question; afterwards each asks for what is still missing.
      if (budget.asking) await budget.asking;
      if (budget.freePico < amountPico) await this.#ask(budget, amountPico);
    }
  }

  /** Resolves with whether storage granted all that was asked for, and may have more. */
  #ask(budget: Budget, amountPico: bigint): Promise<boolean> {
    budget.asking = this.#askStorage(budget, amountPico).finally(() => {
      budget.asking = undefined;
    });
    return budget.asking;
  }

  async #askStorage(budget: Budget, amountPico: bigint): Promise<boolean> {
    const missingPico = max(amountPico - budget.freePico, 0n);
    try {
      const sharePico = (await this.#leftOf(budget.subject)) / LEASE_SHARE;
      const wantPico = max(missingPico, sharePico - budget.freePico);
      if (wantPico <= 0n) return true;
      const granted = await this.#ledger.lease(budget.subject, this.#replicaId, wantPico, this.#clock.nowMs());
      budget.freePico += granted;
      budget.fullPico = max(sharePico, 0n);
      return granted >= wantPico;
    } catch (cause) {
      throw new Failure('storage-away', { message: 'The budget cannot be looked up at the moment', cause });
    }
  }

  async #leftOf(subject: BudgetSubject): Promise<bigint> {
    if (subject.kind === 'key') return subject.limitPico;
    const { depositedPico, spentPico } = await this.#ledger.balance(subject.accountId);
    return depositedPico - spentPico;
  }

  #budgetsOf(key: ApiKey): readonly Budget[] {
    const account = this.#budget({ kind: 'account', accountId: key.accountId });
    if (key.limitPico === undefined) return [account];
    const window = windowStartMs(key.limitReset, this.#clock.nowMs());
    return [account, this.#budget({ kind: 'key', keyHash: key.hash, limitPico: key.limitPico, ...window })];
  }

  #budget(subject: BudgetSubject): Budget {
    const id =
      subject.kind === 'account'
        ? `account:${subject.accountId}`
        : `key:${subject.keyHash}:${subject.windowStartMs}:${subject.limitPico}`;
    let budget = this.#budgets.get(id);
    if (!budget) {
      budget = { subject, freePico: 0n, heldPico: 0n, fullPico: 0n, asking: undefined };
      this.#budgets.set(id, budget);
    }
    return budget;
  }
}

/** All budgets or none. */
function take(budgets: readonly Budget[], amountPico: bigint): boolean {
  if (budgets.some((budget) => budget.freePico < amountPico)) return false;
  for (const budget of budgets) {
    budget.freePico -= amountPico;
    budget.heldPico += amountPico;
  }
  return true;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
