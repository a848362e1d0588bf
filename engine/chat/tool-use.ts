/** Which functions the model may call, and how it is asked to. */
import { schemaTest } from '../grammar/compile-schema.ts';
import { SchemaError } from '../grammar/schema-error.ts';
import type { Json } from '../grammar/schema-shape.ts';
import { invalid } from '../rejection.ts';
import type { OfferedTools } from './call-syntax.ts';
import type { ChatRequest, ChatTool } from './chat-request.ts';
import { checkNesting } from './check-nesting.ts';

export type OfferedFunction = ChatTool['function'];

/**
 * How calls are asked for. Llama 4 was trained on both forms. Python is what its makers document; JSON is what an answer can
 * be held to.
 */
export type CallForm = 'python' | 'json';

export interface ToolUse {
  readonly functions: readonly OfferedFunction[];
  readonly form: CallForm;
  /** `required`: the answer is a call; a name: a call of that function. */
  readonly choice: 'auto' | 'required' | { readonly name: string };
  /** Infinite where several calls may come in one answer. */
  readonly callsMax: number;
}

/** Undefined where nothing may be called. Throws a `Rejection` for a choice that cannot be met. */
export function readToolUse({ tools, tool_choice, parallel_tool_calls }: ChatRequest): ToolUse | undefined {
  const functions = tools?.map((tool) => tool.function) ?? [];
  const names = functions.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid('tools', `tools: there are two functions ${twice}`);
  if (tool_choice === 'none') return undefined;
  for (const [index, { parameters }] of functions.entries())
    checkNesting(`tools[${index}].function.parameters`, parameters);
  const choice = typeof tool_choice === 'object' ? { name: tool_choice.function.name } : (tool_choice ?? 'auto');
  if (typeof choice === 'object' && !names.includes(choice.name)) {
    throw invalid('tool_choice', `tool_choice: there is no function ${choice.name} in "tools"`);
  }
  if (functions.length === 0) {
    if (choice === 'auto') return undefined;
    throw invalid('tool_choice', 'tool_choice: "tools" has no function to call');
  }
  const isHeld = choice !== 'auto' || functions.some(({ strict }) => strict);
  const isOne = parallel_tool_calls === false || typeof choice === 'object';
  return { functions, form: isHeld ? 'json' : 'python', choice, callsMax: isOne ? 1 : Number.POSITIVE_INFINITY };
}

/** Calls of strict functions count only with arguments that meet the schema, in whichever form they were written. */
export function offeredTools({ functions }: ToolUse): OfferedTools {
  const strict = new Map(functions.filter((one) => one.strict).map((one) => [one.name, schemaTest(schemaOf(one))]));
  return {
    names: new Set(functions.map(({ name }) => name)),
    takes: ({ name, argumentsJson }) => {
      const meets = strict.get(name);
      return meets === undefined || isGood(() => meets(JSON.parse(argumentsJson) as Json));
    },
  };
}

function isGood(test: () => boolean): boolean {
  try {
    return test();
  } catch (error) {
    if (error instanceof SchemaError) return false;
    throw error;
  }
}

/** A function without parameters takes an empty object. */
export function schemaOf({ parameters }: OfferedFunction): unknown {
  return parameters ?? { type: 'object', additionalProperties: false };
}
