import { DEMO_WORKSPACE } from '../billing/demo.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { type App, appSlug } from '../statistics/app-slug.ts';
import { type CatalogChange, findChanges } from '../statistics/catalog-changes.ts';
import { type LatencyMetric, rollUp } from '../statistics/rollup.ts';
import type {
  AttemptSum,
  LatencySum,
  LogQuery,
  OffSwitch,
  PlaceDimension,
  RollupQuery,
  Sample,
  StatisticsStore,
  UsageSum,
} from '../statistics/statistics-store.ts';
import { bigintOf, type Database, numberOf, type Params, type Queries, textOf } from './database.ts';
import { text, whole } from './generation-rows.ts';
import { changeFromJson, factsFromJson, recordFromJson, toExactJson } from './record-json.ts';
import { addRollup } from './rollup-rows.ts';
import { SETTLE_RECORDS_MAX } from './settle.ts';
import {
  appOf,
  attemptOf,
  attemptStatement,
  latenciesOf,
  latencyStatement,
  logStatement,
  sampleOf,
  sampleStatement,
  usageOf,
  usageStatement,
} from './statistics-rows.ts';

const LOG_MAX = 500;
const APPS_MAX = 200;

/** Statistics in portable SQL, beside the ledger in the same database. */
export class SqlStatistics implements StatisticsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async sumUsage(query: RollupQuery): Promise<readonly UsageSum[]> {
    const { sql, params } = usageStatement(query);
    return (await this.#database.query(sql, params)).map(usageOf);
  }

  async sumAttempts(query: RollupQuery<PlaceDimension>): Promise<readonly AttemptSum[]> {
    const { sql, params } = attemptStatement(query);
    return (await this.#database.query(sql, params)).map(attemptOf);
  }

  async sumLatencies(
    query: RollupQuery<PlaceDimension>,
    metrics: readonly LatencyMetric[],
  ): Promise<readonly LatencySum[]> {
    const { sql, params } = latencyStatement(query, metrics);
    return latenciesOf(await this.#database.query(sql, params));
  }

  async recentSamples(query: Parameters<StatisticsStore['recentSamples']>[0]): Promise<readonly Sample[]> {
    const { sql, params } = sampleStatement(query);
    return (await this.#database.query(sql, params)).map(sampleOf);
  }

  async hasDemo({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): Promise<boolean> {
    const rows = await this.#database.query(
      'SELECT id FROM generation WHERE workspace_id = $1 AND created_ms >= $2 AND created_ms < $3 LIMIT 1',
      [DEMO_WORKSPACE, whole(fromMs), whole(toMs)],
    );
    return rows.length > 0;
  }

  async findApps(slugs: readonly string[]): Promise<ReadonlyMap<string, App>> {
    const listed = slugs.slice(0, APPS_MAX);
    if (listed.length === 0) return new Map();
    const rows = await this.#database.query(
      `SELECT slug, title, url, categories, first_ms, last_ms FROM app WHERE slug IN (${listed.map((_, index) => `$${index + 1}`).join(', ')})`,
      listed.map(text),
    );
    return new Map(rows.map(appOf).map((app) => [app.slug, app]));
  }

  async listGenerations(query: LogQuery): Promise<readonly GenerationRecord[]> {
    const { sql, params } = logStatement(query, LOG_MAX);
    return (await this.#database.query(sql, params)).map((row) => recordFromJson(textOf(row.record)));
  }

  /** The row's own mark says whether it is counted, in the transaction that counts it: two replicas at once count it once. */
  backfill(): Promise<number> {
    return this.#database.exclusively(async (queries) => {
      const rows = await queries.query(
        `SELECT id, record FROM generation WHERE rolled = 0 ORDER BY id LIMIT ${SETTLE_RECORDS_MAX}`,
      );
      const marked = await queries.queryEach(
        'UPDATE generation SET rolled = 1, app = $2 WHERE id = $1 AND rolled = 0 RETURNING id',
        rows.map((row) => [textOf(row.id), appSlug(recordFromJson(textOf(row.record)).app)]),
      );
      const own = new Set(marked.flat().map((row) => textOf(row.id)));
      const records = rows.filter((row) => own.has(textOf(row.id))).map((row) => recordFromJson(textOf(row.record)));
      await addRollup(queries, rollUp(records));
      return records.length;
    });
  }

  async forgetHours(beforeMs: number): Promise<void> {
    for (const table of ROLLUPS) {
      await this.#database.query(`DELETE FROM ${table} WHERE grain = 'hour' AND start_ms < $1`, [whole(beforeMs)]);
    }
  }

  recordCatalog({ version, facts, atMs }: Parameters<StatisticsStore['recordCatalog']>[0]): Promise<number> {
    return this.#database.exclusively(async (queries) => {
      const [known] = await queries.query('SELECT value FROM setting WHERE name = $1', [CATALOG_VERSION]);
      if (known && textOf(known.value) === version) return 0;
      const [baseline] = await queries.query('SELECT value FROM setting WHERE name = $1', [CATALOG_FACTS]);
      const changes = baseline ? findChanges(factsFromJson(textOf(baseline.value)), facts, atMs) : [];
      await queries.queryEach(SAVE_CHANGE, changes.map(changeRow));
      await queries.queryEach(SAVE_SETTING, [
        [CATALOG_VERSION, version],
        [CATALOG_FACTS, text(toExactJson(facts))],
      ]);
      return changes.length;
    });
  }

  async catalogChanges(query: { readonly model?: string; readonly limit: number }): Promise<readonly CatalogChange[]> {
    const limit = Math.max(0, Math.min(10_000, whole(query.limit)));
    const where = query.model === undefined ? '' : 'WHERE model_id = $1 ';
    const rows = await this.#database.query(
      `SELECT change FROM catalog_change ${where}ORDER BY at_ms DESC, endpoint_id LIMIT ${limit}`,
      query.model === undefined ? [] : [text(query.model)],
    );
    return rows.map((row) => changeFromJson(textOf(row.change)));
  }

  async offSwitches(): Promise<readonly OffSwitch[]> {
    const rows = await this.#database.query('SELECT target, at_ms, by_whom, note FROM off_switch ORDER BY target');
    return rows.map((row) => ({
      target: textOf(row.target),
      atMs: numberOf(row.at_ms),
      by: textOf(row.by_whom),
      note: textOf(row.note),
    }));
  }

  async saveOffSwitch({ target, atMs, by, note }: OffSwitch): Promise<void> {
    await this.#database.query(
      'INSERT INTO off_switch (target, at_ms, by_whom, note) VALUES ($1, $2, $3, $4) ON CONFLICT (target) DO NOTHING',
      [text(target), whole(atMs), text(by), text(note)],
    );
  }

  async removeOffSwitch(target: string): Promise<boolean> {
    const rows = await this.#database.query('DELETE FROM off_switch WHERE target = $1 RETURNING target', [
      text(target),
    ]);
    return rows.length > 0;
  }
}

const ROLLUPS = ['usage_rollup', 'attempt_rollup', 'latency_rollup'] as const;
const CATALOG_VERSION = 'catalogue-version';
const CATALOG_FACTS = 'catalogue-facts';
const SAVE_SETTING =
  'INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value';
const SAVE_CHANGE =
  'INSERT INTO catalog_change (endpoint_id, what, price_id, at_ms, model_id, provider_id, change) ' +
  'VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (endpoint_id, at_ms, what, price_id) DO NOTHING';

function changeRow(change: CatalogChange): Params {
  return [
    text(change.endpointId),
    change.what,
    text((change.after ?? change.before)?.id ?? ''),
    whole(change.atMs),
    text(change.modelId),
    text(change.providerId),
    text(toExactJson(change)),
  ];
}

/** Deletes the demonstration as if it had not been: generations, rollups, apps that nobody else used, and what it was charged. */
export function removeDemo(database: Database): Promise<number> {
  return database.exclusively(async (queries) => {
    await giveBack(queries);
    const keys = await queries.query('SELECT DISTINCT key_hash FROM generation WHERE workspace_id = $1', [
      DEMO_WORKSPACE,
    ]);
    await queries.queryEach(
      'DELETE FROM key_usage WHERE key_hash = $1',
      keys.map((row) => [textOf(row.key_hash)]),
    );
    const gone = await queries.query('DELETE FROM generation WHERE workspace_id = $1 RETURNING id', [DEMO_WORKSPACE]);
    for (const table of ROLLUPS) {
      await queries.query(`DELETE FROM ${table} WHERE demo = 1`);
    }
    await queries.query(
      'DELETE FROM app WHERE slug NOT IN (SELECT app FROM usage_rollup) AND NOT EXISTS (SELECT 1 FROM generation WHERE rolled = 0)',
    );
    return gone.length;
  });
}

async function giveBack(queries: Queries): Promise<void> {
  const charged = await queries.query(
    'SELECT account_id, CAST(SUM(charged_pico) AS BIGINT) AS charged_pico FROM generation WHERE workspace_id = $1 GROUP BY account_id ORDER BY account_id',
    [DEMO_WORKSPACE],
  );
  await queries.queryEach(
    'UPDATE account_balance SET spent_pico = CASE WHEN spent_pico > $2 THEN spent_pico - $2 ELSE 0 END WHERE account_id = $1',
    charged.map((row) => [textOf(row.account_id), bigintOf(row.charged_pico)]),
  );
}
