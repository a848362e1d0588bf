import { type ContentPolicy, modeOf } from '../accounts/content-policy.ts';
import { isAtLeast } from '../accounts/person.ts';
import type { ContentTotals } from '../accounts/stored-content.ts';
import { contentDeletion, keyPrivacyChange, type Privacy, privacyChange } from '../contract/stored-content.ts';
import { Failure } from '../generation/failure.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import { note, type Route, type RouteCall } from './route.ts';

const PATH = '/api/x/privacy';

/** What is stored of requests and answers, and for how long. Whoever signs in may know; administrators decide. */
export const privacyRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, audience: 'caller', answer: async (call) => answerPrivate(await printPrivacy(call)) },
  { method: 'PATCH', path: PATH, audience: 'management', action: 'privacy.change', answer: changePrivacy },
  { method: 'PUT', path: `${PATH}/keys/:hash`, audience: 'management', action: 'privacy.key', answer: changeKey },
  { method: 'POST', path: `${PATH}/delete`, audience: 'management', action: 'privacy.delete', answer: deleteStored },
];

async function changePrivacy(call: RouteCall): Promise<Response> {
  const { fields } = await readJsonBody(call.request, privacyChange);
  const { mode, sample_share, retention_days, bytes_max, redacts_secrets } = fields;
  note(call, {
    detail: Object.entries(fields)
      .map((pair) => pair.join('='))
      .join(' '),
  });
  await call.exchange.contents.changePolicy(call.caller!.key, (policy) => ({
    ...policy,
    ...(mode !== undefined && { mode }),
    ...(sample_share !== undefined && { sampleShare: sample_share }),
    ...(retention_days !== undefined && { retentionDays: retention_days }),
    ...(bytes_max !== undefined && { bytesMax: bytes_max }),
    ...(redacts_secrets !== undefined && { redactsSecrets: redacts_secrets }),
  }));
  return answerPrivate(await printPrivacy(call));
}

async function changeKey(call: RouteCall): Promise<Response> {
  const { exchange, caller, params } = call;
  const hash = params.hash ?? '';
  const key = exchange.directory.find(hash);
  if (!key || key.isManagement || key.accountId !== caller!.key.accountId) {
    throw new Failure('not-found', { message: 'There is no API key with this hash' });
  }
  const { mode } = (await readJsonBody(call.request, keyPrivacyChange)).fields;
  note(call, { detail: mode ?? 'as the workspace' });
  await exchange.contents.changePolicy(key, (policy) => {
    // Keys that are gone need no exception any more.
    const others = Object.entries(policy.keys).filter(([other]) => other !== hash && exchange.directory.find(other));
    return { ...policy, keys: Object.fromEntries(mode === null ? others : [...others, [hash, mode]]) };
  });
  return answerPrivate(await printPrivacy(call));
}

async function deleteStored(call: RouteCall): Promise<Response> {
  const { key } = (await readJsonBody(call.request, contentDeletion)).fields;
  const deleted = await call.exchange.contents.remove(call.caller!.key, key);
  note(call, { target: key ?? 'everything', detail: `${deleted} deleted` });
  return answerPrivate({ deleted });
}

async function printPrivacy(call: RouteCall): Promise<Privacy> {
  const { caller, exchange } = call;
  const { key, session } = caller!;
  const policy = exchange.contents.policy(key);
  const totals = await exchange.contents.totals(key);
  const { count, bytes, oldestMs, newestMs } = totals;
  const mayChange = session ? isAtLeast(session.role, 'admin') : key.isManagement;
  return {
    policy: {
      mode: policy.mode,
      sample_share: policy.sampleShare,
      retention_days: policy.retentionDays,
      bytes_max: policy.bytesMax,
      redacts_secrets: policy.redactsSecrets,
    },
    own_mode: modeOf(policy, key.hash),
    may_change: mayChange,
    stored: {
      ...{ count, bytes },
      oldest: oldestMs === undefined ? null : instantOf(oldestMs),
      newest: newestMs === undefined ? null : instantOf(newestMs),
    },
    keys: mayChange ? [...printKeys(call, policy, totals)] : [],
    lost: exchange.contents.lost,
  };
}

function printKeys({ caller, exchange }: RouteCall, policy: ContentPolicy, totals: ContentTotals): Privacy['keys'] {
  const { accountId, workspaceId } = caller!.key;
  const stored = new Map(totals.keys.map((each) => [each.keyHash, each]));
  const known = exchange.directory
    .list()
    .filter((key) => key.accountId === accountId && key.workspaceId === workspaceId && !key.isManagement);
  const hashes = new Set([...known.map(({ hash }) => hash), ...stored.keys()]);
  return [...hashes].map((hash) => ({
    hash,
    name: exchange.directory.find(hash)?.name ?? null,
    mode: Object.hasOwn(policy.keys, hash) ? policy.keys[hash]! : null,
    count: stored.get(hash)?.count ?? 0,
    bytes: stored.get(hash)?.bytes ?? 0,
  }));
}
