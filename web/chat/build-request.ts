import { writeCurl } from '../text/write-curl.ts';
import { answerOf, type ChatRoom, type Column, type ContentPart, isOfColumn, type Message } from './room.ts';

type Body = Readonly<Record<string, unknown>>;

export interface RequestTarget {
  readonly column: Column;
  /** Id of the reply that is asked for: what stands before it is sent. */
  readonly until: string;
  /** Tag of an endpoint, instead of the column's own. */
  readonly provider?: string;
  /** Text that the reply has already and that the model goes on from. */
  readonly prefix?: string;
}

/** The request that a customer would write for this reply. Throws an `Error` with words for the user when tools or schema are no JSON. */
export function buildRequest(room: ChatRoom, target: RequestTarget): Body {
  const { column, provider = column.provider } = target;
  const { tools, schema, hasWeb } = room.options;
  const end = room.messages.findIndex(({ id }) => id === target.until);
  const before = room.messages.slice(0, end < 0 ? undefined : end).filter((message) => isOfColumn(message, column.id));
  const messages = before.flatMap((message) => encodeMessage(message, column));
  return {
    model: column.model,
    messages: [
      ...(column.system ? [{ role: 'system', content: column.system }] : []),
      ...messages,
      ...(target.prefix ? [{ role: 'assistant', content: target.prefix }] : []),
    ],
    ...column.parameters,
    ...(provider !== undefined && { provider: { only: [provider], allow_fallbacks: false } }),
    ...(tools && { tools: readTools(tools) }),
    ...(schema && { response_format: readFormat(schema) }),
    ...(hasWeb && { plugins: [{ id: 'web' }] }),
  };
}

function encodeMessage(message: Message, column: Column): readonly Body[] {
  if (message.role === 'user') return [{ role: 'user', content: encodeParts(message.parts, column) }];
  if (message.role === 'tool') return [{ role: 'tool', tool_call_id: message.callId, content: message.text }];
  const { text, calls, details, refusal } = answerOf(message);
  if (text === '' && calls.length === 0) return refusal === '' ? [] : [{ role: 'assistant', content: refusal }];
  const toolCalls = calls.map(({ id, name, argumentsJson }) => ({
    id,
    type: 'function',
    function: { name, arguments: argumentsJson },
  }));
  return [
    {
      role: 'assistant',
      content: text,
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
      ...(details.length > 0 && { reasoning_details: details }),
    },
  ];
}

/** A text alone goes as a string: every model takes that. */
function encodeParts(parts: readonly ContentPart[], column: Column): unknown {
  const sent = column.isTextOnly ? parts.filter(({ type }) => type === 'text') : parts;
  if (sent.every((part) => part.type === 'text')) {
    return sent.map((part) => (part.type === 'text' ? part.text : '')).join('\n\n');
  }
  return sent;
}

/** `[{ "name", "description", "parameters" }]`, or the API's own shape. */
export function readTools(text: string): readonly Body[] {
  const list: unknown = parseJson(text, 'The tools');
  if (!Array.isArray(list) || list.length === 0) throw new Error('The tools are no list of functions');
  return list.map((tool: unknown) => {
    const fields = isFields(tool) ? tool : {};
    const call = isFields(fields.function) ? fields.function : fields;
    if (typeof call.name !== 'string' || !/^[\w-]{1,64}$/.test(call.name)) {
      throw new Error('Each tool needs a name of letters, digits, _ and -');
    }
    if (call.parameters !== undefined && !isFields(call.parameters)) {
      throw new Error(`The parameters of ${call.name} are no JSON schema`);
    }
    const { type: _, ...own } = call;
    return { type: 'function', function: own };
  });
}

/** A schema as it is, or the API's own `{ "name", "schema", "strict" }`. */
export function readFormat(text: string): Body {
  const schema: unknown = parseJson(text, 'The schema');
  if (!isFields(schema)) throw new Error('The schema is no JSON object');
  const named = isFields(schema.schema) ? schema : { name: 'answer', strict: true, schema };
  return { type: 'json_schema', json_schema: named };
}

/** The schema that an answer must fit. */
export function schemaOf(text: string): Body {
  const { json_schema } = readFormat(text) as { readonly json_schema: { readonly schema: Body } };
  return json_schema.schema;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : 'no JSON'}`);
  }
}

function isFields(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same request for a shell. The key is left to the environment. */
export function asCurl(address: string, body: Body): string {
  const json = JSON.stringify({ ...body, stream: true }, null, 2);
  return writeCurl({ address, json, streams: true });
}
