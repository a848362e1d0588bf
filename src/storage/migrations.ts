/** One step of the schema. Never edited once released: its checksum is kept, and another text under the same number is refused. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

const INT64_MAX = '9223372036854775807';

/** SQLite would turn a sum beyond 64 bits into a rounded double without a word; PostgreSQL refuses it by itself. */
function within64Bits(...columns: readonly string[]): string {
  return `CHECK (${columns.map((column) => `${column} BETWEEN -${INT64_MAX} AND ${INT64_MAX}`).join(' AND ')})`;
}

/**
 * Forward only. Types are the few that SQLite and PostgreSQL both take: TEXT, BIGINT, SMALLINT (for yes and no). Amounts are
 * picodollars, times milliseconds since 1970. Absent text is NULL, in primary keys the empty string.
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'accounts, ledger and generations',
    statements: [
      `CREATE TABLE account (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms BIGINT NOT NULL
      )`,
      `CREATE TABLE api_key (
        hash TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL,
        is_management SMALLINT NOT NULL, disabled SMALLINT NOT NULL, limit_pico BIGINT, limit_reset TEXT,
        include_byok_in_limit SMALLINT NOT NULL, created_ms BIGINT NOT NULL, updated_ms BIGINT, expires_ms BIGINT,
        creator_user_id TEXT, workspace_id TEXT NOT NULL
      )`,
      `CREATE TABLE deposit (
        id TEXT PRIMARY KEY, account_id TEXT NOT NULL, amount_pico BIGINT NOT NULL, note TEXT NOT NULL,
        created_ms BIGINT NOT NULL
      )`,
      'CREATE INDEX deposit_by_account ON deposit (account_id, created_ms)',
      `CREATE TABLE account_balance (
        account_id TEXT PRIMARY KEY, deposited_pico BIGINT NOT NULL, spent_pico BIGINT NOT NULL,
        shortfall_pico BIGINT NOT NULL, ${within64Bits('deposited_pico', 'spent_pico', 'shortfall_pico')}
      )`,
      `CREATE TABLE key_usage (
        key_hash TEXT NOT NULL, period TEXT NOT NULL, window_start_ms BIGINT NOT NULL, spent_pico BIGINT NOT NULL,
        byok_pico BIGINT NOT NULL, PRIMARY KEY (key_hash, period, window_start_ms),
        ${within64Bits('spent_pico', 'byok_pico')}
      )`,
      `CREATE TABLE replica (
        replica_id TEXT PRIMARY KEY, seen_ms BIGINT NOT NULL
      )`,
      `CREATE TABLE lease (
        subject TEXT NOT NULL, replica_id TEXT NOT NULL, amount_pico BIGINT NOT NULL CHECK (amount_pico >= 0),
        PRIMARY KEY (subject, replica_id)
      )`,
      'CREATE INDEX lease_by_replica ON lease (replica_id)',
      `CREATE TABLE generation (
        id TEXT PRIMARY KEY, created_ms BIGINT NOT NULL, account_id TEXT NOT NULL, key_hash TEXT NOT NULL,
        workspace_id TEXT NOT NULL, requested_model TEXT NOT NULL, model_id TEXT, provider_id TEXT, endpoint_id TEXT,
        app_url TEXT, app_title TEXT, external_user TEXT, session_id TEXT, outcome TEXT NOT NULL, failure TEXT,
        finish_reason TEXT, streamed SMALLINT NOT NULL, cancelled SMALLINT NOT NULL, is_byok SMALLINT NOT NULL,
        prompt_tokens BIGINT NOT NULL, completion_tokens BIGINT NOT NULL, cached_tokens BIGINT NOT NULL,
        reasoning_tokens BIGINT NOT NULL, charged_pico BIGINT NOT NULL, list_pico BIGINT NOT NULL, latency_ms BIGINT,
        generation_ms BIGINT, record TEXT NOT NULL
      )`,
      'CREATE INDEX generation_by_account ON generation (account_id, created_ms)',
      `CREATE TABLE generation_day (
        day_ms BIGINT NOT NULL, model_id TEXT NOT NULL, provider_id TEXT NOT NULL, endpoint_id TEXT NOT NULL,
        app TEXT NOT NULL, requests BIGINT NOT NULL, successes BIGINT NOT NULL, cancelled BIGINT NOT NULL,
        prompt_tokens BIGINT NOT NULL, completion_tokens BIGINT NOT NULL, cached_tokens BIGINT NOT NULL,
        reasoning_tokens BIGINT NOT NULL, charged_pico BIGINT NOT NULL, list_pico BIGINT NOT NULL,
        latency_count BIGINT NOT NULL, latency_ms_sum BIGINT NOT NULL, generation_count BIGINT NOT NULL,
        generation_ms_sum BIGINT NOT NULL, PRIMARY KEY (day_ms, model_id, provider_id, endpoint_id, app),
        ${within64Bits('charged_pico', 'list_pico')}
      )`,
      'CREATE TABLE route_facts (facts_key TEXT PRIMARY KEY, endpoints TEXT NOT NULL)',
      `CREATE TABLE provider_key (
        provider_id TEXT PRIMARY KEY, sealed TEXT NOT NULL, label TEXT NOT NULL, created_ms BIGINT NOT NULL
      )`,
      'CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
    ],
  },
  {
    number: 2,
    name: 'statistics',
    // `generation_day` of step 1 is written no more; it stays while replicas of the version before may still run.
    statements: [
      `CREATE TABLE usage_rollup (
        grain TEXT NOT NULL, start_ms BIGINT NOT NULL, demo SMALLINT NOT NULL, account_id TEXT NOT NULL,
        model_id TEXT NOT NULL, provider_id TEXT NOT NULL, endpoint_id TEXT NOT NULL, key_hash TEXT NOT NULL,
        app TEXT NOT NULL, requests BIGINT NOT NULL, successes BIGINT NOT NULL, errors BIGINT NOT NULL,
        rate_limited BIGINT NOT NULL, caller_errors BIGINT NOT NULL, cancelled BIGINT NOT NULL,
        prompt_tokens BIGINT NOT NULL, completion_tokens BIGINT NOT NULL, cached_tokens BIGINT NOT NULL,
        reasoning_tokens BIGINT NOT NULL, charged_pico BIGINT NOT NULL, list_pico BIGINT NOT NULL,
        saved_pico BIGINT NOT NULL, byok_pico BIGINT NOT NULL,
        PRIMARY KEY (grain, start_ms, demo, account_id, model_id, provider_id, endpoint_id, key_hash, app),
        ${within64Bits('charged_pico', 'list_pico', 'saved_pico', 'byok_pico')}
      )`,
      `CREATE TABLE attempt_rollup (
        grain TEXT NOT NULL, start_ms BIGINT NOT NULL, demo SMALLINT NOT NULL, account_id TEXT NOT NULL,
        model_id TEXT NOT NULL, provider_id TEXT NOT NULL, endpoint_id TEXT NOT NULL, outcome TEXT NOT NULL,
        attempts BIGINT NOT NULL, down BIGINT NOT NULL,
        PRIMARY KEY (grain, start_ms, demo, account_id, model_id, provider_id, endpoint_id, outcome)
      )`,
      `CREATE TABLE latency_rollup (
        grain TEXT NOT NULL, start_ms BIGINT NOT NULL, demo SMALLINT NOT NULL, account_id TEXT NOT NULL,
        model_id TEXT NOT NULL, provider_id TEXT NOT NULL, endpoint_id TEXT NOT NULL, metric TEXT NOT NULL,
        bucket BIGINT NOT NULL, samples BIGINT NOT NULL,
        PRIMARY KEY (grain, start_ms, demo, account_id, model_id, provider_id, endpoint_id, metric, bucket)
      )`,
      `CREATE TABLE app (
        slug TEXT PRIMARY KEY, title TEXT NOT NULL, url TEXT, categories TEXT NOT NULL, first_ms BIGINT NOT NULL,
        last_ms BIGINT NOT NULL
      )`,
      `CREATE TABLE catalog_change (
        endpoint_id TEXT NOT NULL, what TEXT NOT NULL, price_id TEXT NOT NULL, at_ms BIGINT NOT NULL,
        model_id TEXT NOT NULL, provider_id TEXT NOT NULL, change TEXT NOT NULL,
        PRIMARY KEY (endpoint_id, at_ms, what, price_id)
      )`,
      'CREATE INDEX catalog_change_by_time ON catalog_change (at_ms)',
      'CREATE TABLE off_switch (target TEXT PRIMARY KEY, at_ms BIGINT NOT NULL, by_whom TEXT NOT NULL, note TEXT NOT NULL)',
      // 1 once its numbers are in the rollups. Rows from before have 0, and so have those of a replica that is not updated yet.
      'ALTER TABLE generation ADD COLUMN rolled SMALLINT NOT NULL DEFAULT 0',
      'CREATE INDEX generation_not_rolled ON generation (id) WHERE rolled = 0',
      'ALTER TABLE generation ADD COLUMN app TEXT',
      'CREATE INDEX generation_by_model ON generation (model_id, created_ms)',
      'CREATE INDEX generation_by_workspace ON generation (workspace_id)',
    ],
  },
  {
    number: 3,
    name: 'people, sessions and the audit log',
    statements: [
      `CREATE TABLE user_account (
        id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, login TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
        disabled SMALLINT NOT NULL, password_hash TEXT, oidc_subject TEXT UNIQUE, created_ms BIGINT NOT NULL, seen_ms BIGINT
      )`,
      `CREATE TABLE user_session (
        hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, way TEXT NOT NULL, user_agent TEXT, address TEXT,
        created_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL
      )`,
      `CREATE TABLE passkey (
        id TEXT PRIMARY KEY, user_id TEXT NOT NULL, name TEXT NOT NULL, public_key TEXT NOT NULL, counter BIGINT NOT NULL,
        transports TEXT NOT NULL, relying_party TEXT NOT NULL, created_ms BIGINT NOT NULL, used_ms BIGINT
      )`,
      `CREATE TABLE invitation (
        hash TEXT PRIMARY KEY, role TEXT NOT NULL, note TEXT, created_by TEXT NOT NULL, created_ms BIGINT NOT NULL,
        expires_ms BIGINT NOT NULL
      )`,
      `CREATE TABLE audit_entry (
        sequence BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, actor_kind TEXT NOT NULL, actor_id TEXT NOT NULL,
        actor_name TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL,
        hash TEXT NOT NULL
      )`,
      'CREATE INDEX audit_by_actor ON audit_entry (actor_id, sequence)',
      `CREATE TABLE room (
        user_id TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, version BIGINT NOT NULL, models TEXT NOT NULL,
        message_count BIGINT NOT NULL, bytes BIGINT NOT NULL, body TEXT NOT NULL, created_ms BIGINT NOT NULL,
        updated_ms BIGINT NOT NULL, PRIMARY KEY (user_id, id)
      )`,
    ],
  },
  {
    number: 4,
    name: 'stored requests and answers',
    statements: [
      `CREATE TABLE generation_content (
        generation_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, workspace_id TEXT NOT NULL, key_hash TEXT NOT NULL,
        created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, bytes BIGINT NOT NULL, sealed TEXT NOT NULL
      )`,
      'CREATE INDEX generation_content_by_scope ON generation_content (account_id, workspace_id, created_ms)',
      'CREATE INDEX generation_content_by_expiry ON generation_content (expires_ms)',
    ],
  },
  {
    number: 5,
    name: 'routing defaults and presets',
    statements: [
      `CREATE TABLE routing_default (
        scope_kind TEXT NOT NULL, scope_id TEXT NOT NULL, version BIGINT NOT NULL, provider TEXT NOT NULL,
        by_whom TEXT NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (scope_kind, scope_id, version)
      )`,
      `CREATE TABLE preset (
        id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, slug TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
        status TEXT NOT NULL, status_ms BIGINT, creator TEXT NOT NULL, created_ms BIGINT NOT NULL,
        updated_ms BIGINT NOT NULL, versions BIGINT NOT NULL, designated BIGINT NOT NULL, UNIQUE (workspace_id, slug)
      )`,
      `CREATE TABLE preset_version (
        preset_id TEXT NOT NULL, version BIGINT NOT NULL, id TEXT NOT NULL, system_prompt TEXT, config TEXT NOT NULL,
        creator TEXT NOT NULL, created_ms BIGINT NOT NULL, PRIMARY KEY (preset_id, version)
      )`,
    ],
  },
];
