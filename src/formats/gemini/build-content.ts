import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { type Loss, listCacheMarks, listForeignExtras } from '../../generation/loss.ts';
import type { Extra, Message, Part, RequestContent, Tool } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { jsonOrText, wrapArguments } from '../openai-chat/call-arguments.ts';
import { openApiOf, readableSchema } from './convert-schema.ts';
import { FORMAT, REASONING_FORMAT } from './proto-json.ts';
import { typeOfAddress } from './read-part.ts';

export interface BuiltContents {
  readonly contents: readonly JsonObject[];
  readonly systemInstruction?: JsonObject;
  readonly tools: readonly Json[];
  readonly functionCallingConfig?: JsonObject;
  /** Fields that only Gemini knows, by dotted path. */
  readonly extra: JsonObject;
}

type Mutable = Record<string, Json>;

/** Canonical content as Gemini's contents: two roles in turn, the system aside, results of tools in the user's turn. */
export function buildContents(content: RequestContent, target: RequestTarget, losses: Loss[]): BuiltContents {
  losses.push(...listForeignExtras(content, FORMAT), ...listCacheMarks(content));
  const builder = new ContentsBuilder(target, losses);
  for (const [index, message] of content.messages.entries()) builder.message(message, `messages.${index}`);
  const choice = content.toolChoice;
  const functionDeclarations = content.tools.map((tool, index) => encodeTool(tool, `tools.${index}`, losses));
  const native = (content.nativeTools ?? []).flatMap((tool) => (tool.format === FORMAT ? [tool.data] : []));
  return {
    contents: builder.contents,
    ...(builder.system.length > 0 && { systemInstruction: { parts: builder.system } }),
    tools: [...(functionDeclarations.length > 0 ? [{ functionDeclarations }] : []), ...native],
    ...(choice !== undefined && { functionCallingConfig: encodeChoice(choice) }),
    extra: content.extra?.format === FORMAT ? content.extra.fields : {},
  };
}

const MODES = { none: 'NONE', auto: 'AUTO', required: 'ANY' } as const;

function encodeChoice(choice: NonNullable<RequestContent['toolChoice']>): JsonObject {
  return typeof choice === 'string' ? { mode: MODES[choice] } : { mode: 'ANY', allowedFunctionNames: [choice.name] };
}

function encodeTool(tool: Tool, path: string, losses: Loss[]): JsonObject {
  if (tool.strict === true) {
    losses.push({
      field: `${path}.function.strict`,
      outcome: 'dropped',
      reason: 'arguments are not held to the schema',
    });
  }
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    ...encodeParameters(tool.parameters, `${path}.function.parameters`, losses),
    ...ownExtra(tool.extra),
  };
}

/** An object without properties is an error here: a tool that takes nothing has no schema. */
function encodeParameters(schema: JsonObject | undefined, path: string, losses: Loss[]): JsonObject {
  if (schema === undefined || isEmptyObject(schema)) return {};
  const parameters = openApiOf(schema);
  return parameters ? { parameters } : { parametersJsonSchema: readableSchema(schema, path, losses) };
}

function isEmptyObject({ type, properties, ...rest }: JsonObject): boolean {
  const isBare = Object.keys(rest).every((name) =>
    /^(?:\$schema|additionalProperties|required|description|title)$/.test(name),
  );
  const hasNone = properties === undefined || (isJsonObject(properties) && Object.keys(properties).length === 0);
  return isBare && hasNone && (type === undefined || type === 'object');
}

class ContentsBuilder {
  readonly contents: { role: string; parts: Json[] }[] = [];
  readonly system: Json[] = [];
  readonly #target: RequestTarget;
  readonly #losses: Loss[];
  readonly #names = new Map<string, string>();

  constructor(target: RequestTarget, losses: Loss[]) {
    this.#target = target;
    this.#losses = losses;
  }

  message(message: Message, path: string): void {
    if (message.name !== undefined && message.role !== 'tool') {
      this.#drop(`${path}.name`, 'a message has no name here');
    }
    if (message.role === 'system' || message.role === 'developer') this.#instruct(message, path);
    else if (message.role === 'assistant') this.#add('model', this.#spoken(message, path));
    else this.#add('user', this.#given(message, path));
  }

  /** Turns of one role side by side are one turn. */
  #add(role: string, parts: readonly Json[]): void {
    if (parts.length === 0) return;
    const last = this.contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else this.contents.push({ role, parts: [...parts] });
  }

  /** Instructions have one place here, before everything else. */
  #instruct(message: Message, path: string): void {
    if (this.contents.length > 0) {
      this.#losses.push({
        field: path,
        outcome: 'approximated',
        reason: 'instructions all stand before the first turn here',
      });
    }
    this.system.push(...this.#given(message, path));
  }

  #given(message: Message, path: string): readonly Json[] {
    return message.content.flatMap((part, place) => {
      if (part.type === 'tool-result') return [this.#result(part, message.name, path)];
      return this.#part(part, `${path}.content.${place}`);
    });
  }

  /** A signature belongs to the call with its id, or else to the part that comes after it. */
  #spoken(message: Message, path: string): readonly Json[] {
    const calls = new Set(message.content.flatMap((part) => (part.type === 'tool-call' ? [part.id] : [])));
    const seals = new Map<string, string>();
    const parts: Json[] = [];
    let next: string | undefined;
    for (const [place, part] of message.content.entries()) {
      const at = `${path}.content.${place}`;
      if (part.type === 'reasoning') {
        if (part.format !== REASONING_FORMAT) this.#drop(at, 'only its own family can read its reasoning back');
        else if (part.kind !== 'encrypted') parts.push(thought(part));
        else if (part.id !== undefined && calls.has(part.id)) seals.set(part.id, part.text);
        else next = part.text;
        continue;
      }
      const encoded = this.#part(part, at);
      const own = part.type === 'tool-call' ? seals.get(part.id) : undefined;
      const seal = own ?? (part.type === 'tool-call' ? undefined : next);
      if (seal !== undefined && encoded.length > 0) {
        parts.push({ ...(encoded[0] as JsonObject), thoughtSignature: seal });
        if (own === undefined) next = undefined;
      } else parts.push(...encoded);
    }
    // Streams send the last signature on an empty text.
    if (next !== undefined) parts.push({ text: '', thoughtSignature: next });
    if (needsSignatures(this.#target.upstreamModel)) signFirstCall(parts);
    return parts;
  }

  #result(part: Part & { type: 'tool-result' }, named: string | undefined, path: string): Json {
    const name = this.#names.get(part.callId) ?? named ?? part.callId;
    const text = part.content.flatMap((inner) => (inner.type === 'text' ? [inner.text] : [])).join('');
    const media = part.content.flatMap((inner, place) =>
      inner.type === 'text' ? [] : this.#part(inner, `${path}.content.${place}`),
    );
    return {
      functionResponse: {
        id: part.callId,
        name,
        response: part.isError ? { error: jsonOrText(text) } : responseOf(text),
        ...(media.length > 0 && { parts: media }),
        ...ownExtra(part.extra),
      },
    };
  }

  #part(part: Part, path: string): readonly Json[] {
    switch (part.type) {
      case 'text':
        return [{ text: part.text, ...ownExtra(part.extra) }];
      case 'refusal':
        return [{ text: part.text }];
      case 'native':
        return part.format === FORMAT ? [part.data] : [];
      case 'tool-call':
        this.#names.set(part.id, part.name);
        return [
          {
            functionCall: { id: part.id, name: part.name, args: wrapArguments(part.argumentsJson, path, this.#losses) },
          },
        ];
      case 'media': {
        const encoded = this.#media(part);
        if (encoded && part.detail !== undefined) this.#drop(`${path}.detail`, 'pictures are read at one size');
        if (encoded) return [{ ...encoded, ...ownExtra(part.extra) }];
        this.#drop(path, `${part.modality} by this kind of address has no form here`);
        return [];
      }
      default:
        this.#drop(path, `${part.type} has no place in this message`);
        return [];
    }
  }

  #media(part: Part & { type: 'media' }): Mutable | undefined {
    const displayName = part.name === undefined ? {} : { displayName: part.name };
    if ('base64' in part.source) {
      return { inlineData: { mimeType: part.mediaType ?? DEFAULT_TYPES[part.modality]!, data: part.source.base64 } };
    }
    if ('file' in part.source) {
      if (!/^https:|^files\//.test(part.source.file)) return undefined;
      return { fileData: { ...typed(part.mediaType), fileUri: part.source.file, ...displayName } };
    }
    const fetched = this.#target.media?.get(part.source.url);
    if (fetched) return { inlineData: { mimeType: fetched.mediaType, data: fetched.base64 } };
    return { fileData: { ...typed(part.mediaType ?? typeOfAddress(part.source.url)), fileUri: part.source.url } };
  }

  #drop(field: string, reason: string): void {
    this.#losses.push({ field, outcome: 'dropped', reason });
  }
}

/** From the third generation on, a turn's first call without a signature is answered with a 400. */
function needsSignatures(model: string): boolean {
  return generationOf(model) >= 3;
}

export function generationOf(model: string): number {
  return Number(/gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? 0);
}

/** Google's own word for a call that another model made, which nothing has signed (ai.google.dev/gemini-api/docs/thought-signatures). */
const UNSIGNED = 'skip_thought_signature_validator';

function signFirstCall(parts: Json[]): void {
  const at = parts.findIndex((part) => isJsonObject(part) && part.functionCall !== undefined);
  const call = parts[at];
  if (isJsonObject(call) && call.thoughtSignature === undefined) parts[at] = { ...call, thoughtSignature: UNSIGNED };
}

const DEFAULT_TYPES: Readonly<Record<string, string>> = {
  image: 'image/png',
  audio: 'audio/wav',
  video: 'video/mp4',
  file: 'application/pdf',
};

function typed(mediaType: string | undefined): { readonly mimeType?: string } {
  return mediaType === undefined || mediaType === '' ? {} : { mimeType: mediaType };
}

function thought(part: Part & { type: 'reasoning' }): Json {
  return {
    text: part.text,
    thought: true,
    ...(part.signature !== undefined && { thoughtSignature: part.signature }),
  };
}

/** A response is an object here; anything else stands in its `output`. */
function responseOf(text: string): JsonObject {
  const value = jsonOrText(text);
  return isJsonObject(value) ? value : { output: text };
}

function ownExtra(extra: Extra | undefined): JsonObject {
  return extra?.format === FORMAT ? extra.fields : {};
}
