import type { Json, JsonObject } from '../../base/json.ts';
import type { PresetBody, PresetSettings } from '../format.ts';
import { forcedFunction, functionOf } from '../openai-chat/encode-preset.ts';

/** Parameters that this format has no word for stay under OpenRouter's names, which its requests may use too. */
export function encodeMessagesPreset({ systemPrompt, tools, fields }: PresetSettings): PresetBody {
  const {
    max_tokens: maxTokens,
    max_completion_tokens: limit = maxTokens,
    stop,
    tool_choice: choice,
    reasoning_effort: effort,
    reasoning = effort === undefined ? undefined : { effort },
    ...rest
  } = fields;
  return {
    fill: {
      ...rest,
      ...(limit !== undefined && { max_tokens: limit }),
      ...(reasoning !== undefined && { reasoning }),
      ...(stop !== undefined && { stop_sequences: Array.isArray(stop) ? stop : [stop] }),
      ...(choice !== undefined && { tool_choice: choiceOf(choice) }),
      ...(systemPrompt !== undefined && { system: systemPrompt }),
    },
    ...(tools.length > 0 && { after: { tools: tools.map(toolOf) } }),
  };
}

function toolOf(tool: JsonObject): JsonObject {
  const { name = '', description, parameters = { type: 'object', properties: {} } } = functionOf(tool);
  return { name, ...(description !== undefined && { description }), input_schema: parameters };
}

const CHOICES: Readonly<Record<string, string>> = { auto: 'auto', none: 'none', required: 'any' };

function choiceOf(choice: Json): JsonObject {
  const name = forcedFunction(choice);
  if (name !== undefined) return { type: 'tool', name };
  return { type: (typeof choice === 'string' && CHOICES[choice]) || 'auto' };
}
