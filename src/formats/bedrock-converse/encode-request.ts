import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import { readReasoningWish } from '../../generation/reasoning.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { buildMessages } from './build-messages.ts';

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
  const system = [...built.system, ...formatWish(fields.response_format, losses)];
  const messages = [...built.messages, ...continuing(target)];
  const inferenceConfig = configOf(fields, target, losses);
  noteReasoning(fields, losses);
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
  };
  for (const name of target.quirks.drop ?? []) delete body[name];
  Object.assign(body, target.quirks.set);
  return encoder.encode(JSON.stringify(body));
}

function configOf(fields: Readonly<Record<string, Json>>, target: RequestTarget, losses: Loss[]): JsonObject {
  const config: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (SPOKEN_ELSEWHERE.has(name)) continue;
    const own = Object.hasOwn(CONFIG, name) ? CONFIG[name] : undefined;
    if (own !== undefined && target.supportedParameters.includes(name)) {
      config[own] = name === 'stop' && typeof value === 'string' ? [value] : value;
    } else {
      const reason = own === undefined ? 'Converse has no such field' : 'the endpoint does not take it';
      losses.push({ field: name, outcome: 'dropped', reason });
    }
  }
  const limit = fields.max_completion_tokens ?? fields.max_tokens;
  // Where nobody says it, some models stop after a few hundred tokens.
  const maxTokens = typeof limit === 'number' ? limit : target.outputTokensMax;
  if (maxTokens !== undefined) config.maxTokens = Math.max(1, maxTokens - (target.continuation?.outputTokens ?? 0));
  return config;
}

/** A schema can't be asked for here: it is asked for in words. */
function formatWish(format: Json | undefined, losses: Loss[]): readonly JsonObject[] {
  if (!isJsonObject(format) || format.type === 'text') return [];
  losses.push({ field: 'response_format', outcome: 'emulated', reason: 'asked for in words' });
  const schema = isJsonObject(format.json_schema) ? format.json_schema.schema : undefined;
  const shape = schema === undefined ? '' : ` that fits this JSON Schema: ${JSON.stringify(schema)}`;
  return [{ text: `Answer with one JSON object${shape}. Write nothing before or after it.` }];
}

function noteReasoning(fields: Readonly<Record<string, Json>>, losses: Loss[]): void {
  const wish = readReasoningWish(fields);
  if (!wish || (wish.effort === undefined && wish.tokensMax === undefined)) return;
  losses.push({ field: 'reasoning', outcome: 'dropped', reason: 'Converse has no word for it that all models share' });
}

function continuing({ continuation }: RequestTarget): readonly JsonObject[] {
  if (!continuation) return [];
  // A last turn of the assistant that ends in white space is an error.
  const soFar = { role: 'assistant', content: [{ text: continuation.text.trimEnd() }] };
  return continuation.mode === 'prefill' ? [soFar] : [soFar, { role: 'user', content: [{ text: GO_ON }] }];
}
