import { writeCurl } from '../text/write-curl.ts';

/** Requests as code, for this installation's address. The key is always a variable: a page that is shared holds no secret. */

export interface SampleOptions {
  /** With the prefix, without a slash at its end: `https://llm.example.org/gw`. */
  readonly address: string;
  readonly model: string;
  readonly streams: boolean;
  readonly tools: boolean;
  readonly image: boolean;
  readonly schema: boolean;
  /** Tag to try first; empty for none. */
  readonly provider: string;
}

export const LANGUAGES = [
  ['curl', 'curl'],
  ['python', 'Python (openai)'],
  ['typescript', 'TypeScript (openai)'],
  ['ai-sdk', 'AI SDK'],
  ['openrouter', 'OpenRouter SDK'],
] as const;
export type Language = (typeof LANGUAGES)[number][0];

type Body = Readonly<Record<string, unknown>>;

/** A red circle, 64 pixels wide: it needs no network, and the bundled model sees it too. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQMAAACQp+OdAAAABlBMVEX19fXWKCgwuEcPAAAAaElEQVR42mNgoC/g/wBl/P8PoZn//z8AZrD///8AzJD///8HmGH///8fMKP+//9/UE1QbTAGI4jRADEGYhCcwQ5iPMDP4AcxPlDOIMYuTBfCHY/pL4SX4YEADxZ4QMGDDh6YiOClFwAAeDafr46s090AAAAASUVORK5CYII=';

/** The body of the request that every sample makes. */
export function sampleBody(options: SampleOptions): Body {
  const { model, streams, tools, image, schema, provider } = options;
  const text = tools ? 'What is the weather in Paris?' : image ? 'What do you see?' : 'What are you?';
  const content = image
    ? [
        { type: 'text', text },
        { type: 'image_url', image_url: { url: PICTURE } },
      ]
    : text;
  return {
    model,
    messages: [{ role: 'user', content }],
    ...(streams && { stream: true }),
    ...(tools && { tools: [TOOL] }),
    ...(schema && { response_format: { type: 'json_schema', json_schema: SCHEMA } }),
    ...(provider !== '' && { provider: { order: [provider] } }),
  };
}

const TOOL = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city now',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const SCHEMA = {
  name: 'answer',
  strict: true,
  schema: {
    type: 'object',
    properties: { answer: { type: 'string' } },
    required: ['answer'],
    additionalProperties: false,
  },
};

export function writeSample(language: Language, options: SampleOptions): string {
  return WRITERS[language](options, sampleBody(options));
}

const WRITERS: Readonly<Record<Language, (options: SampleOptions, body: Body) => string>> = {
  curl: ({ address, streams }, body) => writeCurl({ address, streams, json: JSON.stringify(body, null, 2) }),
  python: writePython,
  typescript: writeTypeScript,
  'ai-sdk': writeAiSdk,
  openrouter: writeOpenRouter,
};

function writePython({ address, streams }: SampleOptions, body: Body): string {
  const { provider, ...known } = body;
  const lines = Object.entries(known).map(([name, value]) => `    ${name}=${python(value, 4)},`);
  // The SDK knows no `provider`; it passes on what stands in extra_body.
  if (provider !== undefined) lines.push(`    extra_body=${python({ provider }, 4)},`);
  const end = streams
    ? [
        'for chunk in answer:',
        '    if chunk.choices:',
        '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
      ]
    : ['print(answer.choices[0].message)'];
  return [
    'import os',
    'from openai import OpenAI',
    '',
    'client = OpenAI(',
    `    base_url=${JSON.stringify(`${address}/api/v1`)},`,
    '    api_key=os.environ["TRUNKLINE_API_KEY"],',
    ')',
    'answer = client.chat.completions.create(',
    ...lines,
    ')',
    ...end,
  ].join('\n');
}

/** JSON as Python writes it. */
function python(value: unknown, indent: number): string {
  const inside = ' '.repeat(indent + 4);
  const outside = ' '.repeat(indent);
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null || value === undefined) return 'None';
  if (Array.isArray(value)) return `[${value.map((item) => python(item, indent)).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const parts = Object.entries(value).map(
    ([name, item]) => `${inside}${JSON.stringify(name)}: ${python(item, indent + 4)},`,
  );
  return `{\n${parts.join('\n')}\n${outside}}`;
}

function writeTypeScript({ address, streams }: SampleOptions, body: Body): string {
  const hint = 'provider' in body ? ['  // @ts-expect-error: `provider` is not in the types of the SDK'] : [];
  const inside = script(body).slice(1, -1).trim().split('\n');
  const at = inside.findIndex((line) => line.trim().startsWith('provider:'));
  if (at >= 0) inside.splice(at, 0, ...hint);
  const end = streams
    ? ["for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta.content ?? '');"]
    : ['console.log(answer.choices[0]?.message);'];
  return [
    "import OpenAI from 'openai';",
    '',
    'const client = new OpenAI({',
    `  baseURL: '${address}/api/v1',`,
    '  apiKey: process.env.TRUNKLINE_API_KEY,',
    '});',
    'const answer = await client.chat.completions.create({',
    ...inside.map((line, index) => (index === 0 ? `  ${line}` : line)),
    '});',
    ...end,
  ].join('\n');
}

/** JSON as an object literal: names bare, quotes single. */
function script(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .replace(/^(\s*)"([A-Za-z_]\w*)":/gm, '$1$2:')
    .replace(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) => `'${text.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`)
    .replace(/([^,{[\n])\n(\s*[}\]])/g, '$1,\n$2');
}

function writeAiSdk(options: SampleOptions, _body: Body): string {
  const { address, model, streams, tools, image, schema, provider } = options;
  const call = streams ? 'streamText' : 'generateText';
  const imports = [call, ...(tools ? ['tool', 'jsonSchema'] : []), ...(schema ? ['Output', 'jsonSchema'] : [])];
  const prompt = image
    ? [
        '  messages: [',
        '    {',
        "      role: 'user',",
        '      content: [',
        "        { type: 'text', text: 'What do you see?' },",
        `        { type: 'image', image: new URL('${PICTURE}') },`,
        '      ],',
        '    },',
        '  ],',
      ]
    : [`  prompt: '${tools ? 'What is the weather in Paris?' : 'What are you?'}',`];
  const toolLines = tools
    ? [
        '  tools: {',
        '    get_weather: tool({',
        `      description: '${TOOL.function.description}',`,
        `      inputSchema: jsonSchema(${inline(TOOL.function.parameters)}),`,
        '    }),',
        '  },',
      ]
    : [];
  const order = provider === '' ? [] : [`  providerOptions: { trunkline: { provider: { order: ['${provider}'] } } },`];
  return [
    `import { ${[...new Set(imports)].join(', ')} } from 'ai';`,
    "import { createOpenAICompatible } from '@ai-sdk/openai-compatible';",
    '',
    'const trunkline = createOpenAICompatible({',
    "  name: 'trunkline',",
    `  baseURL: '${address}/api/v1',`,
    '  apiKey: process.env.TRUNKLINE_API_KEY,',
    ...(schema ? ['  supportsStructuredOutputs: true,'] : []),
    '});',
    `const answer = ${streams ? '' : 'await '}${call}({`,
    `  model: trunkline('${model}'),`,
    ...prompt,
    ...toolLines,
    ...(schema ? [`  output: Output.object({ schema: jsonSchema(${inline(SCHEMA.schema)}) }),`] : []),
    ...order,
    '});',
    streams
      ? 'for await (const text of answer.textStream) process.stdout.write(text);'
      : `console.log(answer.${schema ? 'output' : tools ? 'toolCalls' : 'text'});`,
  ].join('\n');
}

function inline(value: unknown): string {
  return script(value)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/,(?= [}\]])/g, '');
}

function writeOpenRouter({ address, streams }: SampleOptions, body: Body): string {
  // The SDK writes names in camelCase and turns them back on the wire.
  const camel = script(body).replace(
    /^(\s*)(image_url|response_format|json_schema)(?=:)/gm,
    (_, space, name: string) => {
      return space + name.replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
    },
  );
  return [
    "import { OpenRouter } from '@openrouter/sdk';",
    '',
    'const client = new OpenRouter({',
    `  serverURL: '${address}/api/v1',`,
    '  apiKey: process.env.TRUNKLINE_API_KEY,',
    '});',
    'const answer = await client.chat.send({',
    `  chatRequest: ${camel.replaceAll('\n', '\n  ')},`,
    '});',
    streams
      ? "for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta.content ?? '');"
      : 'console.log(answer.choices[0]?.message);',
  ].join('\n');
}
