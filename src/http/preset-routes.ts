import { randomUUID } from 'node:crypto';
import type { Caller } from '../accounts/caller.ts';
import type { Preset, PresetVersion } from '../accounts/policy-store.ts';
import * as contract from '../contract/preset.ts';
import anthropicMessages from '../formats/anthropic-messages.ts';
import type { WireFormat } from '../formats/format.ts';
import { scanBody } from '../formats/openai-chat/decode-request.ts';
import openaiChat from '../formats/openai-chat.ts';
import openaiResponses from '../formats/openai-responses.ts';
import { Failure } from '../generation/failure.ts';
import { checkPreset, presetOf, type ReadPreset } from './check-preset.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import { checked, readQuery } from './read-query.ts';
import { expectJson, readBody } from './request-body.ts';
import { note, type Route, type RouteCall } from './route.ts';

const API = '/api/v1/presets';
const OWN = '/api/x/presets';

export const presetRoutes: readonly Route[] = [
  { method: 'GET', path: API, audience: 'caller', answer: list },
  { method: 'GET', path: `${API}/:slug`, audience: 'caller', answer: show },
  { method: 'GET', path: `${API}/:slug/versions`, audience: 'caller', answer: listVersions },
  { method: 'GET', path: `${API}/:slug/versions/:version`, audience: 'caller', answer: showVersion },
  saving('chat/completions', openaiChat),
  saving('messages', anthropicMessages),
  saving('responses', openaiResponses),
  { method: 'GET', path: OWN, audience: 'caller', answer: overview },
  { method: 'PUT', path: `${OWN}/:slug`, audience: 'management', action: 'preset.save', answer: save },
  { method: 'PATCH', path: `${OWN}/:slug`, audience: 'management', action: 'preset.change', answer: change },
  { method: 'DELETE', path: `${OWN}/:slug`, audience: 'management', action: 'preset.delete', answer: remove },
];

/** Requests of every caller may stand on a preset: who changes one must be allowed to administer. */
function saving(path: string, format: WireFormat): Route {
  return {
    ...{ method: 'POST', path: `${API}/:slug/${path}`, audience: 'management', action: 'preset.save' },
    answer: (call) => saveRequest(call, format),
  };
}

function ownPresets({ exchange, caller }: RouteCall): readonly Preset[] {
  return exchange.policies.presets(caller!.key.workspaceId).map(({ preset }) => preset);
}

function list(call: RouteCall): Response {
  const { offset, limit } = readQuery(call.query, contract.presetListQuery);
  const all = ownPresets(call);
  return answerPrivate({ data: all.slice(offset, offset + limit).map(printPreset), total_count: all.length });
}

function overview(call: RouteCall): Response {
  const data = ownPresets(call).map((preset) => ({ ...printWhole(preset), versions: preset.versions }));
  return answerPrivate({ data } satisfies contract.PresetOverview);
}

function show(call: RouteCall): Response {
  return answerPrivate({ data: printWhole(getPreset(call)) });
}

async function listVersions(call: RouteCall): Promise<Response> {
  const page = readQuery(call.query, contract.presetListQuery);
  const preset = getPreset(call);
  const versions = await call.exchange.policies.store.presetVersions(preset.id, page);
  return answerPrivate({ data: versions.map(printVersion), total_count: preset.versions });
}

async function showVersion(call: RouteCall): Promise<Response> {
  const preset = getPreset(call);
  const number = /^[1-9]\d{0,8}$/.test(call.params.version ?? '') ? Number(call.params.version) : undefined;
  const version = number && (await call.exchange.policies.store.findPresetVersion(preset.id, number));
  if (!version) throw new Failure('not-found', { message: 'This preset has no such version' });
  return answerPrivate({ data: printVersion(version) });
}

async function save(call: RouteCall): Promise<Response> {
  const slug = checkSlug(call);
  const { fields } = await readJsonBody(call.request, contract.presetDraft, PRESET_BYTES_MAX);
  const { name, description, system_prompt: systemPrompt, version } = fields;
  return store(call, slug, {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(systemPrompt && { systemPrompt }),
    config: checkPreset(fields.config),
    base: version,
  });
}

/** The request itself is neither answered nor kept. */
async function saveRequest(call: RouteCall, format: WireFormat): Promise<Response> {
  const slug = checkSlug(call);
  expectJson(call.request);
  const body = await readBody(call.request, PRESET_BYTES_MAX);
  const document = scanBody(body);
  const hasModel = document.member(0, 'model') !== undefined;
  const whole = hasModel ? body : withModel(body);
  return store(call, slug, presetOf(format.server.decodeRequest(whole), hasModel));
}

const PRESET_BYTES_MAX = 1024 * 1024;

/** A preset may leave the model to whoever uses it; a request that is read may not. */
function withModel(body: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(body);
  const open = text.indexOf('{') + 1;
  const rest = text.slice(open);
  const comma = rest.trimStart().startsWith('}') ? '' : ',';
  return new TextEncoder().encode(`{"model":"a/b"${comma}${rest}`);
}

interface Saving extends ReadPreset {
  readonly name?: string;
  readonly description?: string;
  readonly base?: number;
}

async function store(call: RouteCall, slug: string, saving: Saving): Promise<Response> {
  const { exchange, caller } = call;
  const { policies } = exchange;
  const saved = await policies.store.savePreset({
    ...saving,
    slug,
    workspaceId: caller!.key.workspaceId,
    creator: authorOf(caller!),
    presetId: randomUUID(),
    versionId: randomUUID(),
    nowMs: exchange.clock.nowMs(),
  });
  await policies.refresh();
  if (saved === 'changed') {
    throw new Failure('conflict', { message: 'Somebody else has changed this preset meanwhile: load it again' });
  }
  const preset = getPreset(call);
  note(call, { target: slug, detail: `version ${preset.versions}` });
  return answerPrivate({ data: printWhole(preset) });
}

async function change(call: RouteCall): Promise<Response> {
  const { exchange, request } = call;
  const { fields } = await readJsonBody(request, contract.presetChange);
  const { name, description, status, designated_version: designated } = fields;
  const { id } = getPreset(call);
  const asked = {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(status !== undefined && { status }),
    ...(designated !== undefined && { designated }),
  };
  const isChanged = await exchange.policies.store.changePreset(id, asked, exchange.clock.nowMs());
  await exchange.policies.refresh();
  if (!isChanged) throw new Failure('not-found', { message: 'This preset has no such version' });
  note(call, {
    detail: Object.entries(asked)
      .map(([what, value]) => `${what} ${value}`)
      .join(', '),
  });
  return answerPrivate({ data: printWhole(getPreset(call)) });
}

async function remove(call: RouteCall): Promise<Response> {
  await call.exchange.policies.store.deletePreset(getPreset(call).id);
  await call.exchange.policies.refresh();
  return answerPrivate({ deleted: true });
}

/** In memory. What another replica made in the last seconds is not there yet. */
function getPreset({ exchange, caller, params }: RouteCall): Preset {
  const found = findPreset(exchange, caller!, params.slug ?? '');
  if (!found) throw new Failure('not-found', { message: 'There is no preset with this slug' });
  return found;
}

function findPreset(exchange: Exchange, caller: Caller, slug: string): Preset | undefined {
  return exchange.policies.findPreset(caller.key.workspaceId, slug)?.preset;
}

function checkSlug({ params }: RouteCall): string {
  return checked({ slug: params.slug }, contract.presetPath).slug;
}

function authorOf({ session, key }: Caller): string {
  return session?.userId ?? key.creatorUserId ?? key.hash;
}

function printPreset(preset: Preset) {
  return {
    id: preset.id,
    creator_user_id: preset.creator,
    workspace_id: preset.workspaceId,
    name: preset.name,
    slug: preset.slug,
    description: preset.description || null,
    status: preset.status,
    designated_version_id: preset.designated.id,
    created_at: instantOf(preset.createdAtMs),
    updated_at: instantOf(preset.updatedAtMs),
    status_updated_at: preset.statusAtMs === undefined ? null : instantOf(preset.statusAtMs),
  };
}

function printWhole(preset: Preset) {
  return { ...printPreset(preset), designated_version: printVersion(preset.designated) };
}

/** A version is never changed: it was updated when it was made. */
function printVersion(version: PresetVersion): contract.PresetVersionView {
  return {
    id: version.id,
    preset_id: version.presetId,
    creator_id: version.creator,
    version: version.version,
    system_prompt: version.systemPrompt ?? null,
    config: { ...version.config },
    created_at: instantOf(version.createdAtMs),
    updated_at: instantOf(version.createdAtMs),
  };
}
