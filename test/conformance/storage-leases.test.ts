import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { BudgetSubject } from '../../src/billing/ledger-store.ts';
import { numberOf } from '../../src/storage/database.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { makeRecord } from '../support/generation-records.ts';
import { DAY_MS, deposit, NOON_MS, onBothDatabases, plainKey } from '../support/storage-places.ts';

const account = (accountId: string): BudgetSubject => ({ kind: 'account', accountId });

const KEY_LIMIT = 70n;
type Step =
  | { readonly do: 'lease'; readonly amount: number }
  | { readonly do: 'spend'; readonly amount: number }
  | { readonly do: 'return' }
  | { readonly do: 'die' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('lease' as const), amount: fc.nat(40) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('spend' as const), amount: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'return' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'die' as const }) },
);

/** Spends only what it believes to hold; after a death it forgets its leases but settles what it had served. */
class SimulatedReplica {
  chargedPico = 0n;
  hasDied = false;
  readonly #storage: Storage;
  readonly #id: string;
  readonly #steps: readonly Step[];
  readonly #subjects: readonly [BudgetSubject, BudgetSubject];
  readonly #name: string;
  #account = 0n;
  #key = 0n;
  #generations = 0;

  constructor(storage: Storage, id: string, name: string, steps: readonly Step[]) {
    this.#storage = storage;
    this.#id = id;
    this.#name = name;
    this.#steps = steps;
    this.#subjects = [account(name), { kind: 'key', keyHash: name, windowStartMs: 0, limitPico: KEY_LIMIT }];
  }

  async run(): Promise<void> {
    for (const step of this.#steps) await this.#take(step);
  }

  async #take(step: Step): Promise<void> {
    const [ofAccount, ofKey] = this.#subjects;
    switch (step.do) {
      case 'lease':
        this.#account += await this.#storage.lease(ofAccount, this.#id, BigInt(step.amount), NOON_MS);
        this.#key += await this.#storage.lease(ofKey, this.#id, BigInt(step.amount), NOON_MS);
        return;
      case 'spend': {
        const chargedPico = [BigInt(step.amount), this.#account, this.#key].reduce((a, b) => (a < b ? a : b));
        this.#account -= chargedPico;
        this.#key -= chargedPico;
        this.chargedPico += chargedPico;
        const id = `${this.#id}-${++this.#generations}`;
        const record = { accountId: this.#name, keyHash: this.#name, createdAtMs: NOON_MS, chargedPico };
        await this.#storage.settle([makeRecord(id, record)], this.#id);
        return;
      }
      case 'return':
        await this.#storage.returnLease(ofAccount, this.#id, this.#account);
        await this.#storage.returnLease(ofKey, this.#id, this.#key);
        this.#account = this.#key = 0n;
        return;
      case 'die':
        this.hasDied = true;
        // Expired by another replica while this one still believes in half of what it held.
        await this.#storage.dropLeases(this.#id);
        this.#account /= 2n;
        this.#key /= 2n;
    }
  }
}

await onBothDatabases((makePlace) => {
  test('a lease grants what is left and settling turns it into spending', async () => {
    const storage = await (await makePlace()).open();
    await storage.deposit(deposit('opening', 100n));
    expect(await storage.lease(account('home'), 'east', 70n, 1)).toBe(70n);
    expect(await storage.lease(account('home'), 'west', 70n, 1)).toBe(30n);
    await storage.settle([makeRecord('gen-1', { chargedPico: 50n })], 'east');
    expect(await storage.lease(account('home'), 'west', 70n, 1)).toBe(0n);
    await storage.returnLease(account('home'), 'east', 20n);
    expect(await storage.lease(account('home'), 'west', 70n, 1)).toBe(20n);
    expect(await storage.balance('home')).toEqual({ depositedPico: 100n, spentPico: 50n, shortfallPico: 0n });
  });

  test('a key is leased within its limit of the current window, other windows grant nothing', async () => {
    const storage = await (await makePlace()).open();
    const windowStartMs = Date.UTC(2026, 8, 1);
    const subject: BudgetSubject = { kind: 'key', keyHash: 'key-1', windowStartMs, limitPico: 100n };
    await storage.settle([makeRecord('gen-1', { createdAtMs: NOON_MS - DAY_MS, chargedPico: 90n })], 'east');
    expect(await storage.lease(subject, 'east', 80n, NOON_MS)).toBe(80n);
    await storage.settle([makeRecord('gen-2', { createdAtMs: NOON_MS, chargedPico: 60n })], 'east');
    expect(await storage.lease(subject, 'west', 80n, NOON_MS)).toBe(20n);
    expect(await storage.lease(subject, 'west', 80n, NOON_MS + 40 * DAY_MS)).toBe(0n);
    expect(await storage.lease({ ...subject, windowStartMs: 0, limitPico: 200n }, 'west', 99n, NOON_MS)).toBe(50n);
  });

  test('generations on own provider keys count towards a limit only when the key says so', async () => {
    const storage = await (await makePlace()).open();
    await storage.saveApiKey({ ...plainKey, hash: 'counts', includeByokInLimit: true });
    await storage.saveApiKey({ ...plainKey, hash: 'ignores' });
    for (const keyHash of ['counts', 'ignores']) {
      const record = makeRecord(`gen-${keyHash}`, { keyHash, isByok: true, chargedPico: 60n, createdAtMs: NOON_MS });
      await storage.settle([{ ...record, charge: { ...record.charge, chargedPico: 0n } }]);
    }
    const subject = (keyHash: string): BudgetSubject => ({ kind: 'key', keyHash, windowStartMs: 0, limitPico: 100n });
    expect(await storage.lease(subject('counts'), 'east', 100n, NOON_MS)).toBe(40n);
    expect(await storage.lease(subject('ignores'), 'east', 100n, NOON_MS)).toBe(100n);
  });

  test('what a dead replica held comes free, and what it settles later is never a debt', async () => {
    const storage = await (await makePlace()).open();
    await storage.deposit(deposit('opening', 100n));
    await storage.lease(account('home'), 'dead', 80n, 1_000);
    await storage.lease(account('home'), 'alive', 10n, 5_000);
    await storage.expireLeases(2_000);
    expect(await storage.lease(account('home'), 'alive', 85n, 6_000)).toBe(85n);
    await storage.settle([makeRecord('gen-1', { chargedPico: 30n })], 'dead');
    expect(await storage.balance('home')).toEqual({ depositedPico: 100n, spentPico: 5n, shortfallPico: 25n });
    await storage.settle([makeRecord('gen-2', { chargedPico: 95n })], 'alive');
    expect(await storage.balance('home')).toEqual({ depositedPico: 100n, spentPico: 100n, shortfallPico: 25n });
  });

  test('a replica that starts anew drops what it held before', async () => {
    const storage = await (await makePlace()).open();
    await storage.deposit(deposit('opening', 100n));
    await storage.lease(account('home'), 'east', 80n, 1);
    await storage.lease(account('home'), 'west', 5n, 1);
    await storage.dropLeases('east');
    expect(await storage.lease(account('home'), 'west', 100n, 1)).toBe(95n);
  });

  test('several replicas that lease, spend, return and die at once never exceed a budget', async () => {
    const place = await makePlace();
    const storages = await Promise.all([place.open(), place.open(), place.open()]);
    const database = place.database();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 10 }), { minLength: 3, maxLength: 3 }), async (scripts) => {
        const name = `run-${++run}`;
        await storages[0]!.deposit(deposit(name, 100n, name));
        const replicas = scripts.map((steps, i) => new SimulatedReplica(storages[i]!, `${name}-${i}`, name, steps));
        await Promise.all(replicas.map((replica) => replica.run()));
        const { depositedPico, spentPico, shortfallPico } = await storages[0]!.balance(name);
        const leased = await database.query(
          'SELECT CAST(COALESCE(SUM(amount_pico), 0) AS BIGINT) AS n FROM lease WHERE subject = $1',
          [`account:${name}`],
        );
        const charged = replicas.reduce((sum, replica) => sum + replica.chargedPico, 0n);
        expect(Number(spentPico) + numberOf(leased[0]?.n)).toBeLessThanOrEqual(Number(depositedPico));
        expect(spentPico + shortfallPico).toBe(charged);
        // Without deaths every charge came from a lease, so there is no loss and the key's limit held too.
        if (replicas.every((replica) => !replica.hasDied)) {
          expect(shortfallPico).toBe(0n);
          expect((await storages[0]!.keyUsage(name, NOON_MS)).totalPico).toBeLessThanOrEqual(KEY_LIMIT);
        }
      }),
      { numRuns: 40 },
    );
  });
});
