import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { joinBytes } from '../../base/json-edits.ts';
import type { Loss } from '../../generation/loss.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { amendBody } from '../openai-chat/amend-body.ts';
import { GO_ON } from '../openai-chat/encode-request.ts';
import { type BuiltMessage, buildContent } from './build-content.ts';
import { type Body, buildFields, OUTPUT_TOKENS_DEFAULT } from './build-fields.ts';
import { FORMAT } from './read-blocks.ts';
import { EXCHANGE_FIELDS, FOREIGN_PARAMETERS, PARAMETER_OF_FIELD } from './request-fields.ts';
import { SEAL_MARK } from './seal-reasoning.ts';

const encoder = new TextEncoder();
const COMMA = encoder.encode(',');
const SEAL = Buffer.from(SEAL_MARK);

/** Of what an endpoint says that it takes, only these are left out for a caller who speaks the endpoint's own format. */
const SAMPLING: ReadonlySet<string> = new Set(['temperature', 'top_p', 'top_k', 'stop_sequences']);

/** The provider's body: the caller's own bytes with the fields spliced that are ours, or built from the canonical content. */
export function encodeMessagesRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const body = isSpliceable(request, target)
    ? spliceRequest(request, target, losses)
    : encoder.encode(JSON.stringify(buildRequest(request, target, losses)));
  return amendBody(body, target);
}

/** Thinking that we have sealed for another family of models is not for this provider: its request is built anew without. */
function isSpliceable({ origin }: GenerationRequest, target: RequestTarget): boolean {
  if (origin.format !== FORMAT || origin.isRevised || target.media?.size) return false;
  return !Buffer.from(origin.body.buffer, origin.body.byteOffset, origin.body.byteLength).includes(SEAL);
}

function spliceRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const { body, document, fields } = request.origin;
  const own = ownFields(request, target);
  const pieces: Uint8Array[] = [encoder.encode('{')];
  const add = (piece: Uint8Array): void => {
    if (pieces.length > 1) pieces.push(COMMA);
    pieces.push(piece);
  };
  for (const [name, node] of fields) {
    const sentName = providerFieldName(name, target);
    if (sentName === undefined) {
      if (!EXCHANGE_FIELDS.has(name))
        losses.push({ field: name, outcome: 'dropped', reason: 'the endpoint does not take it' });
      continue;
    }
    if (Object.hasOwn(own, sentName)) continue;
    if (sentName !== name) losses.push({ field: name, outcome: 'renamed', reason: `sent as ${sentName}` });
    const isContinued = name === 'messages' && target.continuation !== undefined;
    if (isContinued)
      add(joinBytes([body.subarray(document.keyStart(node), document.end(node) - 1), continued(target)]));
    else if (sentName === name) add(body.subarray(document.keyStart(node), document.end(node)));
    else add(joinBytes([encoder.encode(`"${sentName}":`), body.subarray(document.start(node), document.end(node))]));
  }
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) add(encoder.encode(`${JSON.stringify(name)}:${JSON.stringify(value)}`));
  }
  pieces.push(encoder.encode('}'));
  return joinBytes(pieces);
}

/** What the provider calls a field; undefined when it is not for it. */
function providerFieldName(name: string, { quirks, supportedParameters }: RequestTarget): string | undefined {
  if (EXCHANGE_FIELDS.has(name) || FOREIGN_PARAMETERS.has(name) || quirks.drop?.includes(name)) return undefined;
  const isUntaken = SAMPLING.has(name) && !supportedParameters.includes(PARAMETER_OF_FIELD[name]!);
  return isUntaken ? undefined : (quirks.rename?.[name] ?? name);
}

/** Fields whose value we decide; `undefined` removes the caller's. */
function ownFields(request: GenerationRequest, target: RequestTarget): Body {
  const own: Body = { model: target.upstreamModel, stream: target.stream ? true : undefined };
  if (target.endUser !== undefined) own.metadata = withUser(request.field('metadata'), target.endUser);
  const asked = request.field('max_tokens');
  const used = target.continuation?.outputTokens ?? 0;
  if (typeof asked !== 'number') own.max_tokens = target.outputTokensMax ?? OUTPUT_TOKENS_DEFAULT;
  else if (used > 0) own.max_tokens = Math.max(1, asked - used);
  // Thinking would begin anew, and a last message of the assistant is refused together with it.
  if (target.continuation?.mode === 'prefill') own.thinking = undefined;
  return { ...own, ...target.quirks.set };
}

/** Other members than the end user are for servers that know them. */
function withUser(metadata: Json | undefined, user: string): JsonObject {
  return { ...(isJsonObject(metadata) && metadata), user_id: user };
}

function continued(target: RequestTarget): Uint8Array {
  const added = continuingMessages(target).map((message) => `,${JSON.stringify(message)}`);
  return encoder.encode(`${added.join('')}]`);
}

/** A last message of the assistant must not end in white space; what was cut off comes back at the seam. */
function continuingMessages({ continuation, quirks }: RequestTarget): readonly BuiltMessage[] {
  const text = continuation?.text.trimEnd() ?? '';
  if (!continuation || text === '') return [];
  const soFar: BuiltMessage = { role: 'assistant', content: [{ type: 'text', text }] };
  if (continuation.mode === 'prefill') return [{ ...soFar, ...quirks.prefill?.message }];
  return [soFar, { role: 'user', content: [{ type: 'text', text: GO_ON }] }];
}

/** A request of another format, or one that a plugin has changed, in this format's words. */
function buildRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): JsonObject {
  const content = request.content();
  const built = buildContent(content, target, losses);
  const { system: instructions, output_config: config, ...fields } = buildFields(content, target, losses);
  const { output_config: ownConfig, ...extra } = content.extra?.format === FORMAT ? content.extra.fields : {};
  const system = [...built.system, ...(Array.isArray(instructions) ? (instructions as readonly JsonObject[]) : [])];
  const outputConfig = { ...(isJsonObject(ownConfig) && ownConfig), ...(isJsonObject(config) && config) };
  const messages = [...trimLast(built.messages, losses), ...continuingMessages(target)];
  const body: Body = {
    ...extra,
    model: target.upstreamModel,
    messages: messages.map((message) => ({ ...message })),
    ...(system.length > 0 && { system }),
    ...(built.tools.length > 0 && { tools: built.tools }),
    ...fields,
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...(target.stream && { stream: true }),
    ...(target.endUser !== undefined && { metadata: { user_id: target.endUser } }),
  };
  if (target.continuation?.mode === 'prefill') delete body.thinking;
  for (const name of target.quirks.drop ?? []) delete body[name];
  for (const [name, sentName] of Object.entries(target.quirks.rename ?? {})) {
    if (body[name] === undefined) continue;
    body[sentName] = body[name];
    delete body[name];
  }
  Object.assign(body, target.quirks.set);
  return Object.fromEntries(Object.entries(body).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** A caller's own beginning of an answer must not end in white space either. */
function trimLast(messages: readonly BuiltMessage[], losses: Loss[]): readonly BuiltMessage[] {
  const last = messages.at(-1);
  const block = last?.content.at(-1);
  if (last?.role !== 'assistant' || block?.type !== 'text' || typeof block.text !== 'string') return messages;
  const text = block.text.trimEnd();
  if (text === block.text) return messages;
  const reason = 'white space at the end of a last turn is an error';
  losses.push({ field: `messages.${messages.length - 1}`, outcome: 'approximated', reason });
  const content = [...last.content.slice(0, -1), ...(text === '' ? [] : [{ ...block, text }])];
  return [...messages.slice(0, -1), ...(content.length > 0 ? [{ ...last, content }] : [])];
}
