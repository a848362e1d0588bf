import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ApiKey } from '../accounts/api-key.ts';
import { WoundClock } from '../base/clock.ts';
import { Budgets, type Hold } from './budgets.ts';
import type { BudgetSubject, LedgerStore } from './ledger-store.ts';

/** A ledger of one account that leases what is left of it, each time after a turn of the event loop. */
function ledgerOf(depositedPico: bigint, keyLimitPico?: bigint) {
  const left = { account: depositedPico, key: keyLimitPico ?? 0n };
  let asked = 0;
  const unused = (): never => {
    throw new Error('not part of this test');
  };
  const ledger: LedgerStore = {
    settle: unused,
    deposit: unused,
    findGeneration: unused,
    recentGenerations: unused,
    saveRouteFacts: unused,
    findRouteFacts: unused,
    expireLeases: unused,
    dropLeases: unused,
    removeDemo: unused,
    balance: async () => ({ depositedPico, spentPico: 0n, shortfallPico: 0n }),
    async lease(subject: BudgetSubject, _replicaId: string, wantPico: bigint) {
      asked++;
      await new Promise((resolve) => setImmediate(resolve));
      const granted = wantPico < left[subject.kind] ? wantPico : left[subject.kind];
      left[subject.kind] -= granted;
      return granted;
    },
    async returnLease(subject: BudgetSubject, _replicaId: string, amountPico: bigint) {
      left[subject.kind] += amountPico;
    },
  };
  return { ledger, left, asked: () => asked };
}

function testKey(limitPico?: bigint): ApiKey {
  return {
    hash: 'h',
    accountId: 'home',
    name: '',
    label: '',
    isManagement: false,
    disabled: false,
    includeByokInLimit: false,
    createdAtMs: 0,
    workspaceId: 'w',
    ...(limitPico !== undefined && { limitPico }),
  };
}

async function holdMany(budgets: Budgets, key: ApiKey, amounts: readonly bigint[]): Promise<(Hold | undefined)[]> {
  return Promise.all(amounts.map((amount) => budgets.hold(key, amount)));
}

test('as many of many requests at once are held as the credit is enough for, and no more', async () => {
  const { ledger } = ledgerOf(1_050n);
  const budgets = new Budgets(ledger, new WoundClock(), 'r');
  const holds = await holdMany(budgets, testKey(), Array(80).fill(100n));
  expect(holds.filter(Boolean)).toHaveLength(10);
});

test('a key’s limit refuses what the account could pay for, and holds nothing of the account then', async () => {
  const { ledger } = ledgerOf(10_000n, 250n);
  const budgets = new Budgets(ledger, new WoundClock(), 'r');
  const holds = await holdMany(budgets, testKey(250n), Array(20).fill(100n));
  expect(holds.filter(Boolean)).toHaveLength(2);
  expect(await budgets.affordable(testKey(), 10_000n)).toBe(9_800n);
});

test('a lease that lasts needs no word with storage', async () => {
  const { ledger, asked } = ledgerOf(1_000_000n);
  const budgets = new Budgets(ledger, new WoundClock(), 'r');
  await budgets.hold(testKey(), 10n);
  for (let i = 0; i < 100; i++) expect(budgets.hold(testKey(), 10n)).not.toBeInstanceOf(Promise);
  expect(asked()).toBe(1);
});

test('whatever is held, extended and settled, nothing is spent that was not there and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.bigInt({ min: 0n, max: 2_000n }),
      fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 500n })), { maxLength: 12 }),
      async (credit, wishes) => {
        const { ledger, left } = ledgerOf(credit);
        const budgets = new Budgets(ledger, new WoundClock(), 'r');
        const holds = await holdMany(
          budgets,
          testKey(),
          wishes.map(([amount]) => amount),
        );
        let spent = 0n;
        for (const [i, hold] of holds.entries()) {
          if (!hold) continue;
          const charge = wishes[i]![1];
          if (charge > hold.amountPico) budgets.extend(hold, charge);
          const charged = charge < hold.amountPico ? charge : hold.amountPico;
          budgets.settle(hold, charged);
          spent += charged;
          expect(() => budgets.settle(hold, 0n)).toThrow('twice');
        }
        expect(spent <= credit).toBe(true);
        await budgets.close();
        expect(left.account).toBe(credit - spent);
      },
    ),
    { numRuns: 100 },
  );
});

test('a storage that is away refuses with a reason of its own, and the next request asks again', async () => {
  const { ledger } = ledgerOf(1_000n);
  const lease = ledger.lease.bind(ledger);
  let isAway = true;
  ledger.lease = async (...query) => {
    if (isAway) throw new Error('connection refused');
    return lease(...query);
  };
  const budgets = new Budgets(ledger, new WoundClock(), 'r');
  const results = await Promise.allSettled([1, 2, 3].map(() => budgets.hold(testKey(), 100n)));
  for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'storage-away' } });
  isAway = false;
  expect(await budgets.hold(testKey(), 100n)).toMatchObject({ amountPico: 100n });
});
