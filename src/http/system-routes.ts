import { findBreak } from '../accounts/audit.ts';
import { HOME_ACCOUNT } from '../accounts/directory.ts';
import { randomText } from '../base/ids.ts';
import { formatUsd, parseUsd } from '../base/money.ts';
import type { LedgerDays } from '../billing/ledger-days.ts';
import {
  type AuditPage,
  auditQuery,
  type BackupListing,
  depositCreation,
  type LedgerPage,
  ledgerQuery,
  type SystemFacts,
} from '../contract/system.ts';
import { Failure } from '../generation/failure.ts';
import type { AuditLog } from './audit-log.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import { readQuery } from './read-query.ts';
import { readSettled } from './read-spending.ts';
import { note, type Route, type RouteCall } from './route.ts';

export interface SystemParts {
  readonly audit: AuditLog;
  readonly days: LedgerDays;
  facts(): Promise<Omit<SystemFacts, 'backups'>>;
  backups(): readonly BackupListing[];
  /** Writes a whole copy beside the data. Undefined where the database has its own tools for that. */
  readonly backUp?: () => Promise<BackupListing>;
  /** The bytes of one of `backups()`. */
  openBackup(name: string): Blob;
}

const AUDIT_ROWS = 100;
const LEDGER_DAYS = 90;
const DAY_MS = 86_400_000;

/** What runs here, what was changed by whom, and the account's book. */
export function systemRoutes(parts: SystemParts): readonly Route[] {
  return [
    {
      ...{ method: 'GET', path: '/api/x/audit', audience: 'management' },
      answer: (call) => showAudit(parts, call),
    },
    {
      ...{ method: 'GET', path: '/api/x/system', audience: 'management' },
      answer: async () => answerPrivate({ ...(await parts.facts()), backups: parts.backups() }),
    },
    {
      ...{ method: 'POST', path: '/api/x/system/backup', audience: 'person', role: 'owner', action: 'system.backup' },
      answer: (call) => backUp(parts, call),
    },
    {
      ...{ method: 'GET', path: '/api/x/system/backups/:name', audience: 'person', role: 'owner' },
      action: 'system.backup.download',
      answer: (call) => download(parts, call),
    },
    {
      ...{ method: 'GET', path: '/api/x/ledger', audience: 'caller' },
      answer: (call) => showLedger(parts, call),
    },
    {
      ...{ method: 'POST', path: '/api/x/deposits', audience: 'management', action: 'deposit.create' },
      answer: deposit,
    },
  ];
}

async function showAudit({ audit }: SystemParts, { query }: RouteCall): Promise<Response> {
  const { before, limit = AUDIT_ROWS, actor } = readQuery(query, auditQuery);
  const found = await audit.store.entries({
    limit: limit + 1,
    ...(before !== undefined && { beforeSequence: before }),
    ...(actor !== undefined && { actorId: actor }),
  });
  const entries = found.slice(0, limit);
  const broken = await findBreak(audit.store);
  const body: AuditPage = {
    entries: entries.map(({ atMs, ...entry }) => ({ ...entry, at: instantOf(atMs) })),
    next: found.length > limit ? String(entries.at(-1)!.sequence) : null,
    chain: { ok: broken === undefined, broken_at: broken ?? null },
  };
  return answerPrivate(body);
}

async function backUp(parts: SystemParts, call: RouteCall): Promise<Response> {
  if (!parts.backUp) {
    throw new Failure('invalid-request', {
      message: 'A PostgreSQL database is backed up with its own tools, such as pg_dump',
    });
  }
  const backup = await parts.backUp();
  note(call, { target: backup.name });
  return answerPrivate(backup);
}

/** Only what is listed: a name is never a path. */
function download(parts: SystemParts, { params }: RouteCall): Response {
  const backup = parts.backups().find(({ name }) => name === params.name);
  if (!backup) throw new Failure('not-found', { message: 'There is no such backup' });
  return new Response(parts.openBackup(backup.name), {
    headers: {
      'content-type': 'application/vnd.sqlite3',
      'content-disposition': `attachment; filename="${backup.name}"`,
      'cache-control': 'no-store',
    },
  });
}

async function showLedger({ days }: SystemParts, { query, caller, exchange }: RouteCall): Promise<Response> {
  const { before, limit = LEDGER_DAYS } = readQuery(query, ledgerQuery);
  const { accountId } = caller!.key;
  const beforeMs = before === undefined ? exchange.clock.nowMs() + DAY_MS : Date.parse(before);
  const found = await days.list({ accountId, beforeMs, limit: limit + 1 });
  const { stored, undrainedPico } = await readSettled(
    () => exchange.ledger.balance(accountId),
    () => exchange.undrainedAccountSpending(accountId),
  );
  const spentPico = stored.spentPico + undrainedPico;
  const shown = found.slice(0, limit);
  const body: LedgerPage = {
    balance: {
      deposited: formatUsd(stored.depositedPico),
      spent: formatUsd(spentPico),
      left: formatUsd(stored.depositedPico - spentPico),
    },
    days: shown.map((day) => ({
      date: instantOf(day.dayMs).slice(0, 10),
      deposited: formatUsd(day.depositedPico),
      spent: formatUsd(day.spentPico),
      generations: day.generations,
      deposits: day.deposits.map(({ id, amountPico, note: why, createdAtMs }) => ({
        ...{ id, amount: formatUsd(amountPico), note: why, created_at: instantOf(createdAtMs) },
      })),
    })),
    next: found.length > limit ? instantOf(shown.at(-1)!.dayMs).slice(0, 10) : null,
  };
  return answerPrivate(body);
}

async function deposit(call: RouteCall): Promise<Response> {
  const { fields } = await readJsonBody(call.request, depositCreation);
  const amountPico = parseUsd(String(fields.amount));
  if (amountPico === undefined || amountPico <= 0n) {
    throw new Failure('invalid-request', { message: 'amount: an amount in US dollars above zero' });
  }
  const id = fields.id ?? `web-${randomText(20)}`;
  note(call, { target: id, detail: `$${formatUsd(amountPico)}` });
  const createdAtMs = call.exchange.clock.nowMs();
  await call.exchange.ledger.deposit({ id, accountId: HOME_ACCOUNT, amountPico, note: fields.note, createdAtMs });
  return answerPrivate({ id, amount: formatUsd(amountPico) });
}
