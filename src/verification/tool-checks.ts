/** Tool calls, in both directions, and answers held to a JSON schema. */
import { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import { askEngine, type ToolCall } from './ask-engine.ts';
import { type Check, type Finding, failed, passed, skipped } from './check.ts';
import type { EngineLine } from './engine-line.ts';

const WEATHER_TOOL: JsonObject = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Gives the weather in a city right now.',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'name of the city, such as Lima' },
        unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
      },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
  },
};
const WEATHER_ARGUMENTS = z.object({ city: z.string().regex(/^oslo\b/i), unit: z.literal('celsius') });
const WEATHER_QUESTION = 'What is the temperature in Oslo now, in celsius? Use the tool.';
const OUTPUT_TOKENS_MAX = 200;

const NOVEL_QUESTION =
  'Describe the novel Frankenstein as JSON: its title, the year 1818 in which it appeared, its author Mary Shelley in the ' +
  'list of authors, and its language, English.';
const NOVEL_SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    year: { type: 'integer' },
    authors: { type: 'array', items: { type: 'string' } },
    language: { type: 'string', enum: ['English', 'French', 'German'] },
  },
  required: ['title', 'year', 'authors', 'language'],
  additionalProperties: false,
};
const NOVEL_ANSWER = z.strictObject({
  title: z.string().regex(/frankenstein/i),
  year: z.literal(1818),
  authors: z.array(z.string()).min(1),
  language: z.literal('English'),
});

export const toolChecks: readonly Check[] = [
  {
    id: 'tools-call',
    group: 'tools',
    question: `${WEATHER_QUESTION} (with the tool get_weather)`,
    expected: 'get_weather {"city":"Oslo","unit":"celsius"}',
    required: true,
    async run({ line }) {
      const { call, text } = await callTool(line);
      if (!call) return failed(text, 'no tool call came, only text');
      return judgeCall(call);
    },
  },
  {
    id: 'tools-answer',
    group: 'tools',
    question: 'The answer after the tool has said: {"temperature":-7,"unit":"celsius"}',
    expected: 'a sentence with -7',
    required: true,
    async run({ line }) {
      const { call, text } = await callTool(line);
      if (!call) return skipped('the tool was not called', text);
      const answer = await askEngine(line, {
        messages: [{ role: 'user', content: WEATHER_QUESTION }, ...spoken(call)],
        outputTokensMax: OUTPUT_TOKENS_MAX,
        fields: { tools: [WEATHER_TOOL] },
      });
      if (answer.toolCalls.length > 0) return failed(answer.text, 'the tool was called again instead of an answer');
      return saysMinusSeven(answer.text) ? passed(answer.text) : failed(answer.text, 'another answer');
    },
  },
  {
    id: 'schema-novel',
    group: 'schema',
    question: NOVEL_QUESTION,
    expected: 'JSON that fits the schema',
    required: true,
    async run({ line }) {
      const { text } = await askEngine(line, {
        messages: [{ role: 'user', content: NOVEL_QUESTION }],
        outputTokensMax: OUTPUT_TOKENS_MAX,
        fields: {
          response_format: { type: 'json_schema', json_schema: { name: 'novel', strict: true, schema: NOVEL_SCHEMA } },
        },
      });
      return judgeNovel(text);
    },
  },
];

async function callTool(line: EngineLine): Promise<{ readonly call?: ToolCall; readonly text: string }> {
  const { toolCalls, text } = await askEngine(line, {
    messages: [{ role: 'user', content: WEATHER_QUESTION }],
    outputTokensMax: OUTPUT_TOKENS_MAX,
    fields: { tools: [WEATHER_TOOL] },
  });
  const [call] = toolCalls;
  return { text, ...(call && { call }) };
}

export function judgeCall({ name, argumentsJson }: ToolCall): Finding {
  const got = `${name} ${argumentsJson}`;
  if (name !== 'get_weather') return failed(got, 'another tool was called');
  const given = parse(argumentsJson);
  if (given === undefined) return failed(got, 'the arguments are not JSON');
  return WEATHER_ARGUMENTS.safeParse(given).success ? passed(got) : failed(got, 'other arguments');
}

export function judgeNovel(text: string): Finding {
  const value = parse(text);
  if (value === undefined) return failed(text, 'the answer is not JSON');
  const { success, error } = NOVEL_ANSWER.safeParse(value);
  if (success) return passed(text);
  // Only our own names: a stranger's key may be anything.
  const places = error.issues.map(({ path }) => String(path[0] ?? 'the whole'));
  return failed(text, `the answer does not fit: ${[...new Set(places)].join(', ')}`);
}

export function saysMinusSeven(text: string): boolean {
  return /(?:[-−–‑]|minus )\s?(?:7|seven)\b/i.test(text);
}

/** The call as the assistant made it, and what the tool said. */
function spoken({ id, name, argumentsJson }: ToolCall): readonly JsonObject[] {
  const call = { id, type: 'function', function: { name, arguments: argumentsJson } };
  return [
    { role: 'assistant', content: '', tool_calls: [call] },
    { role: 'tool', tool_call_id: id, content: '{"temperature":-7,"unit":"celsius"}' },
  ];
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
