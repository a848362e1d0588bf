import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import { budgetOfEffort, readReasoningWish } from '../../generation/reasoning.ts';
import type { GenerationRequest, RequestContent, Tool } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { amendBody } from '../openai-chat/amend-body.ts';
import { GO_ON } from '../openai-chat/encode-request.ts';
import { buildMessages } from './build-messages.ts';

const encoder = new TextEncoder();
const STOPS_MAX = 5;
/** Where nobody sets a limit, a budget for thinking is measured against this many tokens. */
const OUTPUT_TOKENS_ASSUMED = 16_384;

/** Chat's number → Cohere's name for it, and the bounds beyond which it is answered with an error. */
const NUMBERS: Readonly<Record<string, readonly [name: string, least: number, most: number]>> = {
  temperature: ['temperature', 0, 1],
  top_p: ['p', 0.01, 0.99],
  top_k: ['k', 0, 500],
  seed: ['seed', 0, Number.MAX_SAFE_INTEGER],
  frequency_penalty: ['frequency_penalty', 0, 1],
  presence_penalty: ['presence_penalty', 0, 1],
};
/** Fields of Cohere's own that callers of other formats may add to a request; they are sent as they came. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['documents', 'citation_options', 'safety_mode', 'priority']);
const SPOKEN_ELSEWHERE: ReadonlySet<string> = new Set([
  ...['max_tokens', 'max_completion_tokens', 'response_format', 'reasoning', 'reasoning_effort', 'include_reasoning'],
  ...['user', 'stream_options', 'modalities', 'stop', 'logprobs', 'parallel_tool_calls', 'service_tier'],
]);

export function encodeCohereRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const content = request.content();
  const { fields } = content;
  const messages = [...buildMessages(content, target, losses), ...continuing(target)];
  const isSystemOnly = messages.every(({ role }) => role === 'system');
  if (isSystemOnly) {
    const reason = 'instructions alone are sent as the user’s turn';
    losses.push({ field: 'messages', outcome: 'approximated', reason });
  }
  const maxTokens = outputLimit(fields, target);
  const body: Record<string, Json> = {
    model: target.upstreamModel,
    messages: isSystemOnly ? messages.map((message) => ({ ...message, role: 'user' })) : messages,
    stream: target.stream,
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...toolFields(content, losses),
    ...samplingFields(fields, target, losses),
    ...thinkingOf(fields, target, maxTokens, losses),
    ...formatOf(fields.response_format, losses),
    ...target.quirks.set,
  };
  return amendBody(encoder.encode(JSON.stringify(body)), target);
}

function outputLimit(fields: Readonly<Record<string, Json>>, target: RequestTarget): number | undefined {
  const limit = fields.max_completion_tokens ?? fields.max_tokens;
  return typeof limit === 'number' ? Math.max(1, limit - (target.continuation?.outputTokens ?? 0)) : undefined;
}

function samplingFields(
  fields: Readonly<Record<string, Json>>,
  target: RequestTarget,
  losses: Loss[],
): Record<string, Json> {
  const sent: Record<string, Json> = {};
  const lose = (field: string, outcome: Loss['outcome'], reason: string): void =>
    void losses.push({ field, outcome, reason });
  for (const [name, value] of Object.entries(fields)) {
    if (SPOKEN_ELSEWHERE.has(name)) continue;
    const [own, least, most] = (Object.hasOwn(NUMBERS, name) && NUMBERS[name]) || [];
    if (OWN_FIELDS.has(name)) sent[name] = value;
    else if (own === undefined || typeof value !== 'number') lose(name, 'dropped', 'Cohere has no such field');
    else if (!takes(target, name)) lose(name, 'dropped', 'the endpoint does not take it');
    else {
      sent[own] = Math.min(Math.max(value, least!), most!);
      if (sent[own] !== value) lose(name, 'approximated', `it lies between ${least} and ${most} here`);
    }
  }
  if (sent.frequency_penalty && sent.presence_penalty) {
    delete sent.presence_penalty;
    lose('presence_penalty', 'dropped', 'one of the two penalties is taken');
  }
  if (fields.logprobs === true && takes(target, 'logprobs')) sent.logprobs = true;
  else if (fields.logprobs === true) lose('logprobs', 'dropped', 'the endpoint does not take it');
  if (fields.parallel_tool_calls === false) lose('parallel_tool_calls', 'dropped', 'calls may always be parallel');
  const { stop, service_tier: tier } = fields;
  if (tier !== undefined && tier !== 'auto' && tier !== 'default')
    lose('service_tier', 'dropped', 'there are no tiers');
  const stops = typeof stop === 'string' ? [stop] : Array.isArray(stop) ? (stop as readonly Json[]) : [];
  if (stops.length > 0 && !takes(target, 'stop')) lose('stop', 'dropped', 'the endpoint does not take it');
  else if (stops.length > 0) sent.stop_sequences = stops.slice(0, STOPS_MAX);
  if (stops.length > STOPS_MAX) lose('stop', 'approximated', `at most ${STOPS_MAX} are taken`);
  return sent;
}

function takes({ supportedParameters, quirks }: RequestTarget, name: string): boolean {
  return supportedParameters.includes(name) && !quirks.drop?.includes(name);
}

/** No one tool can be forced here: it is offered alone, and one has to be called. */
function toolFields({ tools, toolChoice: choice }: RequestContent, losses: Loss[]): JsonObject {
  if (tools.length === 0) return {};
  const named = typeof choice === 'object' ? tools.filter(({ name }) => name === choice.name) : [];
  if (named.length > 0 && tools.length > 1) {
    losses.push({ field: 'tool_choice', outcome: 'emulated', reason: 'by leaving out the other tools' });
  }
  const offered = named.length > 0 ? named : tools;
  const isForced = choice === 'required' || named.length > 0;
  const strict = offered.filter((tool) => tool.strict === true).length;
  if (strict > 0 && strict < offered.length) {
    losses.push({ field: 'tools', outcome: 'approximated', reason: 'all tools are strict, or none is' });
  }
  return {
    tools: offered.map(encodeTool),
    ...(strict > 0 && { strict_tools: true }),
    ...(isForced ? { tool_choice: 'REQUIRED' } : choice === 'none' && { tool_choice: 'NONE' }),
  };
}

function encodeTool({ name, description, parameters }: Tool): JsonObject {
  const schema = parameters ?? { type: 'object', properties: {} };
  return { type: 'function', function: { name, ...(description && { description }), parameters: schema } };
}

function thinkingOf(
  fields: Readonly<Record<string, Json>>,
  target: RequestTarget,
  limit: number | undefined,
  losses: Loss[],
): JsonObject {
  const wish = readReasoningWish(fields);
  if (!wish || (wish.effort === undefined && wish.tokensMax === undefined)) return {};
  const isTaken = takes(target, 'reasoning') || takes(target, 'reasoning_effort');
  if (wish.effort === 'none') return isTaken ? { thinking: { type: 'disabled' } } : {};
  if (!isTaken) {
    losses.push({ field: 'reasoning', outcome: 'dropped', reason: 'the endpoint does not think' });
    return {};
  }
  if (wish.tokensMax === undefined) {
    losses.push({ field: 'reasoning.effort', outcome: 'approximated', reason: 'sent as a budget' });
  }
  return {
    thinking: {
      type: 'enabled',
      token_budget: wish.tokensMax ?? budgetOfEffort(wish.effort!, limit ?? OUTPUT_TOKENS_ASSUMED, 1),
    },
  };
}

function formatOf(format: Json | undefined, losses: Loss[]): JsonObject {
  if (!isJsonObject(format) || format.type === 'text') return {};
  const given = isJsonObject(format.json_schema) ? format.json_schema : {};
  if (format.type === 'json_object') return { response_format: { type: 'json_object' } };
  if (format.type === 'json_schema' && isJsonObject(given.schema)) {
    return { response_format: { type: 'json_object', json_schema: given.schema } };
  }
  losses.push({ field: 'response_format', outcome: 'dropped', reason: 'only JSON and JSON schemas can be asked for' });
  return {};
}

function continuing({ continuation }: RequestTarget): readonly JsonObject[] {
  if (!continuation) return [];
  return [
    { role: 'assistant', content: continuation.text },
    { role: 'user', content: GO_ON },
  ];
}
