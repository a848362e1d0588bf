/**
 * What formats of other tasks than answers have in common: one request, one whole result, in the provider's own words but for
 * model, cost and what the exchange reads itself.
 */
import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { ByteEdits, joinBytes } from '../../base/json-edits.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { Failure } from '../../generation/failure.ts';
import type { Loss } from '../../generation/loss.ts';
import type { GenerationRequest, Task } from '../../generation/request.ts';
import { NO_USAGE } from '../../generation/usage.ts';
import type { AnswerEncoder, AnswerIdentity, AnswerUsage, RequestTarget, RouteDescription } from '../format.ts';
import { failureOfErrorObject } from '../openai-chat/decode-failure.ts';
import {
  FieldReader,
  invalidRequest,
  scanBody,
  sharedFeatures,
  topLevelFields,
} from '../openai-chat/decode-request.ts';
import { exchangeFields } from '../openai-chat/describe-route.ts';
import { MEDIA_TOKENS_ESTIMATE, promptTokens } from '../openai-chat/measure-prompt.ts';
import { garbled, scanSentObject } from '../openai-chat/read-frames.ts';
import { EXCHANGE_FIELDS } from '../openai-chat/request-fields.ts';

const encoder = new TextEncoder();

export interface TaskShape {
  readonly format: string;
  readonly task: Task;
  readonly schemas: Readonly<Record<string, z.ZodType>>;
  readonly required: readonly string[];
  readonly example: JsonObject;
}

export function describeTask({ schemas, required, example }: TaskShape, summary: string): RouteDescription {
  return { summary, fields: { ...schemas, ...exchangeFields }, required, example };
}

export function decodeTaskRequest(body: Uint8Array, shape: TaskShape): GenerationRequest {
  const document = scanBody(body);
  const fields = topLevelFields(document);
  const reader = new FieldReader(document, fields, shape.schemas);
  for (const name of shape.required) if (!reader.has(name)) throw invalidRequest(name, 'Required');
  const tokens = estimateTokens(document, fields, shape.required);
  const hasPictures = /"image(?:_url)?"\s*:/.test(new TextDecoder().decode(body.subarray(0, 200_000)));
  return {
    features: {
      ...sharedFeatures(reader),
      task: shape.task,
      stream: false,
      outputModalities: [shape.task],
      parameters: [],
      inputModalities: hasPictures ? ['text', 'image'] : ['text'],
      hasTools: false,
      ...promptTokens(tokens),
      outputTokensMax: 1,
    },
    origin: { format: shape.format, body, document, fields },
    content: () => ({ messages: [], tools: [], fields: {} }),
    field: (name) => reader.raw(name),
  };
}

/** Texts by their bytes, lists of token ids by their length. */
function estimateTokens(document: JsonDocument, fields: ReadonlyMap<string, number>, names: readonly string[]): number {
  let tokens = 0;
  for (const name of names) {
    const node = fields.get(name)!;
    const value = document.value(node) as Json;
    const isTokens = Array.isArray(value) && (typeof value[0] === 'number' || Array.isArray(value[0]));
    tokens += isTokens ? value.flat().length : Math.ceil((document.end(node) - document.start(node)) / 4);
  }
  // A picture inside the request is many bytes and few tokens.
  return Math.min(tokens, 2_000_000) || MEDIA_TOKENS_ESTIMATE;
}

/** The caller's own bytes, with the model's name as the provider has it. */
export function encodeTaskRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const { body, document, fields } = request.origin;
  const own: Record<string, Json | undefined> = { model: target.upstreamModel, ...target.quirks.set };
  if (target.endUser !== undefined) own.user = target.endUser;
  const pieces: Uint8Array[] = [];
  for (const [name, node] of fields) {
    if (Object.hasOwn(own, name) || EXCHANGE_FIELDS.has(name) || name === 'stream') continue;
    if (target.quirks.drop?.includes(name)) {
      losses.push({ field: name, outcome: 'dropped', reason: 'the endpoint does not take it' });
      continue;
    }
    pieces.push(body.subarray(document.keyStart(node), document.end(node)));
  }
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) pieces.push(encoder.encode(`${JSON.stringify(name)}:${JSON.stringify(value)}`));
  }
  const joined = pieces.flatMap((piece, index) => (index === 0 ? [piece] : [encoder.encode(','), piece]));
  return joinBytes([encoder.encode('{'), ...joined, encoder.encode('}')]);
}

const count = z.number().int().min(0).max(1_000_000_000);
const usageSchema = z.looseObject({ prompt_tokens: count.optional(), total_tokens: count.optional() });
/** Cohere counts beside the answer, in its `meta`. */
const metaSchema = z.looseObject({ billed_units: z.looseObject({ search_units: count.optional() }).optional() });

/** Vectors are many and flat. */
const ANSWER_LIMITS = { depthMax: 64, notedDepth: 2, twins: 'allow' } as const;

export function decodeTaskResult(body: Uint8Array, schema: z.ZodType, problem: string): readonly GenerationEvent[] {
  const document = scanSentObject(body, ANSWER_LIMITS);
  const value = document.value(0) as JsonObject;
  if (isJsonObject(value.error) || typeof value.error === 'string') throw failureOfErrorObject(value.error, undefined);
  if (!schema.safeParse(value).success) throw garbled(problem);
  const usage = usageSchema.safeParse(value.usage);
  const tokens = usage.success ? (usage.data.prompt_tokens ?? usage.data.total_tokens) : undefined;
  const events: GenerationEvent[] = [
    { type: 'generation-start', ...(typeof value.id === 'string' && { upstreamId: value.id.slice(0, 256) }) },
    { type: 'raw-content', raw: 'earlier', contentBytes: 1 },
  ];
  if (tokens !== undefined) {
    const reported = isJsonObject(value.usage) ? { reported: value.usage } : {};
    events.push({ type: 'usage', usage: { ...NO_USAGE, promptTokens: tokens, provenance: 'reported' }, ...reported });
  }
  events.push({ type: 'finish', finishReason: 'stop', nativeFinishReason: 'stop' });
  events.push({ type: 'raw-result', body, document }, { type: 'generation-end' });
  return events;
}

/** The provider's own result with our id, model and cost. These tasks have no streams. */
export class TaskEncoder implements AnswerEncoder {
  readonly #identity: AnswerIdentity;
  readonly #format: string;
  readonly #request: GenerationRequest | undefined;

  constructor(identity: AnswerIdentity, format: string, request?: GenerationRequest) {
    this.#identity = identity;
    this.#format = format;
    this.#request = request;
  }

  encodeResult(events: readonly GenerationEvent[], usage: AnswerUsage, extra?: JsonObject): Uint8Array {
    const raw = events.find((event) => event.type === 'raw-result');
    if (!raw) throw new Failure('internal', { message: `${this.#format} has no other source than its own` });
    const { id, model, provider } = this.#identity;
    const { document } = raw;
    const own: Record<string, Json> = { id, model, provider, usage: taskUsage(usage, document), ...extra };
    const results = this.#withDocuments(document);
    if (results) own.results = results;
    const edits = new ByteEdits();
    let tail = '';
    for (const [name, value] of Object.entries(own)) {
      const node = document.member(0, name);
      if (node === undefined) tail += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
      else edits.replace(document.start(node), document.end(node), JSON.stringify(value));
    }
    const close = document.end(0) - 1;
    edits.replace(close, close, tail);
    return edits.apply(document.bytes);
  }

  /** Some providers name results by their index alone; OpenRouter's have the document with them. */
  #withDocuments(document: JsonDocument): Json | undefined {
    const documents = this.#request?.field('documents');
    const node = document.member(0, 'results');
    if (!Array.isArray(documents) || node === undefined) return undefined;
    const results = document.value(node) as readonly JsonObject[];
    return results.map((result) => {
      const given = documents[result.index as number];
      const own = typeof given === 'string' ? { text: given } : given;
      return { ...result, ...(own !== undefined && { document: own }) };
    });
  }

  encodeEvents(): Uint8Array {
    throw new Failure('internal', { message: `${this.#format} is not streamed` });
  }

  encodeEnd(): Uint8Array {
    return this.encodeEvents();
  }

  encodeStreamFailure(): Uint8Array {
    return this.encodeEvents();
  }

  encodeKeepAlive(): Uint8Array {
    return this.encodeEvents();
  }
}

function taskUsage({ usage, cost, reported }: AnswerUsage, document: JsonDocument): JsonObject {
  const node = document.member(0, 'meta');
  const meta = metaSchema.safeParse(node === undefined ? undefined : document.value(node));
  const units = meta.success ? meta.data.billed_units?.search_units : undefined;
  return {
    ...reported,
    prompt_tokens: usage.promptTokens,
    total_tokens: usage.promptTokens,
    ...(units !== undefined && { search_units: units }),
    cost: cost.cost,
    is_byok: cost.isByok,
    ...(usage.provenance !== 'reported' && { usage_source: usage.provenance }),
  };
}
