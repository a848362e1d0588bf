import type { Json, JsonObject } from '../../base/json.ts';
import { ByteEdits, joinBytes } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { Loss } from '../../generation/loss.ts';
import { effortOfBudget, readReasoningWish } from '../../generation/reasoning.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { amendBody } from '../openai-chat/amend-body.ts';
import { EXCHANGE_FIELDS, PARAMETER_NAMES } from '../openai-chat/request-fields.ts';
import { buildContent } from './build-content.ts';
import { FORMAT } from './read-content.ts';
import { textFormatOf } from './request-fields.ts';

const encoder = new TextEncoder();
/** Asks for the rest of an answer that broke off. */
const GO_ON =
  'Your answer above was cut off. Write only what comes next, from the exact character where it stopped. Do not repeat ' +
  'anything and do not comment on the interruption.';
/** Fields of this format → the parameter name under which an endpoint says that it honours them. */
const PARAMETER_OF: Readonly<Record<string, string>> = { max_output_tokens: 'max_tokens' };
const ALWAYS_SENT: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens', 'reasoning', 'tools']);
/** Chat's sampling fields that this format has, too. */
const SAME = new Set([
  ...['temperature', 'top_p', 'parallel_tool_calls', 'top_logprobs', 'service_tier', 'metadata', 'prompt_cache_key'],
  ...['safety_identifier'],
]);
/** Fields whose canonical value is said in a way of its own. */
const TRANSLATED = new Set([
  ...['max_tokens', 'max_completion_tokens', 'response_format', 'verbosity', 'reasoning', 'reasoning_effort'],
  ...['include_reasoning', 'logprobs', 'user', 'stream_options'],
]);

/** The provider's body: the caller's own bytes with our fields spliced, or built from the canonical content. */
export function encodeResponsesRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const isOwn = request.origin.format === FORMAT && !request.origin.isRevised;
  const body = isOwn ? spliceRequest(request, target, losses) : buildRequest(request, target, losses);
  return amendBody(body, target);
}

function spliceRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const { body, document, fields } = request.origin;
  const own = ownFields(request, target);
  const pieces: Uint8Array[] = [];
  for (const [name, node] of fields) {
    if (Object.hasOwn(own, name) || EXCHANGE_FIELDS.has(name)) continue;
    if (target.quirks.drop?.includes(name) || !isTaken(name, target)) {
      losses.push({ field: name, outcome: 'dropped', reason: 'the endpoint does not take it' });
      continue;
    }
    const sentName = target.quirks.rename?.[name] ?? name;
    const value =
      name === 'input' && target.continuation
        ? continueInput(document, node, target)
        : body.subarray(document.start(node), document.end(node));
    pieces.push(joinBytes([encoder.encode(`${JSON.stringify(sentName)}:`), value]));
  }
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) pieces.push(encoder.encode(`${JSON.stringify(name)}:${JSON.stringify(value)}`));
  }
  const joined = pieces.flatMap((piece, index) => (index === 0 ? [piece] : [encoder.encode(','), piece]));
  return joinBytes([encoder.encode('{'), ...joined, encoder.encode('}')]);
}

function isTaken(name: string, target: RequestTarget): boolean {
  const parameter = PARAMETER_OF[name] ?? name;
  if (!PARAMETER_NAMES.has(parameter) || ALWAYS_SENT.has(parameter)) return true;
  if (target.supportedParameters.includes(parameter)) return true;
  return /^(?:tool_choice|parallel_tool_calls)$/.test(parameter) && target.supportedParameters.includes('tools');
}

/** A plain text becomes an item, so that the answer so far can follow it. */
function continueInput(document: JsonDocument, node: number, target: RequestTarget): Uint8Array {
  const bytes = document.bytes.subarray(document.start(node), document.end(node));
  const added = continuingItems(target).map((item) => JSON.stringify(item));
  if (document.kind(node) === 'string') {
    const first = joinBytes([encoder.encode('[{"role":"user","content":'), bytes, encoder.encode('}')]);
    return joinBytes([first, ...added.map((item) => encoder.encode(`,${item}`)), encoder.encode(']')]);
  }
  const edits = new ByteEdits();
  const isEmpty = document.after(node) === node + 1;
  edits.replace(bytes.length - 1, bytes.length - 1, `${isEmpty ? '' : ','}${added.join(',')}`);
  return edits.apply(bytes);
}

function continuingItems({ continuation }: RequestTarget): readonly Json[] {
  if (!continuation) return [];
  const soFar = {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text: continuation.text, annotations: [] }],
  };
  return continuation.mode === 'prefill' ? [soFar] : [soFar, { role: 'user', content: GO_ON }];
}

/** Fields whose value we decide; `undefined` removes the caller's. Nothing is to be kept at the provider. */
function ownFields(request: GenerationRequest, target: RequestTarget): Record<string, Json | undefined> {
  const own: Record<string, Json | undefined> = {
    model: target.upstreamModel,
    stream: target.stream ? true : undefined,
    stream_options: undefined,
    store: false,
    background: undefined,
  };
  const limit = request.field('max_tokens');
  if (target.continuation && typeof limit === 'number') {
    own.max_output_tokens = Math.max(1, limit - target.continuation.outputTokens);
  }
  if (target.endUser !== undefined) own.user = target.endUser;
  return { ...own, ...target.quirks.set };
}

function buildRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const content = request.content();
  const { fields } = content;
  const built = buildContent(content, target, losses);
  const body: Record<string, Json | undefined> = {
    ...built.extra,
    ...(built.instructions !== undefined && { instructions: built.instructions }),
    input: [...built.input, ...continuingItems(target)],
    ...(built.tools.length > 0 && { tools: built.tools }),
    ...(built.toolChoice !== undefined && { tool_choice: built.toolChoice }),
  };
  for (const [name, value] of Object.entries(fields)) {
    if (TRANSLATED.has(name)) continue;
    if (SAME.has(name) && isTaken(name, target) && !target.quirks.drop?.includes(name)) body[name] = value;
    else losses.push({ field: name, outcome: 'dropped', reason: 'the Responses API does not take it' });
  }
  const limit = fields.max_completion_tokens ?? fields.max_tokens;
  if (typeof limit === 'number') body.max_output_tokens = limit;
  const text = textOf(fields, target, losses);
  if (text) body.text = text;
  const reasoning = reasoningOf(request, target, losses);
  const include = new Set<string>(Array.isArray(body.include) ? (body.include as string[]) : []);
  if (reasoning) {
    body.reasoning = reasoning;
    include.add('reasoning.encrypted_content');
  }
  if (fields.logprobs === true && isTaken('top_logprobs', target)) include.add('message.output_text.logprobs');
  if (include.size > 0) body.include = [...include];
  Object.assign(body, ownFields(request, target));
  return encoder.encode(JSON.stringify(body));
}

function textOf(fields: Readonly<Record<string, Json>>, target: RequestTarget, losses: Loss[]): JsonObject | undefined {
  const format = textFormatOf(fields.response_format);
  const known = target.supportedParameters;
  const isFormatTaken = known.includes('response_format') || known.includes('structured_outputs');
  if (format && format.type !== 'text' && !isFormatTaken) {
    losses.push({ field: 'response_format', outcome: 'dropped', reason: 'the endpoint does not take it' });
  }
  const verbosity = known.includes('verbosity') ? fields.verbosity : undefined;
  if (fields.verbosity !== undefined && verbosity === undefined) {
    losses.push({ field: 'verbosity', outcome: 'dropped', reason: 'the endpoint does not take it' });
  }
  const text = {
    ...(format && isFormatTaken && { format: named(format) }),
    ...(verbosity !== undefined && { verbosity }),
  };
  return Object.keys(text).length > 0 ? text : undefined;
}

/** The schema's name is optional on some formats and required here. */
function named(format: JsonObject): JsonObject {
  return format.type === 'json_schema' && format.name === undefined ? { ...format, name: 'answer' } : format;
}

/** A token budget has no word here: the nearest effort stands in for it. */
function reasoningOf(request: GenerationRequest, target: RequestTarget, losses: Loss[]): JsonObject | undefined {
  const { fields } = request.content();
  const wish = readReasoningWish(fields);
  if (!wish) return undefined;
  const known = target.supportedParameters;
  if (!known.includes('reasoning') && !known.includes('reasoning_effort')) {
    losses.push({ field: 'reasoning', outcome: 'dropped', reason: 'the endpoint does not take it' });
    return undefined;
  }
  let effort = wish.effort;
  if (effort === undefined && wish.tokensMax !== undefined) {
    effort = effortOfBudget(wish.tokensMax, request.features.outputTokensMax ?? 16_384);
    losses.push({ field: 'reasoning.max_tokens', outcome: 'approximated', reason: `sent as effort ${effort}` });
  }
  return {
    ...(effort !== undefined && { effort }),
    ...(!wish.isExcluded && { summary: wish.summary ?? 'auto' }),
  };
}
