import type { Json } from '../../base/json.ts';
import { isJsonObject } from '../../base/json.ts';
import { Failure } from '../../generation/failure.ts';

/** Plugins that would change the prompt or the answer. Passing over one in silence would answer another question than was asked. */
const UNAVAILABLE_PLUGINS: ReadonlySet<string> = new Set(['web', 'web-fetch', 'file-parser', 'moderation', 'fusion']);
const SERVER_TOOL = /^openrouter:/;

/** Says plainly what this installation cannot do, instead of doing something else. */
export function refuseUnavailable(fields: {
  readonly plugins: Json | undefined;
  readonly tools: Json | undefined;
  readonly preset: Json | undefined;
}): void {
  for (const plugin of listOf(fields.plugins)) {
    const id = isJsonObject(plugin) ? plugin.id : undefined;
    if (typeof id !== 'string' || !UNAVAILABLE_PLUGINS.has(id) || (isJsonObject(plugin) && plugin.enabled === false))
      continue;
    throw unavailable(`plugins: the plugin "${id}" is not available here`, 'plugins');
  }
  for (const tool of listOf(fields.tools)) {
    const type = isJsonObject(tool) ? tool.type : undefined;
    if (typeof type !== 'string' || !SERVER_TOOL.test(type)) continue;
    throw unavailable(`tools: the server tool "${type.slice(0, 60)}" is not available here`, 'tools');
  }
  if (typeof fields.preset === 'string') throw unavailable('preset: presets are not available here', 'preset');
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function unavailable(message: string, param: string): Failure {
  return new Failure('unprocessable', { message, metadata: { param } });
}
