import type { Account, AccountStore, KeyUsage, SealedProviderKey } from '../accounts/account-store.ts';
import type { ApiKey } from '../accounts/api-key.ts';
import type { Clock } from '../base/clock.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { AccountBalance, BudgetSubject, Deposit, LedgerStore } from '../billing/ledger-store.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import { keyOf, keyRow, readKeyUsage, SAVE_KEY, SELECT_KEYS } from './account-rows.ts';
import { backUp, databaseBytes } from './back-up.ts';
import { bigintOf, type Database, numberOf, textOf } from './database.ts';
import { text, whole } from './generation-rows.ts';
import { dropLeases, expireLeases, LOCK_ACCOUNT, lease, returnLease } from './leases.ts';
import { endpointsFromJson, endpointsToJson, recordFromJson } from './record-json.ts';
import { settle } from './settle.ts';
import { SqlAudit } from './sql-audit.ts';
import { SqlContents } from './sql-contents.ts';
import { SqlDays } from './sql-days.ts';
import { SqlPeople } from './sql-people.ts';
import { SqlPolicies } from './sql-policies.ts';
import { SqlRooms } from './sql-rooms.ts';
import { removeDemo, SqlStatistics } from './sql-statistics.ts';

/** A page of generations is read at once; more than this is asked for page by page. */
const RECENT_MAX = 500;
const READY_TIMEOUT_MS = 2_000;

/** Accounts and ledger in portable SQL, over either database. */
export class SqlStorage implements AccountStore, LedgerStore {
  readonly kind: Database['kind'];
  readonly statistics: SqlStatistics;
  readonly people: SqlPeople;
  readonly audit: SqlAudit;
  readonly rooms: SqlRooms;
  readonly days: SqlDays;
  readonly contents: SqlContents;
  readonly policies: SqlPolicies;
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.kind = database.kind;
    this.statistics = new SqlStatistics(database);
    this.#database = database;
    this.#clock = clock;
    this.people = new SqlPeople(database);
    this.audit = new SqlAudit(database);
    this.rooms = new SqlRooms(database);
    this.days = new SqlDays(database);
    this.contents = new SqlContents(database);
    this.policies = new SqlPolicies(database);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  bytes(): Promise<number | undefined> {
    return databaseBytes(this.#database);
  }

  backUp(path: string): Promise<void> {
    return backUp(this.#database, path);
  }

  /** Whether the database answers now. Never throws, never waits long. */
  async isReady(): Promise<boolean> {
    let cancel = () => {};
    const tooLate = new Promise<boolean>((resolve) => {
      cancel = this.#clock.after(READY_TIMEOUT_MS, () => resolve(false));
    });
    const answer = this.#database.query('SELECT 1 AS one').then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      cancel();
    }
  }

  async accounts(): Promise<readonly Account[]> {
    const rows = await this.#database.query('SELECT id, name, created_ms FROM account ORDER BY created_ms, id');
    return rows.map((row) => ({ id: textOf(row.id), name: textOf(row.name), createdAtMs: numberOf(row.created_ms) }));
  }

  async saveAccount(account: Account): Promise<void> {
    await this.#database.query(
      'INSERT INTO account (id, name, created_ms) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
      [text(account.id), text(account.name), whole(account.createdAtMs)],
    );
  }

  async apiKeys(): Promise<readonly ApiKey[]> {
    return (await this.#database.query(SELECT_KEYS)).map(keyOf);
  }

  async saveApiKey(key: ApiKey): Promise<void> {
    await this.#database.query(SAVE_KEY, keyRow(key));
  }

  async deleteApiKey(hash: string): Promise<boolean> {
    return this.#deleted('DELETE FROM api_key WHERE hash = $1 RETURNING hash', hash);
  }

  keyUsage(hash: string, nowMs: number): Promise<KeyUsage> {
    return readKeyUsage(this.#database, hash, nowMs);
  }

  async saveProviderKey(key: SealedProviderKey): Promise<void> {
    await this.#database.query(
      'INSERT INTO provider_key (provider_id, sealed, label, created_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (provider_id) ' +
        'DO UPDATE SET sealed = excluded.sealed, label = excluded.label, created_ms = excluded.created_ms',
      [text(key.providerId), text(key.sealed), text(key.label), whole(key.createdAtMs)],
    );
  }

  async providerKeys(): Promise<readonly SealedProviderKey[]> {
    const rows = await this.#database.query(
      'SELECT provider_id, sealed, label, created_ms FROM provider_key ORDER BY provider_id',
    );
    return rows.map((row) => ({
      providerId: textOf(row.provider_id),
      sealed: textOf(row.sealed),
      label: textOf(row.label),
      createdAtMs: numberOf(row.created_ms),
    }));
  }

  deleteProviderKey(providerId: string): Promise<boolean> {
    return this.#deleted('DELETE FROM provider_key WHERE provider_id = $1 RETURNING provider_id', providerId);
  }

  async getSetting(name: string): Promise<string | undefined> {
    const [row] = await this.#database.query('SELECT value FROM setting WHERE name = $1', [text(name)]);
    return row && textOf(row.value);
  }

  async saveSetting(name: string, value: string): Promise<void> {
    await this.#database.query(
      'INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      [text(name), text(value)],
    );
  }

  settle(records: readonly GenerationRecord[], replicaId?: string): Promise<readonly string[]> {
    return settle(this.#database, records, replicaId, this.#clock.nowMs());
  }

  async deposit(deposit: Deposit): Promise<void> {
    await this.#database.transaction(async (queries) => {
      const inserted = await queries.query(
        'INSERT INTO deposit (id, account_id, amount_pico, note, created_ms) VALUES ($1, $2, $3, $4, $5) ' +
          'ON CONFLICT (id) DO NOTHING RETURNING id',
        [text(deposit.id), text(deposit.accountId), deposit.amountPico, text(deposit.note), whole(deposit.createdAtMs)],
      );
      if (inserted.length === 0) return;
      await queries.query(LOCK_ACCOUNT, [text(deposit.accountId)]);
      await queries.query('UPDATE account_balance SET deposited_pico = deposited_pico + $2 WHERE account_id = $1', [
        text(deposit.accountId),
        deposit.amountPico,
      ]);
    });
  }

  async balance(accountId: string): Promise<AccountBalance> {
    const [row] = await this.#database.query(
      'SELECT deposited_pico, spent_pico, shortfall_pico FROM account_balance WHERE account_id = $1',
      [text(accountId)],
    );
    return {
      depositedPico: bigintOf(row?.deposited_pico),
      spentPico: bigintOf(row?.spent_pico),
      shortfallPico: bigintOf(row?.shortfall_pico),
    };
  }

  async findGeneration(id: string): Promise<GenerationRecord | undefined> {
    const [row] = await this.#database.query('SELECT record FROM generation WHERE id = $1', [text(id)]);
    return row && recordFromJson(textOf(row.record));
  }

  async recentGenerations(query: {
    accountId: string;
    limit: number;
    beforeMs?: number;
  }): Promise<readonly GenerationRecord[]> {
    const rows = await this.#database.query(
      'SELECT record FROM generation WHERE account_id = $1 AND created_ms < $2 ORDER BY created_ms DESC, id DESC LIMIT $3',
      [
        text(query.accountId),
        whole(query.beforeMs ?? Number.MAX_SAFE_INTEGER),
        Math.max(0, Math.min(RECENT_MAX, whole(query.limit))),
      ],
    );
    return rows.map((row) => recordFromJson(textOf(row.record)));
  }

  async saveRouteFacts(key: string, endpoints: readonly Endpoint[]): Promise<void> {
    await this.#database.query(
      'INSERT INTO route_facts (facts_key, endpoints) VALUES ($1, $2) ON CONFLICT (facts_key) DO NOTHING',
      [text(key), endpointsToJson(endpoints)],
    );
  }

  async findRouteFacts(key: string): Promise<readonly Endpoint[] | undefined> {
    const [row] = await this.#database.query('SELECT endpoints FROM route_facts WHERE facts_key = $1', [text(key)]);
    return row && endpointsFromJson(textOf(row.endpoints));
  }

  lease(subject: BudgetSubject, replicaId: string, wantPico: bigint, nowMs: number): Promise<bigint> {
    return lease(this.#database, { subject, replicaId, wantPico, nowMs });
  }

  returnLease(subject: BudgetSubject, replicaId: string, amountPico: bigint): Promise<void> {
    return returnLease(this.#database, { subject, replicaId, wantPico: amountPico, nowMs: this.#clock.nowMs() });
  }

  expireLeases(beforeMs: number): Promise<void> {
    return expireLeases(this.#database, beforeMs);
  }

  dropLeases(replicaId: string): Promise<void> {
    return dropLeases(this.#database, replicaId, this.#clock.nowMs());
  }

  removeDemo(): Promise<number> {
    return removeDemo(this.#database);
  }

  async #deleted(sql: string, id: string): Promise<boolean> {
    return (await this.#database.query(sql, [text(id)])).length > 0;
  }
}
