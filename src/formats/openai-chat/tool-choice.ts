import { isJsonObject, type Json } from '../../base/json.ts';
import type { RequestContent } from '../../generation/request.ts';

/** The nearest to a choice among some of the tools. */
export function choiceAmong(mode: Json | undefined, tools: Json | undefined): RequestContent['toolChoice'] | undefined {
  if (mode !== 'required') return mode === 'auto' ? mode : undefined;
  const [only, ...others] = Array.isArray(tools) ? (tools as readonly Json[]) : [];
  const named = isJsonObject(only) && isJsonObject(only.function) ? only.function : only;
  const name = isJsonObject(named) && others.length === 0 ? named.name : undefined;
  return typeof name === 'string' ? { name } : mode;
}
