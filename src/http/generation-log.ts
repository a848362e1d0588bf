import { z } from 'zod';
import { parseUsd } from '../base/money.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { type GenerationLog, generationLogQuery } from '../contract/generation-log.ts';
import { FAILURES, Failure } from '../generation/failure.ts';
import { compareLog, matchesLog } from '../statistics/log-filter.ts';
import type { LogQuery } from '../statistics/statistics-store.ts';
import type { Exchange } from './exchange.ts';
import { printGenerationDetail } from './generation-detail.ts';
import { answerPrivate } from './json-response.ts';
import { printGenerationRow } from './print-generation-row.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';

export const generationLogRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/generations', audience: 'caller', answer: listGenerations },
  { method: 'GET', path: '/api/x/generations/:id', audience: 'caller', answer: showGeneration },
];

/** One page: what is stored, and before it what is settled and still on its way there. */
async function listGenerations({ query, caller, exchange }: RouteCall): Promise<Response> {
  const wanted = readLogQuery(query, caller!.key.accountId);
  // Read before storage: a record that is drained in between is then found twice, and never missed.
  const fresh = exchange.undrained().filter((record) => matchesLog(record, wanted));
  const stored = await exchange.statistics.listGenerations({ ...wanted, limit: wanted.limit + 1 });
  const byId = new Map([...stored, ...fresh].map((record) => [record.id, record]));
  const found = [...byId.values()].sort(compareLog);
  const page = found.slice(0, wanted.limit);
  const last = page.at(-1);
  const log: GenerationLog = {
    data: page.map((record) => printGenerationRow(record, keyNames(exchange))),
    next_cursor: last && found.length > page.length ? encodeCursor(last) : null,
  };
  return answerPrivate(log);
}

export function keyNames(exchange: Exchange): (hash: string) => string | undefined {
  return (hash) => exchange.directory.find(hash)?.name;
}

/** The id of another account's generation reads like one that never was. */
async function showGeneration({ params, caller, exchange }: RouteCall): Promise<Response> {
  const id = params.id ?? '';
  const record =
    id.length > 256 ? undefined : (exchange.findUndrained(id) ?? (await exchange.ledger.findGeneration(id)));
  if (record === undefined || record.accountId !== caller!.key.accountId) {
    throw new Failure('not-found', { message: 'There is no generation with this id' });
  }
  return answerPrivate(await printGenerationDetail(exchange, record, caller!));
}

function readLogQuery(query: URLSearchParams, accountId: string): LogQuery {
  const {
    model,
    provider,
    session,
    http_min,
    http_max,
    app,
    key,
    status,
    outcome,
    finish,
    cost_min,
    cost_max,
    from,
    to,
    q,
    cursor,
    ...rest
  } = readQuery(query, generationLogQuery);
  return {
    accountId,
    limit: rest.limit,
    demo: rest.demo ?? 'include',
    ...(model !== undefined && (model.includes('/') ? { model } : { modelPart: model.toLowerCase() })),
    ...(session !== undefined && { sessionId: session }),
    ...((http_min !== undefined || http_max !== undefined) && { ends: endsBetween(http_min ?? 100, http_max ?? 599) }),
    ...(provider !== undefined && { provider }),
    ...(app !== undefined && { app: app === 'none' ? '' : app }),
    ...(key !== undefined && { keyHash: key }),
    ...(status !== undefined && { status }),
    ...(outcome !== undefined && { outcome }),
    ...(finish !== undefined && { finish }),
    ...(cost_min !== undefined && { costMinPico: parseUsd(cost_min)! }),
    ...(cost_max !== undefined && { costMaxPico: parseUsd(cost_max)! }),
    ...(from !== undefined && { fromMs: Date.parse(from) }),
    ...(to !== undefined && { toMs: Date.parse(to) }),
    ...(q !== undefined && { idPart: q }),
    ...(cursor !== undefined && { after: decodeCursor(cursor) }),
  };
}

/** An answer that broke off after its first bytes had status 200 on the wire; here it has that of its failure, as an error event has. */
function endsBetween(min: number, max: number): NonNullable<LogQuery['ends']> {
  const isIn = (status: number) => status >= min && status <= max;
  return {
    success: isIn(200),
    cancelled: isIn(499),
    failures: Object.entries(FAILURES).flatMap(([kind, { status }]) => (isIn(status) ? [kind] : [])),
  };
}

const cursorSchema = z.tuple([z.number(), z.string().max(256)]);

function encodeCursor({ createdAtMs, id }: GenerationRecord): string {
  return Buffer.from(JSON.stringify([createdAtMs, id])).toString('base64url');
}

function decodeCursor(cursor: string): { readonly createdAtMs: number; readonly id: string } {
  try {
    const [createdAtMs, id] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { createdAtMs, id };
  } catch {
    throw new Failure('invalid-request', { message: 'cursor: is none of ours', metadata: { field: 'cursor' } });
  }
}
