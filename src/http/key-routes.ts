import type { ApiKey } from '../accounts/api-key.ts';
import type { Caller } from '../accounts/caller.ts';
import { HOME_WORKSPACE } from '../accounts/directory.ts';
import { keyChange, keyCreation, keyListQuery } from '../contract/api-key.ts';
import { Failure } from '../generation/failure.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { printCurrentKey, printKey } from './print-key.ts';
import { readJsonBody } from './read-json-body.ts';
import { readQuery } from './read-query.ts';
import { readSpending } from './read-spending.ts';
import type { Route, RouteCall } from './route.ts';

export const keyRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/key', audience: 'caller', answer: showCurrentKey },
  { method: 'GET', path: '/api/v1/keys', audience: 'management', role: 'viewer', answer: listKeys },
  { method: 'POST', path: '/api/v1/keys', audience: 'management', action: 'key.create', answer: createKey },
  { method: 'GET', path: '/api/v1/keys/:hash', audience: 'management', answer: showKey },
  { method: 'PATCH', path: '/api/v1/keys/:hash', audience: 'management', action: 'key.change', answer: changeKey },
  { method: 'DELETE', path: '/api/v1/keys/:hash', audience: 'management', action: 'key.delete', answer: deleteKey },
];

const PAGE_SIZE = 100;

async function showCurrentKey({ caller, exchange }: RouteCall): Promise<Response> {
  const { key } = caller!;
  const [usage, balance] = await Promise.all([readSpending(exchange, key), exchange.ledger.balance(key.accountId)]);
  return answerPrivate({ data: printCurrentKey(key, usage, balance.depositedPico === 0n) });
}

/** Inference keys of the caller's account, newest first. Management keys are made and removed on the machine itself, by the CLI. */
async function listKeys({ query, caller, exchange }: RouteCall): Promise<Response> {
  const wanted = readQuery(query, keyListQuery);
  const workspaceId = (wanted.workspace_id ?? HOME_WORKSPACE).toLowerCase();
  const offset = wanted.offset ?? 0;
  const keys = exchange.directory
    .list()
    .filter((key) => isManaged(key, caller!) && key.workspaceId === workspaceId)
    .filter((key) => wanted.include_disabled || !key.disabled)
    .slice(offset, offset + PAGE_SIZE);
  const data = await Promise.all(keys.map(async (key) => printKey(key, await readSpending(exchange, key))));
  return answerPrivate({ data });
}

async function createKey({ request, caller, exchange }: RouteCall): Promise<Response> {
  const { fields, amountPico } = await readJsonBody(request, keyCreation);
  const limitPico = amountPico('limit');
  const expiresAtMs = fields.expires_at ? Date.parse(fields.expires_at) : undefined;
  if (expiresAtMs !== undefined && expiresAtMs <= exchange.clock.nowMs()) {
    throw invalid('expires_at', 'must be in the future');
  }
  const workspaceId = fields.workspace_id?.toLowerCase() ?? HOME_WORKSPACE;
  if (workspaceId !== HOME_WORKSPACE) throw invalid('workspace_id', 'there is no such workspace');
  const { key, text } = await exchange.directory.create({
    name: fields.name,
    accountId: caller!.key.accountId,
    isManagement: false,
    includeByokInLimit: fields.include_byok_in_limit ?? false,
    workspaceId,
    ...(limitPico !== undefined && { limitPico }),
    ...(fields.limit_reset && { limitReset: fields.limit_reset }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(fields.creator_user_id && { creatorUserId: fields.creator_user_id }),
  });
  note(exchange, 'API key created', key, caller!);
  // The only time that the key itself is shown.
  return answerPrivate({ data: printKey(key, await readSpending(exchange, key)), key: text }, 201);
}

async function showKey({ params, caller, exchange }: RouteCall): Promise<Response> {
  const key = findManaged(exchange, params, caller!);
  return answerPrivate({ data: printKey(key, await readSpending(exchange, key)) });
}

/** Absent fields stay; `null` takes a limit or its reset away. */
async function changeKey({ request, params, caller, exchange }: RouteCall): Promise<Response> {
  const known = findManaged(exchange, params, caller!);
  const { fields, amountPico } = await readJsonBody(request, keyChange);
  const limitPico = fields.limit === null ? 'none' : amountPico('limit');
  const limitReset = fields.limit_reset === null ? 'none' : fields.limit_reset;
  const changed = await exchange.directory.update(known.hash, {
    ...(fields.name !== undefined && { name: fields.name }),
    ...(fields.disabled !== undefined && { disabled: fields.disabled }),
    ...(fields.include_byok_in_limit !== undefined && { includeByokInLimit: fields.include_byok_in_limit }),
    ...(limitPico !== undefined && { limitPico }),
    ...(limitReset !== undefined && { limitReset }),
  });
  if (!changed) throw unknownKey();
  note(exchange, 'API key changed', changed, caller!);
  return answerPrivate({ data: printKey(changed, await readSpending(exchange, changed)) });
}

async function deleteKey({ params, caller, exchange }: RouteCall): Promise<Response> {
  const key = findManaged(exchange, params, caller!);
  if (!(await exchange.directory.remove(key.hash))) throw unknownKey();
  note(exchange, 'API key deleted', key, caller!);
  return answerPrivate({ deleted: true });
}

/** A key of another account reads like one that never was, and so does a management key. */
function findManaged(exchange: Exchange, params: Readonly<Record<string, string>>, caller: Caller): ApiKey {
  const key = exchange.directory.find(params.hash ?? '');
  if (!key || !isManaged(key, caller)) throw unknownKey();
  return key;
}

function isManaged(key: ApiKey, caller: Caller): boolean {
  return key.accountId === caller.key.accountId && !key.isManagement;
}

function unknownKey(): Failure {
  return new Failure('not-found', { message: 'There is no API key with this hash' });
}

function invalid(field: string, problem: string): Failure {
  return new Failure('invalid-request', { message: `${field}: ${problem}`, metadata: { field } });
}

function note(exchange: Exchange, message: string, key: ApiKey, caller: Caller): void {
  exchange.log.write('info', message, { accountId: key.accountId, keyHash: key.hash, byKeyHash: caller.key.hash });
}
