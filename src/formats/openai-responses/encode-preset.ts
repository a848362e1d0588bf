import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { PresetBody, PresetSettings } from '../format.ts';
import { forcedFunction, functionOf } from '../openai-chat/encode-preset.ts';

export function encodeResponsesPreset({ systemPrompt, tools, fields }: PresetSettings): PresetBody {
  const {
    max_tokens: maxTokens,
    max_completion_tokens: limit = maxTokens,
    response_format: format,
    verbosity,
    reasoning_effort: effort,
    reasoning = effort === undefined ? undefined : { effort },
    tool_choice: choice,
    ...rest
  } = fields;
  const forced = forcedFunction(choice);
  const text = { ...formatOf(format), ...(verbosity !== undefined && { verbosity }) };
  return {
    fill: {
      ...rest,
      ...(limit !== undefined && { max_output_tokens: limit }),
      ...(reasoning !== undefined && { reasoning }),
      ...(choice !== undefined && { tool_choice: forced === undefined ? choice : { type: 'function', name: forced } }),
      ...(Object.keys(text).length > 0 && { text }),
      ...(systemPrompt !== undefined && { instructions: systemPrompt }),
    },
    ...(tools.length > 0 && { after: { tools: tools.map((tool) => ({ type: 'function', ...functionOf(tool) })) } }),
  };
}

function formatOf(format: Json | undefined): JsonObject {
  if (!isJsonObject(format)) return {};
  const { json_schema: schema, ...rest } = format;
  return { format: { ...rest, ...(isJsonObject(schema) && schema) } };
}
