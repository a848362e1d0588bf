import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { ByteEdits, joinBytes } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { Loss } from '../../generation/loss.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { amendBody } from '../openai-chat/amend-body.ts';
import { EXCHANGE_FIELDS } from '../openai-chat/request-fields.ts';
import { buildConfig, isTaken } from './build-config.ts';
import { buildContents } from './build-content.ts';
import { camelCased, FORMAT } from './proto-json.ts';
import { CANONICAL_NAMES } from './request-fields.ts';

const encoder = new TextEncoder();
/** Asks for the rest of an answer that broke off. */
const GO_ON =
  'Your answer above was cut off. Write only what comes next, from the exact character where it stopped. Do not repeat ' +
  'anything and do not comment on the interruption.';
/** Said by the address, or by us. */
const NOT_SENT: ReadonlySet<string> = new Set(['model', 'stream', 'user']);

export function geminiPath(target: RequestTarget): string {
  return `${modelPath(target)}:${target.stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
}

export function modelPath({ upstreamModel }: RequestTarget): string {
  return `/models/${upstreamModel
    .replace(/^models\//, '')
    .split('/')
    .map(encodeURIComponent)
    .join('/')}`;
}

/** The provider's body: the caller's own bytes with our fields spliced, or built from the canonical content. */
export function encodeGeminiRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const isOwn = request.origin.format === FORMAT && !request.origin.isRevised;
  const body = isOwn ? spliceRequest(request, target, losses) : buildRequest(request, target, losses);
  return amendBody(body, target);
}

function spliceRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const { document, fields } = request.origin;
  const { drop, rename, set } = target.quirks;
  const pieces: Uint8Array[] = [];
  for (const [name, node] of fields) {
    if (EXCHANGE_FIELDS.has(name) || NOT_SENT.has(name) || (set && Object.hasOwn(set, name))) continue;
    if (drop?.includes(name)) {
      losses.push({ field: name, outcome: 'dropped', reason: 'the endpoint does not take it' });
      continue;
    }
    const value =
      name === 'contents'
        ? spliceContents(document, node, target)
        : name === 'generationConfig'
          ? spliceConfig(document, node, request, target, losses)
          : document.bytes.subarray(document.start(node), document.end(node));
    pieces.push(joinBytes([encoder.encode(`${JSON.stringify(rename?.[name] ?? name)}:`), value]));
  }
  for (const [name, value] of Object.entries(set ?? {})) {
    pieces.push(encoder.encode(`${JSON.stringify(name)}:${JSON.stringify(value)}`));
  }
  const joined = pieces.flatMap((piece, index) => (index === 0 ? [piece] : [encoder.encode(','), piece]));
  return joinBytes([encoder.encode('{'), ...joined, encoder.encode('}')]);
}

/** The caller's own configuration without what the endpoint does not take, and with what is left of its limit. */
function spliceConfig(
  document: JsonDocument,
  node: number,
  request: GenerationRequest,
  target: RequestTarget,
  losses: Loss[],
): Uint8Array {
  const limit = request.field('max_tokens');
  const kept: Uint8Array[] = [];
  for (const member of document.children(node)) {
    const name = camelCased(document.key(member));
    const parameter = PARAMETERS[name];
    if (parameter !== undefined && !isTaken(parameter, target.supportedParameters)) {
      losses.push({ field: `generationConfig.${name}`, outcome: 'dropped', reason: 'the endpoint does not take it' });
    } else if (name === 'maxOutputTokens' && target.continuation && typeof limit === 'number') {
      const left = Math.max(1, limit - target.continuation.outputTokens);
      kept.push(encoder.encode(`"maxOutputTokens":${left}`));
    } else kept.push(document.bytes.subarray(document.keyStart(member), document.end(member)));
  }
  const joined = kept.flatMap((piece, index) => (index === 0 ? [piece] : [encoder.encode(','), piece]));
  return joinBytes([encoder.encode('{'), ...joined, encoder.encode('}')]);
}

const PARAMETERS: Readonly<Record<string, string | undefined>> = { ...CANONICAL_NAMES, candidateCount: undefined };

/** A turn without a role is the user's, which Vertex AI wants to be told. */
function spliceContents(document: JsonDocument, node: number, target: RequestTarget): Uint8Array {
  const { media } = target;
  const start = document.start(node);
  const bytes = document.bytes.subarray(start, document.end(node));
  const edits = new ByteEdits();
  const turns = document.kind(node) === 'object' ? [node] : [...document.children(node)];
  for (const turn of turns) {
    if (media?.size) spliceMedia(document, turn, media, edits, start);
    const at = document.start(turn) + 1 - start;
    const isEmpty = document.after(turn) === turn + 1;
    if (document.member(turn, 'role') === undefined) edits.replace(at, at, `"role":"user"${isEmpty ? '' : ','}`);
  }
  const added = continuingContents(target)
    .map((content) => `,${JSON.stringify(content)}`)
    .join('');
  if (added === '') return edits.apply(bytes);
  if (document.kind(node) === 'object') {
    return joinBytes([encoder.encode('['), edits.apply(bytes), encoder.encode(`${added}]`)]);
  }
  edits.replace(bytes.length - 1, bytes.length - 1, added);
  return edits.apply(bytes);
}

/** A file by an address of the web, given as its data. */
function spliceMedia(
  document: JsonDocument,
  turn: number,
  media: NonNullable<RequestTarget['media']>,
  edits: ByteEdits,
  offset: number,
): void {
  const parts = document.member(turn, 'parts');
  if (parts === undefined) return;
  for (const part of document.kind(parts) === 'object' ? [parts] : document.children(parts)) {
    for (const member of document.children(part)) {
      if (camelCased(document.key(member)) !== 'fileData' || document.kind(member) !== 'object') continue;
      const uri = [...document.children(member)].find((each) => camelCased(document.key(each)) === 'fileUri');
      if (uri === undefined || document.kind(uri) !== 'string') continue;
      const fetched = media.get(document.value(uri) as string);
      if (!fetched) continue;
      const inline = JSON.stringify({ mimeType: fetched.mediaType, data: fetched.base64 });
      edits.replace(document.keyStart(member) - offset, document.end(member) - offset, `"inlineData":${inline}`);
    }
  }
}

function continuingContents({ continuation }: RequestTarget): readonly JsonObject[] {
  if (!continuation) return [];
  const soFar = { role: 'model', parts: [{ text: continuation.text }] };
  return continuation.mode === 'prefill' ? [soFar] : [soFar, { role: 'user', parts: [{ text: GO_ON }] }];
}

function buildRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const content = request.content();
  const built = buildContents(content, target, losses);
  const config: Record<string, Json> = { ...buildConfig(content.fields, target, losses) };
  const limit = config.maxOutputTokens;
  if (target.continuation && typeof limit === 'number') {
    config.maxOutputTokens = Math.max(1, limit - target.continuation.outputTokens);
  }
  const contents = [...built.contents, ...continuingContents(target)];
  const hasTools = built.tools.length > 0;
  const isSystemOnly = contents.length === 0 && built.systemInstruction !== undefined;
  if (isSystemOnly) {
    losses.push({
      field: 'messages',
      outcome: 'approximated',
      reason: 'instructions alone are sent as the user’s turn',
    });
  }
  const body: Record<string, Json> = {
    ...(built.systemInstruction && !isSystemOnly && { systemInstruction: built.systemInstruction }),
    contents: isSystemOnly ? [{ role: 'user', ...built.systemInstruction }] : contents,
    ...(hasTools && { tools: built.tools }),
    ...(hasTools &&
      built.functionCallingConfig && { toolConfig: { functionCallingConfig: built.functionCallingConfig } }),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
  };
  for (const [path, value] of Object.entries(built.extra)) setPath(body, path.split('.'), value);
  for (const name of target.quirks.drop ?? []) delete body[name];
  Object.assign(body, target.quirks.set);
  return encoder.encode(JSON.stringify(body));
}

function setPath(body: Record<string, Json>, [name = '', ...rest]: readonly string[], value: Json): void {
  if (rest.length === 0) {
    body[name] = value;
    return;
  }
  const before = body[name];
  const inner: Record<string, Json> = isJsonObject(before) ? { ...before } : {};
  setPath(inner, rest, value);
  body[name] = inner;
}
