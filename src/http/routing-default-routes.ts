import type { PolicyScope, RoutingDefault } from '../accounts/policy-store.ts';
import { type RoutingDefaults, type RoutingDefaultView, routingDefaultDraft } from '../contract/routing-default.ts';
import { Failure } from '../generation/failure.ts';
import { checkProvider } from './check-preset.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import { note, type Route, type RouteCall } from './route.ts';

const PATH = '/api/x/routing-defaults';
const VERSIONS_MAX = 50;
const WORKSPACE = 'workspace';

export const routingDefaultRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, audience: 'caller', answer: list },
  { method: 'GET', path: `${PATH}/:scope/versions`, audience: 'caller', answer: listVersions },
  { method: 'PUT', path: `${PATH}/:scope`, audience: 'management', action: 'routing.save', answer: save },
];

/** The workspace first, also when it says nothing; then the account's keys that say something of their own. */
function list(call: RouteCall): Response {
  const { exchange, caller } = call;
  const { accountId, workspaceId } = caller!.key;
  const all = exchange.policies.defaults();
  const shared = all.find(({ scope }) => scope.kind === 'workspace' && scope.id === workspaceId);
  const own = all.filter(
    ({ scope }) => scope.kind === 'key' && exchange.directory.find(scope.id)?.accountId === accountId,
  );
  const data = [shared ? print(call, shared) : NOTHING, ...own.map((one) => print(call, one))];
  return answerPrivate({ data } satisfies RoutingDefaults);
}

async function listVersions(call: RouteCall): Promise<Response> {
  const scope = getScope(call);
  const versions = await call.exchange.policies.store.routingDefaultVersions(scope, VERSIONS_MAX);
  return answerPrivate({ data: versions.map((one) => print(call, one)) } satisfies RoutingDefaults);
}

async function save(call: RouteCall): Promise<Response> {
  const { exchange, caller, request } = call;
  const scope = getScope(call);
  const { fields } = await readJsonBody(request, routingDefaultDraft);
  const draft = {
    scope,
    provider: checkProvider(fields.provider),
    by: caller!.session?.name ?? caller!.key.label,
    atMs: exchange.clock.nowMs(),
  };
  const saved = await exchange.policies.store.saveRoutingDefault(draft, fields.version);
  await exchange.policies.refresh();
  if (saved === 'changed') {
    throw new Failure('conflict', { message: 'Somebody else has changed these defaults meanwhile: load them again' });
  }
  note(call, { detail: `version ${saved.version}: ${Object.keys(saved.provider).join(', ') || 'nothing'}` });
  return answerPrivate({ data: print(call, saved) });
}

/** `workspace`, or the hash of a key of the account. */
export function getScope({ exchange, caller, params }: Pick<RouteCall, 'exchange' | 'caller' | 'params'>): PolicyScope {
  const { accountId, workspaceId } = caller!.key;
  const { scope = '' } = params;
  if (scope === WORKSPACE) return { kind: 'workspace', id: workspaceId };
  if (exchange.directory.find(scope)?.accountId === accountId) return { kind: 'key', id: scope };
  throw new Failure('not-found', { message: 'Defaults are those of workspace, or of a key by its hash' });
}

const NOTHING: RoutingDefaultView = { scope: WORKSPACE, key: null, version: 0, provider: {}, by: null, at: null };

function print({ exchange }: RouteCall, { scope, version, provider, by, atMs }: RoutingDefault): RoutingDefaultView {
  const key = scope.kind === 'key' ? exchange.directory.find(scope.id) : undefined;
  return {
    scope: scope.kind === 'workspace' ? WORKSPACE : scope.id,
    key: key ? { name: key.name, label: key.label } : null,
    version,
    provider: { ...provider },
    by,
    at: instantOf(atMs),
  };
}
