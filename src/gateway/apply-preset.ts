import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { joinBytes } from '../base/json-edits.ts';
import type { JsonDocument } from '../base/json-scan.ts';
import type { PresetBody, RequestAddress, WireFormat } from '../formats/format.ts';
import { functionOf } from '../formats/openai-chat/encode-preset.ts';
import { Failure } from '../generation/failure.ts';
import { PRESET_MARK, readPresetName } from '../generation/preset-name.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { type Policies, type ReadyPreset, withPreset } from './policies.ts';

export interface PresetCall {
  readonly format: WireFormat;
  readonly address: RequestAddress | undefined;
  readonly workspaceId: string;
  readonly policies: Policies;
}

/**
 * A request that names a preset, filled up by it: what the request says itself stays, field by field. Lists of tools are
 * united by name; a request with instructions of its own keeps to these. Any other request comes back as it is.
 */
export function applyPreset(request: GenerationRequest, call: PresetCall): GenerationRequest {
  const { models } = request.features;
  const { model, preset: slug } = readPresetName(models[0]!);
  if (slug === undefined) return request;
  const ready = findActive(call, slug);
  const { preset } = ready;
  const asked = model === '' ? [...modelsOf(preset.designated.config, slug)] : [model];
  const [first, ...others] = [...new Set([...asked, ...fallbacksOf(models, model, preset.designated.config)])];
  const { format, address } = call;
  const isInAddress = address?.model !== undefined;
  const body = fillBody(request, presetBody(request, ready, format), {
    preset: undefined,
    models: others.length > 0 ? others : undefined,
    ...(!isInAddress && { model: first! }),
  });
  const filled = format.server.decodeRequest(body, isInAddress ? { ...address, model: first! } : address);
  const mark = { id: preset.id, slug, version: preset.designated.version };
  return withPreset({ ...filled, origin: { ...filled.origin, received: request.origin.body } }, mark, ready);
}

function findActive({ policies, workspaceId }: PresetCall, slug: string): ReadyPreset {
  const ready = policies.findPreset(workspaceId, slug);
  const name = `${PRESET_MARK}${slug.slice(0, 100)}`;
  if (!ready) throw new Failure('not-found', { message: `There is no preset ${name}`, metadata: { param: 'preset' } });
  const { status } = ready.preset;
  if (status === 'active') return ready;
  throw new Failure('not-found', { message: `The preset ${name} is ${status}`, metadata: { param: 'preset' } });
}

function modelsOf(config: JsonObject, slug: string): readonly string[] {
  const models = [config.model, ...listOf(config.models)].filter((one) => typeof one === 'string');
  if (models.length > 0) return models;
  throw new Failure('invalid-request', {
    message: `The preset ${PRESET_MARK}${slug} has no model: say <model>${PRESET_MARK}${slug}`,
    metadata: { param: 'model' },
  });
}

/** The request's own fallbacks stand for the preset's. */
function fallbacksOf(models: readonly string[], model: string, config: JsonObject): readonly string[] {
  const own = models.slice(1);
  if (own.length > 0 || model === '') return own;
  return listOf(config.models).filter((one) => typeof one === 'string');
}

/** Fields that say one thing in several ways: a request that says it in one keeps to that. */
const ALIKE: readonly (readonly string[])[] = [
  ['max_tokens', 'max_completion_tokens'],
  ['reasoning', 'reasoning_effort', 'include_reasoning'],
];
/** Said elsewhere than among a body's plain fields. */
const APART: ReadonlySet<string> = new Set(['model', 'models', 'provider', 'tools']);

function presetBody(request: GenerationRequest, { preset }: ReadyPreset, format: WireFormat): PresetBody {
  const { config, systemPrompt } = preset.designated;
  if (!format.server.encodePreset) return { fill: {} };
  const isSaid = (name: string): boolean =>
    (ALIKE.find((names) => names.includes(name)) ?? [name]).some((one) => request.field(one) !== undefined);
  const fields = Object.entries(config).filter(([name]) => !APART.has(name) && !isSaid(name));
  const tools = listOf(config.tools).filter(isJsonObject);
  const own = tools.length > 0 ? new Set(request.content().tools.map(({ name }) => name)) : undefined;
  const hasInstructions =
    systemPrompt !== undefined &&
    request.content().messages.some(({ role }) => role === 'system' || role === 'developer');
  return format.server.encodePreset({
    ...(systemPrompt !== undefined && !hasInstructions && { systemPrompt }),
    tools: tools.filter((tool) => !own!.has(String(functionOf(tool).name))),
    fields: Object.fromEntries(fields),
  });
}

type Overrides = Readonly<Record<string, Json | undefined>>;

/** The caller's bytes with fields added; `set` replaces or, undefined, removes. */
function fillBody({ origin }: GenerationRequest, { fill, before, after }: PresetBody, set: Overrides): Uint8Array {
  const { document } = origin;
  const members = new Map<string, Uint8Array>();
  for (const [name, node] of origin.fields) members.set(name, bytesOf(document, node));
  for (const [name, value] of Object.entries(fill)) {
    const node = origin.fields.get(name);
    if (node === undefined) members.set(name, encode(value));
    else if (isJsonObject(value) && document.kind(node) === 'object') {
      members.set(name, encode(underlaid(document.value(node) as JsonObject, value)));
    }
  }
  for (const [name, items] of Object.entries(before ?? {}))
    members.set(name, listed(items, members.get(name), 'before'));
  for (const [name, items] of Object.entries(after ?? {})) members.set(name, listed(items, members.get(name), 'after'));
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined) members.delete(name);
    else members.set(name, encode(value));
  }
  const pieces = [...members].flatMap(([name, value], index) => [encode(name, index === 0 ? '{' : ',', ':'), value]);
  return joinBytes([...pieces, CLOSE]);
}

const CLOSE = new TextEncoder().encode('}');

function bytesOf(document: JsonDocument, node: number): Uint8Array {
  return document.bytes.subarray(document.start(node), document.end(node));
}

function encode(value: Json, front = '', back = ''): Uint8Array {
  return new TextEncoder().encode(front + JSON.stringify(value) + back);
}

/** What is there stays; what it lacks comes from below. */
function underlaid(own: JsonObject, below: JsonObject): JsonObject {
  return { ...below, ...own };
}

/** A list with more items. Something that is no list is left for the format to refuse. */
function listed(items: readonly Json[], known: Uint8Array | undefined, place: 'before' | 'after'): Uint8Array {
  const more = JSON.stringify(items).slice(1, -1);
  if (known === undefined) return new TextEncoder().encode(`[${more}]`);
  if (known[0] !== OPEN_BRACKET) return known;
  const inner = known.subarray(1, -1);
  const isEmpty = inner.every((byte) => byte <= SPACE);
  const text = new TextEncoder();
  if (isEmpty) return text.encode(`[${more}]`);
  return place === 'before'
    ? joinBytes([text.encode(`[${more},`), inner, text.encode(']')])
    : joinBytes([text.encode('['), inner, text.encode(`,${more}]`)]);
}

const OPEN_BRACKET = 0x5b;
const SPACE = 0x20;

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
