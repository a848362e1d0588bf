import type { Json, JsonObject } from '../../base/json.ts';
import { isJsonObject } from '../../base/json.ts';
import { Failure } from '../../generation/failure.ts';
import { type Loss, listCacheMarks, listForeignExtras } from '../../generation/loss.ts';
import type { GenerationRequest, Message, Part, RequestContent, RequestFeatures } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';

interface Translation {
  readonly body: Record<string, unknown>;
  readonly losses: readonly Loss[];
}

/** Sampling fields → Ollama's `options`. */
const OPTIONS: Readonly<Record<string, string>> = {
  max_tokens: 'num_predict',
  max_completion_tokens: 'num_predict',
  temperature: 'temperature',
  top_p: 'top_p',
  top_k: 'top_k',
  min_p: 'min_p',
  seed: 'seed',
  frequency_penalty: 'frequency_penalty',
  presence_penalty: 'presence_penalty',
  repetition_penalty: 'repeat_penalty',
};
/** Understood here, but not by a one-to-one name. */
const TRANSLATED: ReadonlySet<string> = new Set(['stop', 'response_format', 'reasoning', 'reasoning_effort']);
/** Served by the exchange itself, so that nothing is lost when the engine never sees them. */
const HARMLESS: ReadonlySet<string> = new Set(['include_reasoning', 'structured_outputs', 'user', 'metadata', 'usage']);

const LIMITS_OF_COST: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens']);

/** Ollama's own smallest default. Below it a reload for the next longer prompt is certain. */
const CONTEXT_TOKENS_MIN = 4096;
/** Room for an answer whose length the caller left open. */
const OUTPUT_TOKENS_RESERVED = 2048;
/** The chat template's own tokens, which no estimate of the messages holds. */
const TEMPLATE_TOKENS = 256;

const encoder = new TextEncoder();

export function encodeOllamaRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array {
  const translation = translate(request, target);
  losses.push(...translation.losses);
  return encoder.encode(JSON.stringify(translation.body));
}

function translate(request: GenerationRequest, target: RequestTarget): Translation {
  const content = request.content();
  const losses: Loss[] = [...listForeignExtras(content, 'ollama-chat'), ...listCacheMarks(content)];
  losses.push(...listSealedReasoning(content.messages), ...listTraits(content.messages));
  const options = encodeOptions(content, target, losses);
  const contextTokens = chooseContextTokens(request.features, target);
  if (contextTokens !== undefined) options.num_ctx = contextTokens;
  const tools = encodeTools(content, target, losses);
  const format = encodeFormat(content.fields.response_format, target, losses);
  const think = encodeThink(content, target, losses);
  const body: Record<string, unknown> = {
    model: target.upstreamModel,
    messages: [...encodeMessages(content.messages, target), ...continuing(target)],
    stream: target.stream,
    // Without these two words Ollama drops the oldest messages, or forgets the beginning while it writes, and says nothing.
    truncate: false,
    shift: false,
    options,
    ...(tools.length > 0 && { tools }),
    ...(format !== undefined && { format }),
    ...(think !== undefined && { think }),
  };
  for (const field of target.quirks.drop ?? []) delete body[field];
  Object.assign(body, target.quirks.set);
  return { body: target.quirks.amendBody?.(body) ?? body, losses };
}

/**
 * A context that holds prompt and answer, so that nothing is cut. Powers of two, because every other size makes Ollama load
 * the model again; for the same reason never below what is loaded.
 */
export function chooseContextTokens(features: RequestFeatures, target: RequestTarget): number | undefined {
  if (target.contextTokensMax === undefined) return undefined;
  // The estimate counts four bytes a token; scripts other than Latin need up to twice as many tokens.
  const promptTokens = Math.min(features.promptTokensMax, 2 * features.promptTokensEstimate) + TEMPLATE_TOKENS;
  const needed = promptTokens + (features.outputTokensMax ?? OUTPUT_TOKENS_RESERVED);
  let contextTokens = CONTEXT_TOKENS_MIN;
  while (contextTokens < needed) contextTokens *= 2;
  return Math.min(Math.max(contextTokens, target.contextTokensLoaded ?? 0), target.contextTokensMax);
}

function encodeOptions(content: RequestContent, target: RequestTarget, losses: Loss[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(content.fields)) {
    const option = OPTIONS[name];
    if (option === undefined) {
      if (!TRANSLATED.has(name) && !HARMLESS.has(name)) {
        losses.push({ field: name, outcome: 'dropped', reason: 'Ollama has no such option' });
      }
      continue;
    }
    if (!LIMITS_OF_COST.has(name) && !target.supportedParameters.includes(name)) {
      losses.push({ field: name, outcome: 'dropped', reason: 'the endpoint does not list it' });
      continue;
    }
    options[option] = value;
    if (option !== name) losses.push({ field: name, outcome: 'renamed', reason: `sent as options.${option}` });
  }
  // The caller's limit holds for the whole answer, whoever writes its parts.
  const used = target.continuation?.outputTokens ?? 0;
  if (used > 0 && typeof options.num_predict === 'number')
    options.num_predict = Math.max(1, options.num_predict - used);
  const stop = content.fields.stop;
  if (stop !== undefined) options.stop = typeof stop === 'string' ? [stop] : stop;
  return options;
}

/** Ollama has no `tool_choice`: `none` hides the tools, a name hides the others, `required` cannot be had. */
function encodeTools(content: RequestContent, target: RequestTarget, losses: Loss[]): readonly unknown[] {
  if (content.tools.length === 0) return [];
  if (!target.supportedParameters.includes('tools')) {
    losses.push({ field: 'tools', outcome: 'dropped', reason: 'the model was not made for tools' });
    return [];
  }
  const choice = content.toolChoice;
  if (choice === 'required') {
    losses.push({ field: 'tool_choice', outcome: 'dropped', reason: 'a call cannot be forced' });
  } else if (choice !== undefined && choice !== 'auto') {
    losses.push({ field: 'tool_choice', outcome: 'emulated', reason: 'by leaving out the other tools' });
  }
  if (choice === 'none') return [];
  const offered = content.tools.filter((tool) => typeof choice !== 'object' || tool.name === choice.name);
  if (offered.some((tool) => tool.strict === true)) {
    losses.push({ field: 'tools.strict', outcome: 'dropped', reason: 'arguments are not held to the schema' });
  }
  return offered.map((tool) => ({
    type: 'function',
    function: { name: tool.name, description: tool.description ?? '', parameters: tool.parameters ?? EMPTY_PARAMETERS },
  }));
}

const EMPTY_PARAMETERS = { type: 'object', properties: {} } as const;

function encodeFormat(asked: Json | undefined, target: RequestTarget, losses: Loss[]): Json | undefined {
  if (!isJsonObject(asked) || asked.type === 'text') return undefined;
  const known = target.supportedParameters;
  if (!known.includes('response_format') && !known.includes('structured_outputs')) {
    losses.push({ field: 'response_format', outcome: 'dropped', reason: 'the endpoint does not list it' });
    return undefined;
  }
  if (asked.type === 'json_object') return 'json';
  const schema = isJsonObject(asked.json_schema) ? asked.json_schema.schema : undefined;
  if (asked.type === 'json_schema' && isJsonObject(schema)) return schema;
  losses.push({ field: 'response_format', outcome: 'dropped', reason: 'only JSON and JSON schemas can be asked for' });
  return undefined;
}

/** Thinking can be switched on and off, no more: levels work with one family of models and are an error with the others. */
function encodeThink(content: RequestContent, target: RequestTarget, losses: Loss[]): boolean | undefined {
  const reasoning = content.fields.reasoning;
  const asked = isJsonObject(reasoning) ? reasoning : undefined;
  const effort = content.fields.reasoning_effort ?? asked?.effort;
  if (asked === undefined && effort === undefined) return undefined;
  if (!target.supportedParameters.includes('reasoning')) {
    // Asked to think, a model that cannot is answered with an error by Ollama.
    losses.push({ field: 'reasoning', outcome: 'dropped', reason: 'the model does not think' });
    return undefined;
  }
  const isOff = effort === 'none' || asked?.enabled === false || asked?.max_tokens === 0;
  if (!isOff && (effort !== undefined || asked?.max_tokens !== undefined)) {
    losses.push({ field: 'reasoning', outcome: 'emulated', reason: 'thinking is on or off, without a measure' });
  }
  return !isOff;
}

/** A last message of the assistant is written on. */
function continuing({ continuation }: RequestTarget): readonly JsonObject[] {
  return continuation ? [{ role: 'assistant', content: continuation.text }] : [];
}

function encodeMessages(messages: readonly Message[], target: RequestTarget): readonly JsonObject[] {
  const toolNames = new Map<string, string>();
  return messages.flatMap((message) => {
    for (const part of message.content) if (part.type === 'tool-call') toolNames.set(part.id, part.name);
    const results = message.content.filter((part) => part.type === 'tool-result');
    if (results.length === 0) return [encodeMessage(message, target)];
    const rest = message.content.filter((part) => part.type !== 'tool-result');
    const told = results.map((result): JsonObject => {
      const name = toolNames.get(result.callId) ?? message.name;
      return {
        role: 'tool',
        tool_call_id: result.callId,
        ...(name !== undefined && { tool_name: name }),
        ...encodeParts(result.content, target.media),
      };
    });
    // Results come first, as a model expects them right after its calls; what the caller says to them comes after.
    return rest.length === 0 ? told : [...told, encodeMessage({ ...message, content: rest }, target)];
  });
}

/** Traits of messages and their parts that Ollama has no word for. */
function listTraits(messages: readonly Message[]): readonly Loss[] {
  const losses: Loss[] = [];
  const drop = (field: string, reason: string): void => void losses.push({ field, outcome: 'dropped', reason });
  const add = (part: Part, path: string): void => {
    if (part.type === 'media' && part.detail !== undefined) drop(`${path}.detail`, 'pictures are read at one size');
    if (part.type !== 'tool-result') return;
    if (part.isError) drop(`${path}.is_error`, 'a result says in words that it failed');
    for (const [place, inner] of part.content.entries()) add(inner, `${path}.content.${place}`);
  };
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    const isNamed = message.name !== undefined && !message.content.some(({ type }) => type === 'tool-result');
    if (isNamed) drop(`${path}.name`, 'messages have no name');
    for (const [place, part] of message.content.entries()) add(part, `${path}.content.${place}`);
  }
  return losses;
}

/** Ollama takes reasoning as plain text: what only its author can read, and the proof that it is the author's, stay behind. */
function listSealedReasoning(messages: readonly Message[]): readonly Loss[] {
  return messages.flatMap(({ content }, index) =>
    content.flatMap((part, place): readonly Loss[] => {
      if (part.type !== 'reasoning') return [];
      const path = `messages.${index}.content.${place}`;
      const reason = 'Ollama takes reasoning as plain text';
      if (!isReadable(part)) return [{ field: path, outcome: 'dropped', reason }];
      return part.signature === undefined ? [] : [{ field: `${path}.signature`, outcome: 'dropped', reason }];
    }),
  );
}

function isReadable({ kind }: Part & { type: 'reasoning' }): boolean {
  return kind === undefined || kind === 'text' || kind === 'summary';
}

function encodeMessage(message: Message, target: RequestTarget): JsonObject {
  const thinking = message.content
    .flatMap((part) => (part.type === 'reasoning' && isReadable(part) ? [part.text] : []))
    .join('');
  const calls = message.content.flatMap((part) => (part.type === 'tool-call' ? [encodeCall(part)] : []));
  return {
    role: message.role === 'developer' ? 'system' : message.role,
    ...encodeParts(message.content, target.media),
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function encodeParts(parts: readonly Part[], media: RequestTarget['media']): JsonObject {
  const text = parts.flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? [part.text] : []));
  const images = parts.flatMap((part) => (part.type === 'media' ? [encodeImage(part, media)] : []));
  return { content: text.join(''), ...(images.length > 0 && { images }) };
}

function encodeImage(part: Part & { type: 'media' }, media: RequestTarget['media']): string {
  if (part.modality !== 'image') throw cannot(`Ollama takes pictures, but no part of type ${part.modality}`);
  if ('base64' in part.source) return part.source.base64;
  const fetched = 'url' in part.source ? media?.get(part.source.url) : undefined;
  if (!fetched) throw cannot('Ollama takes pictures as inline data only');
  return fetched.base64;
}

function encodeCall(part: Part & { type: 'tool-call' }): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(part.argumentsJson === '' ? '{}' : part.argumentsJson);
  } catch (error) {
    throw cannot(`The arguments of tool call ${JSON.stringify(part.id)} are not JSON`, error);
  }
  if (!isJsonObject(parsed)) throw cannot(`The arguments of tool call ${JSON.stringify(part.id)} are not an object`);
  return { id: part.id, function: { name: part.name, arguments: parsed } };
}

/** Another endpoint may understand it, and nothing is wrong with this one. */
function cannot(message: string, cause?: unknown): Failure {
  return new Failure('provider-unprocessable', { message, ...(cause !== undefined && { cause }) });
}
