import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { PresetBody, PresetSettings } from '../format.ts';

/** Presets are kept in this format's own words. */
export function encodeChatPreset({ systemPrompt, tools, fields }: PresetSettings): PresetBody {
  return {
    fill: fields,
    ...(systemPrompt !== undefined && { before: { messages: [{ role: 'system', content: systemPrompt }] } }),
    ...(tools.length > 0 && { after: { tools } }),
  };
}

/** The function that a tool in this format's words holds. */
export function functionOf(tool: Json): JsonObject {
  return isJsonObject(tool) && isJsonObject(tool.function) ? tool.function : {};
}

/** The one function that `tool_choice` forces; undefined when it forces none by name. */
export function forcedFunction(choice: Json | undefined): Json | undefined {
  return isJsonObject(choice) ? functionOf(choice).name : undefined;
}
