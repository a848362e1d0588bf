import type { PresetView } from '../../src/contract/preset.ts';
import { type Provider, printJson } from '../routing/provider-draft.ts';
import { writeCurl } from '../text/write-curl.ts';

/** A preset as it is edited. */
export interface PresetDraft {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly systemPrompt: string;
  readonly config: Provider;
}

export const NEW_PRESET: PresetDraft = { slug: '', name: '', description: '', systemPrompt: '', config: {} };

export function draftOf({ slug, name, description, designated_version: version }: PresetView): PresetDraft {
  return {
    ...{ slug, name, description: description ?? '' },
    systemPrompt: version.system_prompt ?? '',
    config: version.config,
  };
}

/** What `PUT /api/x/presets/:slug` takes. */
export function bodyOf({ name, description, systemPrompt, config }: PresetDraft, version: number) {
  return {
    ...(name.trim() !== '' && { name: name.trim() }),
    description,
    system_prompt: systemPrompt === '' ? null : systemPrompt,
    config,
    version,
  };
}

interface Settings {
  readonly system_prompt: string | null;
  readonly config: Provider;
}

/** A version as one text, for comparing two of them. */
export function printVersion({ system_prompt: prompt, config }: Settings): string {
  return [...(prompt === null ? [] : ['System prompt:', prompt, '']), printJson(config)].join('\n');
}

/** A slug for a name: what the address and requests say. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

/** The first model of a preset, where it has one. */
export function modelOf(config: Provider): string | undefined {
  const { model, models } = config;
  if (typeof model === 'string') return model;
  const first: unknown = Array.isArray(models) ? models[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}

/** What requests say to use it. */
export function namedModel(slug: string, config: Provider): string {
  return modelOf(config) === undefined ? `<model>@preset/${slug}` : `@preset/${slug}`;
}

export function curlOf(address: string, slug: string, config: Provider): string {
  const body = { model: namedModel(slug, config), messages: [{ role: 'user', content: 'Hello!' }] };
  return writeCurl({ address, json: JSON.stringify(body) });
}

/** What a preset holds, in a few words. */
export function summaryOf({ system_prompt: prompt, config }: Settings): string {
  const names = Object.keys(config).filter((name) => name !== 'model' && name !== 'models');
  return [...(prompt === null ? [] : ['system prompt']), ...names].join(', ') || 'nothing else';
}
