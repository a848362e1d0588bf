import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import { fitSchema } from '../anthropic-messages/fit-schema.ts';
import type { RequestTarget } from '../format.ts';
import { buildMessages } from './build-messages.ts';
import { isThinking, reasoningFields } from './model-fields.ts';

const encoder = new TextEncoder();
/** Asks for the rest of an answer that broke off. */
const GO_ON =
  'Your answer above was cut off. Write only what comes next, from the exact character where it stopped. Do not repeat ' +
  'anything and do not comment on the interruption.';
/** Chat's fields → `inferenceConfig`. */
const CONFIG: Readonly<Record<string, string>> = { temperature: 'temperature', top_p: 'topP', stop: 'stopSequences' };
const SPOKEN_ELSEWHERE: ReadonlySet<string> = new Set([
  ...['max_tokens', 'max_completion_tokens', 'response_format', 'reasoning', 'reasoning_effort', 'include_reasoning'],
  ...['user', 'stream_options', 'modalities', 'service_tier'],
]);

export function conversePath({ upstreamModel, stream }: RequestTarget): string {
  return `/model/${encodeURIComponent(upstreamModel)}/${stream ? 'converse-stream' : 'converse'}`;
}

export function encodeConverseRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const content = request.content();
  const { fields } = content;
  const built = buildMessages(content, target, losses);
  const { outputConfig, instruction } = formatWish(fields.response_format, target, losses);
  const system = [...built.system, ...instruction];
  const messages = [...trimLast(built.messages, losses), ...continuing(target)];
  const maxTokens = outputLimit(fields, target);
  const isForced = content.toolChoice === 'required' || typeof content.toolChoice === 'object';
  const modelFields = reasoningFields(
    fields,
    { target, isForced, ...(maxTokens !== undefined && { maxTokens }) },
    losses,
  );
  const inferenceConfig = configOf(fields, target, isThinking(modelFields), losses);
  if (maxTokens !== undefined) inferenceConfig.maxTokens = maxTokens;
  const isSystemOnly = messages.length === 0 && system.length > 0;
  if (isSystemOnly) {
    losses.push({
      field: 'messages',
      outcome: 'approximated',
      reason: 'instructions alone are sent as the user’s turn',
    });
  }
  const body: Record<string, Json> = {
    messages: isSystemOnly ? [{ role: 'user', content: system }] : messages,
    ...(system.length > 0 && !isSystemOnly && { system }),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
    ...(built.toolConfig && { toolConfig: built.toolConfig }),
    ...(Object.keys(modelFields).length > 0 && { additionalModelRequestFields: modelFields }),
    ...outputConfig,
    ...tierOf(fields.service_tier, losses),
  };
  Object.assign(body, target.quirks.set);
  return encoder.encode(JSON.stringify(body));
}

function configOf(
  fields: Readonly<Record<string, Json>>,
  target: RequestTarget,
  isThinking: boolean,
  losses: Loss[],
): Record<string, Json> {
  const config: Record<string, Json> = {};
  const lose = (field: string, reason: string): void => void losses.push({ field, outcome: 'dropped', reason });
  for (const [name, value] of Object.entries(fields)) {
    if (SPOKEN_ELSEWHERE.has(name)) continue;
    const own = Object.hasOwn(CONFIG, name) ? CONFIG[name] : undefined;
    const isTaken = target.supportedParameters.includes(name) && !target.quirks.drop?.includes(name);
    if (own === undefined) lose(name, 'Converse has no such field');
    else if (!isTaken) lose(name, 'the endpoint does not take it');
    else if (isThinking && name !== 'stop' && value !== 1) lose(name, 'it cannot be had together with thinking');
    else config[own] = name === 'stop' && typeof value === 'string' ? [value] : value;
  }
  return config;
}

function outputLimit(fields: Readonly<Record<string, Json>>, target: RequestTarget): number | undefined {
  const limit = fields.max_completion_tokens ?? fields.max_tokens;
  // Where nobody says it, some models stop after a few hundred tokens.
  const maxTokens = typeof limit === 'number' ? limit : target.outputTokensMax;
  return maxTokens === undefined ? undefined : Math.max(1, maxTokens - (target.continuation?.outputTokens ?? 0));
}

/** Models that hold an answer to a schema are given it; others are asked for it in words. */
function formatWish(
  format: Json | undefined,
  target: RequestTarget,
  losses: Loss[],
): { readonly outputConfig?: JsonObject; readonly instruction: readonly JsonObject[] } {
  if (!isJsonObject(format) || format.type === 'text') return { instruction: [] };
  const given = isJsonObject(format.json_schema) ? format.json_schema : {};
  const schema = isJsonObject(given.schema) ? given.schema : undefined;
  if (schema && target.supportedParameters.includes('structured_outputs')) {
    const fitted = fitSchema(schema, 'response_format.json_schema.schema', losses);
    const { name, description } = given;
    const jsonSchema = {
      schema: JSON.stringify(fitted),
      ...(typeof name === 'string' && { name }),
      ...(typeof description === 'string' && { description }),
    };
    const textFormat = { type: 'json_schema', structure: { jsonSchema } };
    return { outputConfig: { outputConfig: { textFormat } }, instruction: [] };
  }
  losses.push({ field: 'response_format', outcome: 'emulated', reason: 'asked for in words' });
  const shape = schema === undefined ? '' : ` that fits this JSON Schema: ${JSON.stringify(schema)}`;
  return { instruction: [{ text: `Answer with one JSON object${shape}. Write nothing before or after it.` }] };
}

const TIERS: ReadonlySet<unknown> = new Set(['default', 'flex', 'priority']);

function tierOf(tier: Json | undefined, losses: Loss[]): JsonObject {
  if (tier === undefined || tier === 'auto') return {};
  if (TIERS.has(tier)) return { serviceTier: { type: tier } };
  losses.push({ field: 'service_tier', outcome: 'dropped', reason: 'Bedrock has no such tier' });
  return {};
}

/** A last turn of the assistant that ends in white space is an error; what is cut off is put right at the seam. */
function continuing({ continuation }: RequestTarget): readonly JsonObject[] {
  const text = continuation?.text.trimEnd() ?? '';
  if (!continuation || text === '') return [];
  const soFar = { role: 'assistant', content: [{ text }] };
  return continuation.mode === 'prefill' ? [soFar] : [soFar, { role: 'user', content: [{ text: GO_ON }] }];
}

/** A caller's own beginning of an answer obeys the same rule. */
function trimLast(messages: readonly JsonObject[], losses: Loss[]): readonly JsonObject[] {
  const last = messages.at(-1);
  const content = (last?.content ?? []) as readonly JsonObject[];
  const text = content.at(-1)?.text;
  if (last?.role !== 'assistant' || typeof text !== 'string' || text.trimEnd() === text) return messages;
  const reason = 'white space at the end of a last turn is an error';
  losses.push({ field: `messages.${messages.length - 1}`, outcome: 'approximated', reason });
  return [...messages.slice(0, -1), { ...last, content: [...content.slice(0, -1), { text: text.trimEnd() }] }];
}
