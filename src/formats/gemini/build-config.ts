import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import { budgetOfEffort, type Effort, readReasoningWish } from '../../generation/reasoning.ts';
import type { RequestTarget } from '../format.ts';
import { generationOf } from './build-content.ts';
import { openApiOf, readableSchema } from './convert-schema.ts';
import { CANONICAL_NAMES, LEVELS } from './request-fields.ts';

type Fields = Readonly<Record<string, Json>>;
type Mutable = Record<string, Json>;

const NATIVE_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(CANONICAL_NAMES).map(([own, canonical]) => [canonical, own]),
);
/** Limits of cost are sent even to an endpoint that does not list them. */
const ALWAYS_SENT: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens']);
/** Said here in another way, or served by the exchange itself. */
const SPOKEN_ELSEWHERE: ReadonlySet<string> = new Set([
  ...['response_format', 'reasoning', 'reasoning_effort', 'include_reasoning', 'modalities', 'user', 'service_tier'],
  ...['max_tokens', 'max_completion_tokens', 'stream_options', 'verbosity', 'n'],
]);
/** Where nothing limits the answer, a budget for thinking is a share of this. */
const OUTPUT_TOKENS_ASSUMED = 16_384;

/** True when the endpoint says that it honours a parameter. */
export function isTaken(name: string, supported: readonly string[]): boolean {
  if (ALWAYS_SENT.has(name) || supported.includes(name)) return true;
  if (name === 'response_format') return supported.includes('structured_outputs');
  if (name === 'reasoning' || name === 'reasoning_effort') {
    return supported.includes('reasoning') || supported.includes('reasoning_effort');
  }
  return name === 'top_logprobs' && supported.includes('logprobs');
}

/** `generationConfig` from the canonical fields. */
export function buildConfig(fields: Fields, target: RequestTarget, losses: Loss[]): JsonObject {
  const config: Mutable = {};
  for (const [name, value] of Object.entries(fields)) {
    if (SPOKEN_ELSEWHERE.has(name)) continue;
    const own = Object.hasOwn(NATIVE_NAMES, name) ? NATIVE_NAMES[name] : undefined;
    if (own === undefined) drop(losses, name, 'Gemini has no such field');
    else if (!isTaken(name, target.supportedParameters)) drop(losses, name, 'the endpoint does not take it');
    else config[own] = name === 'stop' && typeof value === 'string' ? [value] : value;
  }
  if (typeof fields.n === 'number' && fields.n > 1)
    drop(losses, 'n', 'several answers are asked for in Gemini’s own words only');
  if (fields.verbosity !== undefined) drop(losses, 'verbosity', 'Gemini has no such field');
  const limit = fields.max_completion_tokens ?? fields.max_tokens;
  if (typeof limit === 'number') config.maxOutputTokens = limit;
  const modalities = Array.isArray(fields.modalities) ? fields.modalities : [];
  // Text alone is what every model gives unasked, and some refuse to be asked for it.
  if (modalities.some((name) => name !== 'text')) {
    config.responseModalities = modalities.map((name) => String(name).toUpperCase());
  }
  Object.assign(config, formatOf(fields.response_format, target, losses));
  const thinkingConfig = thinkingOf(fields, target, losses);
  if (thinkingConfig) config.thinkingConfig = thinkingConfig;
  return config;
}

function formatOf(format: Json | undefined, target: RequestTarget, losses: Loss[]): JsonObject {
  if (!isJsonObject(format) || format.type === 'text') return {};
  if (!isTaken('response_format', target.supportedParameters)) {
    drop(losses, 'response_format', 'the endpoint does not take it');
    return {};
  }
  const json = { responseMimeType: 'application/json' };
  if (format.type === 'json_object') return json;
  const schema = isJsonObject(format.json_schema) ? format.json_schema.schema : undefined;
  if (format.type !== 'json_schema' || !isJsonObject(schema)) {
    drop(losses, 'response_format', 'only JSON and JSON schemas can be asked for');
    return {};
  }
  const responseSchema = openApiOf(schema);
  if (responseSchema) return { ...json, responseSchema };
  return { ...json, responseJsonSchema: readableSchema(schema, 'response_format.json_schema.schema', losses) };
}

/** Least and most tokens that a model may be given to think with, and whether it can be told not to. */
function budgetsOf(model: string): { readonly least: number; readonly most: number; readonly off: number } {
  if (/pro/.test(model)) return { least: 128, most: 32_768, off: 128 };
  return /lite/.test(model) ? { least: 512, most: 24_576, off: 0 } : { least: 1, most: 24_576, off: 0 };
}

/** The second generation is given a number of tokens, later ones a level. */
function thinkingOf(fields: Fields, target: RequestTarget, losses: Loss[]): JsonObject | undefined {
  const given = isJsonObject(fields.reasoning) ? fields.reasoning : {};
  const wish = readReasoningWish(fields);
  if (!wish) return undefined;
  if (!isTaken('reasoning', target.supportedParameters)) {
    if (Object.keys(given).some((name) => name !== 'exclude') || fields.reasoning_effort !== undefined) {
      drop(losses, 'reasoning', 'the endpoint does not take it');
    }
    return undefined;
  }
  const shown = { includeThoughts: !wish.isExcluded };
  const model = target.upstreamModel;
  if (wish.tokensMax !== undefined) {
    const { least, most } = budgetsOf(model);
    const thinkingBudget = Math.max(least, Math.min(most, wish.tokensMax));
    if (thinkingBudget !== wish.tokensMax) approximate(losses, 'reasoning.max_tokens', `sent as ${thinkingBudget}`);
    return { ...shown, thinkingBudget };
  }
  const { effort } = wish;
  if (given.enabled === true && given.effort === undefined) return { ...shown, thinkingBudget: -1 };
  if (effort === undefined) return shown;
  return generationOf(model) >= 3
    ? levelOf(effort, model, shown, losses)
    : budgetOf(effort, fields, model, shown, losses);
}

function levelOf(effort: Effort, model: string, shown: JsonObject, losses: Loss[]): JsonObject {
  const isPro = /pro/.test(model);
  const level =
    effort === 'none' || effort === 'minimal' ? (isPro ? 'low' : 'minimal') : LEVELS.has(effort) ? effort : 'high';
  if (level !== effort) approximate(losses, 'reasoning.effort', `sent as the level ${level}`);
  return { ...(effort === 'none' ? { includeThoughts: false } : shown), thinkingLevel: level.toUpperCase() };
}

function budgetOf(effort: Effort, fields: Fields, model: string, shown: JsonObject, losses: Loss[]): JsonObject {
  const { least, most, off } = budgetsOf(model);
  if (effort === 'none') {
    if (off > 0)
      approximate(losses, 'reasoning.effort', `this model can’t be told not to think: sent as ${off} tokens`);
    return { thinkingBudget: off };
  }
  const limit = fields.max_completion_tokens ?? fields.max_tokens;
  const outputTokensMax = typeof limit === 'number' ? limit : OUTPUT_TOKENS_ASSUMED;
  const thinkingBudget = budgetOfEffort(effort, outputTokensMax, least, most);
  approximate(losses, 'reasoning.effort', `sent as a budget of ${thinkingBudget} tokens`);
  return { ...shown, thinkingBudget };
}

function drop(losses: Loss[], field: string, reason: string): void {
  losses.push({ field, outcome: 'dropped', reason });
}

function approximate(losses: Loss[], field: string, reason: string): void {
  losses.push({ field, outcome: 'approximated', reason });
}
