import type { Caller } from '../accounts/caller.ts';
import { modeOf } from '../accounts/content-policy.ts';
import { isAtLeast } from '../accounts/person.ts';
import type { StoredBody, StoredContent } from '../accounts/stored-content.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { generationQuery } from '../contract/generation.ts';
import type { GenerationDetail } from '../contract/generation-log.ts';
import type { ContentBody, ContentDetail } from '../contract/stored-content.ts';
import { Failure } from '../generation/failure.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { printContent } from './print-content.ts';
import { instantOf } from './print-figure.ts';
import { readQuery } from './read-query.ts';
import { note, type Route, type RouteCall } from './route.ts';

const DETAIL = '/api/x/generations/:id/content';

/** Requests and answers that are stored. Every reading stands in the audit log, since it is somebody's words that are read. */
export const contentRoutes: readonly Route[] = [
  {
    ...{ method: 'GET', path: '/api/v1/generation/content', audience: 'caller', action: 'content.read' },
    answer: showContent,
  },
  { method: 'GET', path: DETAIL, audience: 'caller', action: 'content.read', answer: showDetail },
  { method: 'DELETE', path: DETAIL, audience: 'caller', action: 'content.delete', answer: deleteContent },
];

async function showContent(call: RouteCall): Promise<Response> {
  const { id } = readQuery(call.query, generationQuery);
  const { content, record } = await readContent(call, id);
  return answerPrivate({ data: printContent(record, content, await call.exchange.contents.fold(content)) });
}

async function showDetail(call: RouteCall): Promise<Response> {
  const id = call.params.id ?? '';
  const { content, expiresAtMs } = await readContent(call, id);
  const { request, answer, sent, failure } = content;
  const words = await call.exchange.contents.fold(content);
  const detail: ContentDetail = {
    ...{ generation: id, wire_format: content.format, streamed: content.streamed, expires_at: instantOf(expiresAtMs) },
    request: printBody(request),
    answer: { ...printBody(answer), is_folded: answer.isFolded },
    completion: words?.completion ?? null,
    reasoning: words?.reasoning ?? null,
    sent: sent.map(({ endpointId, providerName, ...body }) => ({
      ...printBody(body),
      ...{ endpoint: endpointId, provider_name: providerName },
    })),
    failure: failure ?? null,
  };
  return answerPrivate(detail);
}

async function deleteContent(call: RouteCall): Promise<Response> {
  const id = call.params.id ?? '';
  await findReadable(call, id);
  if (!(await call.exchange.contents.removeOne(id))) throw nothingStored();
  return answerPrivate({ deleted: 1 });
}

/** What the page of a generation says of its content to this caller. */
export async function describeContent(
  { contents }: Exchange,
  record: GenerationRecord,
  caller: Caller,
): Promise<GenerationDetail['content']> {
  const facts = await contents.facts(record.id);
  const { accountId, workspaceId, keyHash } = record;
  return {
    stored: facts ? { bytes: facts.bytes, expires_at: instantOf(facts.expiresAtMs) } : null,
    mode: modeOf(contents.policy({ accountId, workspaceId }), keyHash),
    may_read: mayRead(caller, record),
  };
}

interface FoundContent {
  readonly record: GenerationRecord;
  readonly content: StoredContent;
  readonly expiresAtMs: number;
}

async function readContent(call: RouteCall, id: string): Promise<FoundContent> {
  const record = await findReadable(call, id);
  const { contents } = call.exchange;
  const [facts, content] = await Promise.all([contents.facts(id), contents.find(id)]);
  if (facts === undefined || content === undefined) throw nothingStored();
  if (content === 'unreadable') {
    throw new Failure('not-found', {
      message: 'What is stored of this generation was sealed with another key-encryption key: it cannot be opened',
    });
  }
  return { record, content, expiresAtMs: facts.expiresAtMs };
}

/** Another account's generation reads like one that never was. */
async function findReadable(call: RouteCall, id: string): Promise<GenerationRecord> {
  const { caller, exchange } = call;
  note(call, { target: id.slice(0, 256) });
  const record =
    id.length > 256 ? undefined : (exchange.findUndrained(id) ?? (await exchange.ledger.findGeneration(id)));
  if (record === undefined || record.accountId !== caller!.key.accountId) {
    throw new Failure('not-found', { message: 'There is no generation with this id' });
  }
  if (!mayRead(caller!, record)) {
    throw new Failure('permission-denied', {
      message: 'Only management keys, administrators and whoever asked it on these pages may read what is stored',
    });
  }
  return record;
}

/** A key that generates does not read: whoever steals one must not find everything that was ever asked with it. */
function mayRead({ key, session }: Caller, record: GenerationRecord): boolean {
  if (!session) return key.isManagement;
  return isAtLeast(session.role, 'admin') || record.keyHash === key.hash;
}

function nothingStored(): Failure {
  return new Failure('not-found', { message: 'The request and answer of this generation are not stored' });
}

function printBody({ text, totalBytes, isCut, redacted }: StoredBody): ContentBody {
  return {
    text,
    total_bytes: totalBytes,
    cut_at_bytes: isCut ? Buffer.byteLength(text) : null,
    redacted,
  };
}
