/** What the model is told about the functions that it may call, in the system's turn. */
import type { OfferedFunction, ToolUse } from './tool-use.ts';

const forms = {
  python: 'Write a call as [name(parameter=value, parameter=value)], with values as in Python',
  json: 'Write a call as {"name": function name, "parameters": {parameter name: value}}',
} as const;
const several = {
  python: ', and several calls as [name(parameter=value), name(parameter=value)].',
  json: ', and several calls as a JSON list of these.',
} as const;

export function describeTools({ functions, form, choice, callsMax }: ToolUse): string {
  const list = JSON.stringify(functions.map(describe), undefined, 4);
  return [
    whenToCall(choice),
    `${forms[form]}${callsMax > 1 ? several[form] : '. Make one call only.'}`,
    'Do not write any other text with a call. Here is a list of functions in JSON format that you can invoke:',
    list,
  ].join('\n');
}

function whenToCall(choice: ToolUse['choice']): string {
  if (choice === 'auto') {
    return 'You can invoke functions. If one of them helps to answer, call it; if none does, or if a required parameter is not known, answer in words.';
  }
  return choice === 'required'
    ? 'Answer with a call of a function.'
    : `Answer with a call of the function ${choice.name}.`;
}

function describe({ name, description, parameters }: OfferedFunction): unknown {
  return { name, ...(description !== undefined && { description }), ...(parameters && { parameters }) };
}
