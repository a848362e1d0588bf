import type { Json } from '../../base/json.ts';
import { isJsonObject } from '../../base/json.ts';
import { Failure } from '../../generation/failure.ts';

const SERVER_TOOL = /^openrouter:/;

/** Says plainly what this installation cannot do, instead of doing something else. Plugins are asked for further in. */
export function refuseUnavailable(tools: Json | undefined): void {
  for (const tool of listOf(tools)) {
    const type = isJsonObject(tool) ? tool.type : undefined;
    if (typeof type !== 'string' || !SERVER_TOOL.test(type)) continue;
    throw unavailable(`tools: the server tool "${type.slice(0, 60)}" is not available here`, 'tools');
  }
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function unavailable(message: string, param: string): Failure {
  return new Failure('unprocessable', { message, metadata: { param } });
}
