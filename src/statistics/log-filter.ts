import type { GenerationRecord } from '../billing/generation-record.ts';
import { appSlug } from './app-slug.ts';
import { statusOfRecord } from './attempt-class.ts';
import { isDemo } from './rollup.ts';
import type { LogQuery } from './statistics-store.ts';

/** The log's question put to one record: for those that are not in storage yet. Says what the storage says. */
export function matchesLog(record: GenerationRecord, query: LogQuery): boolean {
  const { after } = query;
  const { chargedPico } = record.charge;
  return (
    record.accountId === query.accountId &&
    isWanted(query.model, record.modelId) &&
    (query.modelPart === undefined || (record.modelId ?? '').toLowerCase().includes(query.modelPart)) &&
    isWanted(query.provider, record.providerId) &&
    isWanted(query.sessionId, record.sessionId) &&
    isWanted(query.app, appSlug(record.app)) &&
    isWanted(query.keyHash, record.keyHash) &&
    isWanted(query.status, statusOfRecord(record)) &&
    (query.ends === undefined || endsSo(record, query.ends)) &&
    isWanted(query.outcome, record.outcome) &&
    isWanted(query.finish, record.finishReason) &&
    (query.costMinPico === undefined || chargedPico >= query.costMinPico) &&
    (query.costMaxPico === undefined || chargedPico <= query.costMaxPico) &&
    (query.fromMs === undefined || record.createdAtMs >= query.fromMs) &&
    (query.toMs === undefined || record.createdAtMs < query.toMs) &&
    (query.idPart === undefined || record.id.toLowerCase().includes(query.idPart.toLowerCase())) &&
    (query.demo === 'include' || isDemo(record) === (query.demo === 'only')) &&
    (!after || compareLog(record, after) > 0)
  );
}

function endsSo(record: GenerationRecord, ends: NonNullable<LogQuery['ends']>): boolean {
  const status = statusOfRecord(record);
  return status === 'error' ? ends.failures.includes(record.failure!) : ends[status];
}

function isWanted<T>(wanted: T | undefined, value: T | undefined): boolean {
  return wanted === undefined || wanted === value;
}

interface LogPlace {
  readonly createdAtMs: number;
  readonly id: string;
}

/** Newest first, and of one millisecond the larger id. */
export function compareLog(a: LogPlace, b: LogPlace): number {
  return b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
