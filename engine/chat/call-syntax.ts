/**
 * The two ways in which Llama 4 writes calls of functions, read character by character as they come: as Python,
 * `[get_weather(city="Paris"), get_time()]`, and as JSON, `{"name": "get_weather", "parameters": {"city": "Paris"}}` or a
 * list of such. A reading waits, with `yield`, whenever it needs text that has not come yet.
 */
import { PythonReader } from './python-syntax.ts';
import { NotThis, type Reading, type TextSource } from './text-source.ts';

export interface ToolCall {
  readonly name: string;
  /** An object, as JSON. */
  readonly argumentsJson: string;
}

export interface OfferedTools {
  readonly names: ReadonlySet<string>;
  /** Whether the arguments are ones that the function takes. */
  takes(call: ToolCall): boolean;
}

const NESTING_MAX = 64;
const partNames = new Set(['type', 'name', 'parameters', 'arguments', 'function', 'id']);
const TAG = '<|python_start|>';

/** Reads one call or one list of calls; throws `NotThis` as soon as it is neither. `enough` cuts a list short. */
export function* readCalls(source: TextSource, tools: OfferedTools, enough: number): Reading<readonly ToolCall[]> {
  const reader = new CallReader(source, tools);
  if ((yield* source.peek()) === '<') {
    yield* source.expect(TAG);
    yield* source.skipSpace();
  }
  if ((yield* source.peek()) === '{') return [yield* reader.jsonCall()];
  yield* source.expect('[');
  const calls: ToolCall[] = [];
  do {
    yield* source.skipSpace();
    // Python allows a comma behind the last one.
    if (calls.length > 0 && (yield* source.peek()) === ']') break;
    calls.push((yield* source.peek()) === '{' ? yield* reader.jsonCall() : yield* reader.pythonCall());
    if (calls.length >= enough) return calls;
    yield* source.skipSpace();
  } while (yield* source.take(','));
  yield* source.expect(']');
  return calls;
}

class CallReader {
  readonly #source: TextSource;
  readonly #tools: OfferedTools;

  constructor(source: TextSource, tools: OfferedTools) {
    this.#source = source;
    this.#tools = tools;
  }

  *pythonCall(): Reading<ToolCall> {
    const name = yield* this.#pythonName();
    const argumentsJson = yield* new PythonReader(this.#source).arguments();
    return this.#checked({ name, argumentsJson });
  }

  /** Given up at the first letter with which no function's name goes on. */
  *#pythonName(): Reading<string> {
    const names = [...this.#tools.names];
    let name = '';
    for (let next = yield* this.#source.peek(); next !== '('; next = yield* this.#source.peek()) {
      name += next;
      if (!names.some((offered) => offered.startsWith(name))) throw new NotThis();
      this.#source.skip(1);
    }
    if (!this.#tools.names.has(name)) throw new NotThis();
    return name;
  }

  /** As in OpenAI's requests, name and arguments may stand in an object of their own. */
  *jsonCall(isInner = false): Reading<ToolCall> {
    const parts = new Map<string, string>();
    yield* this.#source.expect('{');
    do {
      yield* this.#source.skipSpace();
      const key = JSON.parse(yield* this.#jsonString()) as string;
      if (!partNames.has(key) || parts.has(key) || (isInner && key === 'function')) throw new NotThis();
      yield* this.#colon();
      if (key === 'function') {
        const inner = yield* this.jsonCall(true);
        parts.set('name', JSON.stringify(inner.name)).set('parameters', inner.argumentsJson);
      } else {
        parts.set(key, yield* this.#jsonValue(1));
        if (key === 'name') this.#checkName(parts.get(key)!);
      }
      yield* this.#source.skipSpace();
    } while (yield* this.#source.take(','));
    yield* this.#source.expect('}');
    return this.#checked(callOf(parts));
  }

  #checkName(json: string): void {
    if (!json.startsWith('"') || !this.#tools.names.has(JSON.parse(json) as string)) throw new NotThis();
  }

  #checked(call: ToolCall): ToolCall {
    if (!this.#tools.takes(call)) throw new NotThis();
    return call;
  }

  *#colon(): Reading<void> {
    yield* this.#source.skipSpace();
    yield* this.#source.expect(':');
    yield* this.#source.skipSpace();
  }

  /** Returns the value's own text. */
  *#jsonValue(depth: number): Reading<string> {
    const source = this.#source;
    const start = source.at;
    const first = yield* source.peek();
    if (first === '"') return yield* this.#jsonString();
    if (first === '{' || first === '[') yield* this.#jsonNested(first, depth);
    else if (/[-\d]/.test(first)) yield* this.#jsonNumber();
    else yield* source.expect(first === 't' ? 'true' : first === 'f' ? 'false' : 'null');
    return source.slice(start);
  }

  *#jsonNested(open: '{' | '[', depth: number): Reading<void> {
    const source = this.#source;
    if (depth > NESTING_MAX) throw new NotThis();
    const close = open === '{' ? '}' : ']';
    source.skip(1);
    yield* source.skipSpace();
    if (yield* source.take(close)) return;
    do {
      yield* source.skipSpace();
      if (open === '{') {
        yield* this.#jsonString();
        yield* this.#colon();
      }
      yield* this.#jsonValue(depth + 1);
      yield* source.skipSpace();
    } while (yield* source.take(','));
    yield* source.expect(close);
  }

  *#jsonString(): Reading<string> {
    const source = this.#source;
    const start = source.at;
    yield* source.expect('"');
    for (let next = yield* source.peek(); next !== '"'; next = yield* source.peek()) {
      if (next < ' ') throw new NotThis();
      source.skip(1);
      if (next !== '\\') continue;
      const letter = yield* source.peek();
      if (!'"\\/bfnrtu'.includes(letter)) throw new NotThis();
      source.skip(1);
      if (letter === 'u') yield* source.expectPattern(/[\da-fA-F]/, 4);
    }
    source.skip(1);
    return source.slice(start);
  }

  *#jsonNumber(): Reading<void> {
    const source = this.#source;
    const start = source.at;
    while (/[-+.\deE]/.test(yield* source.peek())) source.skip(1);
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(source.slice(start))) throw new NotThis();
  }
}

/** Throws `NotThis` when the parts make no call. */
function callOf(parts: ReadonlyMap<string, string>): ToolCall {
  const name = parts.get('name');
  const isFunction = parts.get('type') === '"function"';
  if (name === undefined || (parts.has('type') && !isFunction)) throw new NotThis();
  if (parts.has('parameters') && parts.has('arguments')) throw new NotThis();
  const given = parts.get('parameters') ?? parts.get('arguments') ?? (isFunction ? 'null' : undefined);
  if (given === undefined) throw new NotThis();
  return { name: JSON.parse(name) as string, argumentsJson: argumentsOf(given) };
}

function argumentsOf(json: string): string {
  if (json.startsWith('{')) return json;
  if (json === 'null') return '{}';
  // As in OpenAI's answers: an object's JSON within a string.
  const inner = json.startsWith('"') ? (JSON.parse(json) as string) : '';
  if (!isObject(inner)) throw new NotThis();
  return inner;
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
