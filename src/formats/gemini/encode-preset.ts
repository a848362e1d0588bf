import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { PresetBody, PresetSettings } from '../format.ts';
import { forcedFunction, functionOf } from '../openai-chat/encode-preset.ts';
import { CANONICAL_NAMES, LEVELS } from './request-fields.ts';

/** Parameters that this format has no word for are left out; what speaks to the exchange keeps its name. */
export function encodeGeminiPreset({ systemPrompt, tools, fields }: PresetSettings): PresetBody {
  const { max_completion_tokens: limit, response_format: format, tool_choice: choice, plugins } = fields;
  const own = Object.entries(CANONICAL_NAMES).flatMap(([name, canonical]) =>
    fields[canonical] === undefined ? [] : [[name, listed(name, fields[canonical])] as const],
  );
  const thinkingConfig = thinkingOf(fields.reasoning ?? effortOf(fields.reasoning_effort));
  const generationConfig = {
    ...Object.fromEntries(own),
    ...(limit !== undefined && { maxOutputTokens: limit }),
    ...shapeOf(format),
    ...(thinkingConfig && { thinkingConfig }),
  };
  const functionDeclarations = tools.map((tool) => declarationOf(functionOf(tool)));
  return {
    fill: {
      ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
      ...(choice !== undefined && { toolConfig: { functionCallingConfig: callingOf(choice) } }),
      ...(systemPrompt !== undefined && { systemInstruction: { parts: [{ text: systemPrompt }] } }),
      ...(plugins !== undefined && { plugins }),
    },
    ...(tools.length > 0 && { after: { tools: [{ functionDeclarations }] } }),
  };
}

function listed(name: string, value: Json): Json {
  return name === 'stopSequences' && !Array.isArray(value) ? [value] : value;
}

function effortOf(effort: Json | undefined): Json | undefined {
  return effort === undefined ? undefined : { effort };
}

function thinkingOf(reasoning: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(reasoning)) return undefined;
  const { max_tokens: budget, effort, exclude } = reasoning;
  const thinking = {
    ...(exclude !== undefined && { includeThoughts: exclude !== true }),
    ...(typeof budget === 'number' && { thinkingBudget: budget }),
    ...(typeof budget !== 'number' &&
      typeof effort === 'string' &&
      LEVELS.has(effort) && { thinkingLevel: effort.toUpperCase() }),
  };
  return Object.keys(thinking).length > 0 ? thinking : undefined;
}

function shapeOf(format: Json | undefined): JsonObject {
  if (!isJsonObject(format) || format.type === 'text') return {};
  const schema = isJsonObject(format.json_schema) ? format.json_schema.schema : undefined;
  return { responseMimeType: 'application/json', ...(schema !== undefined && { responseJsonSchema: schema }) };
}

function declarationOf({ name = '', description, parameters }: JsonObject): JsonObject {
  return {
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parametersJsonSchema: parameters }),
  };
}

const MODES: Readonly<Record<string, string>> = { auto: 'AUTO', none: 'NONE', required: 'ANY' };

function callingOf(choice: Json): JsonObject {
  const name = forcedFunction(choice);
  if (name !== undefined) return { mode: 'ANY', allowedFunctionNames: [name] };
  return { mode: (typeof choice === 'string' && MODES[choice]) || 'AUTO' };
}
