/** What a request holds its answer to, as a grammar: a format, calls of functions, or both as alternatives. */
import { type CallableFunction, calls, textWithCalls } from '../grammar/call-grammar.ts';
import { compileAnyObject, compileSchema, compileValue, type Grammar } from '../grammar/compile-schema.ts';
import { type Language, Languages } from '../grammar/language.ts';
import { SchemaError } from '../grammar/schema-error.ts';
import { Rejection } from '../rejection.ts';
import type { ChatRequest } from './chat-request.ts';
import { checkNesting } from './check-nesting.ts';
import { type OfferedFunction, schemaOf, type ToolUse } from './tool-use.ts';

export interface AnswerFormat {
  readonly format: ChatRequest['response_format'];
  readonly use: ToolUse | undefined;
}

/** A schema that every value meets; `undefined` where the answer is free. */
function schemaOfFormat(format: AnswerFormat['format']): unknown {
  if (format === undefined || format.type === 'text') return undefined;
  return format.type === 'json_object' ? { type: 'object' } : (format.json_schema.schema ?? true);
}

/** Names the grammar by all that it is made of; undefined where the answer is free. */
export function nameOfAnswer({ format, use }: AnswerFormat): string | undefined {
  const schema = schemaOfFormat(format);
  const isHeld = use && (use.choice !== 'auto' || use.functions.some(({ strict }) => strict));
  if (schema === undefined && !isHeld) return undefined;
  checkNesting('response_format', schema);
  const functions = use?.functions.map(({ name, parameters, strict }) => [name, parameters, strict]);
  return JSON.stringify([schema, use && [use.choice, use.callsMax > 1, functions]]);
}

/** Throws a `Rejection` for a schema that cannot be kept. */
export function compileAnswer({ format, use }: AnswerFormat): Grammar {
  const schema = schemaOfFormat(format);
  if (!use) {
    return blaming('response_format', () =>
      format?.type === 'json_object' ? compileAnyObject() : compileSchema(schema),
    );
  }
  const languages = new Languages();
  const { choice, callsMax, functions } = use;
  const several = callsMax > 1;
  const make = (one: OfferedFunction): CallableFunction => ({
    name: one.name,
    parameters: parametersOf(languages, one, functions.indexOf(one)),
  });
  if (choice !== 'auto') {
    const chosen = functions.filter(({ name }) => choice === 'required' || name === choice.name);
    return { languages, start: calls(languages, chosen.map(make), several) };
  }
  if (schema === undefined) {
    const strict = functions.filter((one) => one.strict);
    return { languages, start: textWithCalls(languages, strict.map(make)) };
  }
  const document = blaming('response_format', () => compileValue(languages, schema));
  return { languages, start: languages.either([calls(languages, functions.map(make), several), document]) };
}

/** Nobody promised to keep the schema of a function that is not strict: where it cannot be kept, any object will do. */
function parametersOf(languages: Languages, one: OfferedFunction, index: number): Language {
  const object = { type: 'object' };
  const blamed = `tools[${index}].function.parameters`;
  if (one.strict) return blaming(blamed, () => compileValue(languages, schemaOf(one), object));
  try {
    return compileValue(languages, schemaOf(one), object);
  } catch (error) {
    if (error instanceof SchemaError) return blaming(blamed, () => compileValue(languages, object));
    throw error;
  }
}

function blaming<T>(param: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new Rejection(400, 'unsupported_parameter', `${param}: ${error.message}`, param);
  }
}
