import type { Json, JsonObject } from '../../base/json.ts';
import { ByteEdits, joinBytes } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { Loss } from '../../generation/loss.ts';
import { effortOfBudget, readReasoningWish } from '../../generation/reasoning.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { amendBody } from './amend-body.ts';
import { buildContent } from './build-content.ts';
import { FORMAT } from './chat-meaning.ts';
import { EXCHANGE_FIELDS, PARAMETER_NAMES } from './request-fields.ts';
import { mayHoldMarks, stripMarks } from './strip-marks.ts';

const encoder = new TextEncoder();
const COMMA = encoder.encode(',');

/** Limits of cost and the shape of the answer are sent even to an endpoint that does not list them. */
const ALWAYS_SENT: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens']);

/** The provider's body: the caller's own bytes with the fields spliced that are ours, or built from the canonical content. */
export function encodeChatRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const isOwn = request.origin.format === 'openai-chat' && !request.origin.isRevised;
  const body = isOwn ? spliceRequest(request, target, losses) : buildRequest(request, target, losses);
  return amendBody(body, target);
}

function spliceRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const { body, document, fields } = request.origin;
  losses.push(...unsentFields(fields.keys(), target));
  const overrides = ownFields(request, target, losses);
  const pieces: Uint8Array[] = [encoder.encode('{')];
  const add = (piece: Uint8Array): void => {
    if (pieces.length > 1) pieces.push(COMMA);
    pieces.push(piece);
  };
  for (const [name, node] of fields) {
    const sentName = providerFieldName(name, target);
    if (sentName === undefined || Object.hasOwn(overrides, sentName)) continue;
    // A field sent under both its names would be twice in the body: the provider's own name wins.
    if (sentName !== name && fields.has(sentName)) continue;
    if (name === 'messages') add(spliceMessages(document, node, target, losses));
    else if (name === 'tools') add(spliceTools(document, node, target, losses));
    else if (sentName === name) add(body.subarray(document.keyStart(node), document.end(node)));
    else add(joinBytes([encoder.encode(`"${sentName}":`), body.subarray(document.start(node), document.end(node))]));
  }
  for (const [name, value] of Object.entries(overrides)) {
    if (value !== undefined) add(encoder.encode(`${JSON.stringify(name)}:${JSON.stringify(value)}`));
  }
  pieces.push(encoder.encode('}'));
  return joinBytes(pieces);
}

/** Fields whose value we decide; `undefined` removes the caller's. */
function ownFields(
  request: GenerationRequest,
  target: RequestTarget,
  losses: Loss[],
): Record<string, Json | undefined> {
  const { quirks } = target;
  const own: Record<string, Json | undefined> = { model: target.upstreamModel };
  own.stream = target.stream ? true : undefined;
  own.stream_options =
    target.stream && quirks.streamUsage !== 'given' && quirks.streamUsage !== 'refused'
      ? { include_usage: true }
      : undefined;
  if (target.endUser !== undefined) own.user = target.endUser;
  if (quirks.reasoning !== 'object') Object.assign(own, reasoningFields(request, target.supportedParameters, losses));
  const going = target.continuation?.mode === 'prefill' ? quirks.prefill?.body : undefined;
  return { ...own, ...remainingOutput(request, target), ...quirks.set, ...going };
}

/** OpenRouter's `reasoning` object in OpenAI's words. A token budget has none there: the nearest effort stands in for it. */
function reasoningFields(
  request: GenerationRequest,
  supported: readonly string[],
  losses: Loss[],
): Record<string, Json | undefined> {
  const fields = {
    reasoning: request.field('reasoning') ?? null,
    reasoning_effort: request.field('reasoning_effort') ?? null,
  };
  const wish = readReasoningWish(fields);
  if (wish === undefined || fields.reasoning === null) return {};
  const outputTokensMax = request.features.outputTokensMax ?? OUTPUT_TOKENS_ASSUMED;
  const nearest = wish.tokensMax === undefined ? undefined : effortOfBudget(wish.tokensMax, outputTokensMax);
  const effort = fields.reasoning_effort ?? wish.effort ?? nearest;
  const isSent = isSupported('reasoning_effort', supported);
  if (isSent && nearest !== undefined && effort === nearest)
    losses.push({ field: 'reasoning.max_tokens', outcome: 'approximated', reason: `sent as an effort of ${nearest}` });
  return { reasoning: undefined, reasoning_effort: isSent ? effort : undefined };
}

/** The caller's limit holds for the whole answer, whoever writes its parts. */
function remainingOutput(request: GenerationRequest, target: RequestTarget): Record<string, Json> {
  const left: Record<string, Json> = {};
  for (const name of target.continuation ? ALWAYS_SENT : []) {
    const limit = request.field(name);
    const sentName = providerFieldName(name, target);
    if (typeof limit === 'number' && sentName) left[sentName] = Math.max(1, limit - target.continuation!.outputTokens);
  }
  return left;
}

/** Where the caller set no limit, a budget for thinking is measured against this many tokens. */
const OUTPUT_TOKENS_ASSUMED = 16_384;

/** What the provider calls a field; undefined when it is not for it. */
function providerFieldName(name: string, target: RequestTarget): string | undefined {
  const { quirks, supportedParameters } = target;
  if (EXCHANGE_FIELDS.has(name) || quirks.drop?.includes(name)) return undefined;
  // Those who take marks on the prompt take this one too; others cache by themselves and refuse the word.
  if (name === 'cache_control' && quirks.cacheMarks !== 'taken') return undefined;
  const renamed = quirks.rename?.[name];
  if (renamed !== undefined) return renamed;
  if (name === 'max_completion_tokens' && knows(supportedParameters, 'max_tokens', name)) return 'max_tokens';
  if (name === 'max_tokens' && knows(supportedParameters, 'max_completion_tokens', name))
    return 'max_completion_tokens';
  if (PARAMETER_NAMES.has(name) && !ALWAYS_SENT.has(name) && !isSupported(name, supportedParameters)) return undefined;
  return name;
}

function knows(supported: readonly string[], one: string, other: string): boolean {
  return supported.includes(one) && !supported.includes(other);
}

function isSupported(name: string, supported: readonly string[]): boolean {
  if (supported.includes(name)) return true;
  // `structured_outputs` is the capability, `response_format` the field that asks for it; likewise for reasoning and tools.
  if (name === 'response_format') return supported.includes('structured_outputs');
  if (name === 'reasoning_effort') return supported.includes('reasoning');
  if (name === 'parallel_tool_calls' || name === 'tool_choice') return supported.includes('tools');
  if (name === 'top_logprobs') return supported.includes('logprobs');
  return false;
}

/** The caller's own tools, but for marks that the provider refuses. */
function spliceTools(document: JsonDocument, node: number, { quirks }: RequestTarget, losses: Loss[]): Uint8Array {
  const bytes = document.bytes.subarray(document.keyStart(node), document.end(node));
  if (quirks.cacheMarks !== 'refused' || !mayHoldMarks(bytes)) return bytes;
  const edits = new ByteEdits();
  losses.push(...stripMarks(document, node, document.keyStart(node), edits));
  return edits.apply(bytes);
}

function spliceMessages(document: JsonDocument, node: number, target: RequestTarget, losses: Loss[]): Uint8Array {
  const bytes = document.bytes.subarray(document.keyStart(node), document.end(node));
  const { roles, cacheMarks } = target.quirks;
  const { continuation, media } = target;
  const isMarked = cacheMarks === 'refused' && mayHoldMarks(bytes);
  if (!roles && !continuation && !media?.size && !isMarked) return bytes;
  const edits = new ByteEdits();
  const offset = document.keyStart(node);
  if (isMarked) losses.push(...stripMarks(document, node, offset, edits));
  const replace = (at: number, value: string): void =>
    edits.replace(document.start(at) - offset, document.end(at) - offset, JSON.stringify(value));
  for (const message of document.children(node)) {
    const role = document.member(message, 'role');
    const renamed = role === undefined ? undefined : roles?.[document.value(role) as string];
    if (renamed !== undefined) replace(role!, renamed);
    if (media?.size) for (const url of mediaUrls(document, message)) replaceUrl(document, url, media, replace);
  }
  if (continuation) {
    const end = document.end(node) - 1 - offset;
    const added = continuingMessages(continuation, target.quirks).map((message) => `,${JSON.stringify(message)}`);
    edits.replace(end, end, added.join(''));
  }
  return edits.apply(bytes);
}

/** The nodes of the addresses of pictures and files in a message. */
function mediaUrls(document: JsonDocument, message: number): readonly number[] {
  const content = document.member(message, 'content');
  if (content === undefined || document.kind(content) !== 'array') return [];
  return [...document.children(content)].flatMap((part) =>
    [...document.children(part)].flatMap((member) => {
      if (document.kind(member) === 'string') return document.hasKey(member, 'image_url') ? [member] : [];
      if (document.kind(member) !== 'object') return [];
      const url = document.member(member, 'url') ?? document.member(member, 'file_data');
      return url === undefined || document.kind(url) !== 'string' ? [] : [url];
    }),
  );
}

function replaceUrl(
  document: JsonDocument,
  node: number,
  media: NonNullable<RequestTarget['media']>,
  replace: (at: number, value: string) => void,
): void {
  const fetched = media.get(document.value(node) as string);
  if (fetched) replace(node, `data:${fetched.mediaType};base64,${fetched.base64}`);
}

/** Asks for the rest of an answer that broke off. */
export const GO_ON =
  'Your answer above was cut off. Write only what comes next, from the exact character where it stopped. Do not repeat ' +
  'anything and do not comment on the interruption.';

function continuingMessages(
  { mode, text }: NonNullable<RequestTarget['continuation']>,
  quirks: RequestTarget['quirks'],
): readonly JsonObject[] {
  const soFar = { role: 'assistant', content: text };
  if (mode === 'prefill') return [{ ...soFar, ...quirks.prefill?.message }];
  return [soFar, { role: 'user', content: GO_ON }];
}

/** What the caller asked for and the endpoint does not honour, for the loss report. */
function unsentFields(names: Iterable<string>, target: RequestTarget): readonly Loss[] {
  const losses: Loss[] = [];
  for (const name of names) {
    if (EXCHANGE_FIELDS.has(name) || SPOKEN_ELSEWHERE.has(name)) continue;
    if (REASONING_FIELDS.has(name)) {
      const isHonoured =
        target.quirks.reasoning === 'object' || isSupported('reasoning_effort', target.supportedParameters);
      if (!isHonoured) losses.push({ field: name, outcome: 'dropped', reason: 'the endpoint does not take it' });
      continue;
    }
    const sentName = providerFieldName(name, target);
    if (sentName === undefined) {
      losses.push({ field: name, outcome: 'dropped', reason: 'the endpoint does not take it' });
    } else if (sentName !== name) {
      losses.push({ field: name, outcome: 'renamed', reason: `sent as ${sentName}` });
    }
  }
  return losses;
}

/** Said by us in our own way, so that nothing is lost. */
const SPOKEN_ELSEWHERE: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'stream_options', 'user']);
const REASONING_FIELDS: ReadonlySet<string> = new Set(['reasoning', 'reasoning_effort']);

/** A request of another format, or one that a plugin has changed, in this format's words. */
function buildRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const content = request.content();
  const built = buildContent(content, target, losses);
  losses.push(...unsentFields(Object.keys(content.fields), target));
  const body: Record<string, Json | undefined> = { model: target.upstreamModel, messages: built.messages };
  if (target.continuation) {
    body.messages = [...built.messages, ...continuingMessages(target.continuation, target.quirks)];
  }
  if (built.tools.length > 0) body.tools = built.tools;
  if (built.toolChoice !== undefined) body.tool_choice = built.toolChoice;
  const fields: Record<string, Json> = { ...built.extra, ...content.fields };
  // Paid for each, and other formats have one answer to a request.
  if (request.origin.format !== FORMAT && fields.n !== undefined && fields.n !== 1) {
    delete fields.n;
    losses.push({ field: 'n', outcome: 'dropped', reason: 'one answer is given to a request of another format' });
  }
  for (const [name, value] of Object.entries(fields)) {
    const sentName = providerFieldName(name, target);
    if (sentName !== undefined) body[sentName] = value;
  }
  Object.assign(body, ownFields(request, target, losses));
  return encoder.encode(JSON.stringify(body));
}
