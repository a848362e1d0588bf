/** What a request of chat completions keeps on its way to a provider of each format: asked of the encoders, not written by hand. */
import { loadFormats, type RequestQuirks, type RequestTarget, type WireFormat } from '../../src/formats/format.ts';
import { PARAMETER_NAMES } from '../../src/formats/openai-chat/request-fields.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { Failure } from '../../src/generation/failure.ts';
import type { Loss } from '../../src/generation/loss.ts';

const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
const text = { type: 'text', text: 'Look' };
const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
const weather = {
  type: 'function',
  function: { name: 'f', description: 'd', parameters: { type: 'object', properties: { a: { type: 'number' } } } },
};
const turns = (result: object) => ({
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', ...result },
  ],
  tools: [weather],
});
const thought = (detail: object) => ({
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yes', reasoning_details: [detail] },
    { role: 'user', content: 'Why?' },
  ],
});

/** Each is one thing that a caller may ask for. */
export const CAPABILITIES: Readonly<Record<string, object>> = {
  'system message': {
    messages: [
      { role: 'system', content: 'S' },
      { role: 'user', content: 'Hi' },
    ],
  },
  temperature: { temperature: 0.5 },
  top_p: { top_p: 0.5 },
  top_k: { top_k: 5 },
  min_p: { min_p: 0.1 },
  seed: { seed: 1 },
  stop: { stop: ['END'] },
  'frequency and presence penalty': { frequency_penalty: 0.5, presence_penalty: 0.5 },
  repetition_penalty: { repetition_penalty: 1.1 },
  logit_bias: { logit_bias: { 5: 1 } },
  'logprobs, top_logprobs': { logprobs: true, top_logprobs: 2 },
  max_tokens: { max_tokens: 50 },
  tools: { tools: [weather] },
  'tool_choice: required': { tools: [weather], tool_choice: 'required' },
  'tool_choice: one function': { tools: [weather], tool_choice: { type: 'function', function: { name: 'f' } } },
  'parallel_tool_calls: false': { tools: [weather], parallel_tool_calls: false },
  'strict tools': { tools: [{ ...weather, function: { ...weather.function, strict: true } }] },
  'results of tools': turns({ content: 'four' }),
  'pictures in results of tools': turns({ content: [text, { type: 'image_url', image_url: { url: PNG } }] }),
  'response_format: json_object': { response_format: { type: 'json_object' } },
  'response_format: json_schema': {
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'n',
        strict: true,
        schema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false },
      },
    },
  },
  'pictures, inline': user([text, { type: 'image_url', image_url: { url: PNG } }]),
  'pictures, by address': user([text, { type: 'image_url', image_url: { url: 'https://a.example/x.png' } }]),
  PDFs: user([text, { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }]),
  sound: user([text, { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }]),
  videos: user([text, { type: 'video_url', video_url: { url: 'data:video/mp4;base64,AAAA' } }]),
  'reasoning effort': { reasoning: { effort: 'low' } },
  'reasoning budget': { reasoning: { max_tokens: 2000 }, max_tokens: 8000 },
  'own signed reasoning': thought({ type: 'reasoning.text', text: 'Hm', signature: 's', format: 'OWN', id: 'r1' }),
  'own encrypted reasoning': thought({ type: 'reasoning.encrypted', data: 'e', format: 'OWN', id: 'r1' }),
  'cache marks': user([{ ...text, cache_control: { type: 'ephemeral' } }]),
  verbosity: { verbosity: 'low' },
};

/** Whose reasoning a format can read back. */
const REASONING: Readonly<Record<string, string>> = {
  'anthropic-messages': 'anthropic-claude-v1',
  'bedrock-converse': 'anthropic-claude-v1',
  gemini: 'google-gemini-v1',
  'openai-responses': 'openai-responses-v1',
};

/** Where a format leaves it to the model how reasoning is asked for: one of Anthropic's there. */
const QUIRKS: Readonly<Record<string, RequestQuirks>> = { 'bedrock-converse': { reasoning: 'thinking' } };

/** By what else it knows its own. */
const REASONING_IDS: Readonly<Record<string, string>> = { 'cohere-chat': 'cohere-thinking' };

export type Kept = 'kept' | 'approximated' | 'emulated' | 'dropped' | 'refused';
const RANK: Readonly<Record<Loss['outcome'], number>> = { renamed: 0, approximated: 1, emulated: 2, dropped: 3 };

export interface Matrix {
  readonly formats: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly Kept[] }[];
}

export async function makeMatrix(): Promise<Matrix> {
  const formats = await loadFormats();
  const tasks = new Set(formats.flatMap((format) => Object.values(format.tasks ?? {})));
  const spoken = formats.filter((format) => !tasks.has(format.id) && isSpokenToProviders(format) && takesChats(format));
  const rows = Object.entries(CAPABILITIES).map(([name, more]) => ({
    name,
    cells: spoken.map((format) => keeps(format, more)),
  }));
  return { formats: spoken.map(({ id }) => id), rows };
}

function isSpokenToProviders(format: WireFormat): boolean {
  try {
    format.client.openDecoder({ passThrough: false, quirks: {} });
    return true;
  } catch {
    return false;
  }
}

function takesChats(format: WireFormat): boolean {
  return keeps(format, {}) !== 'refused';
}

function keeps(format: WireFormat, more: object): Kept {
  const own = REASONING[format.id] ?? 'unknown';
  try {
    const asked = JSON.parse(
      JSON.stringify({ ...more })
        .replaceAll('"OWN"', JSON.stringify(own))
        .replaceAll('"r1"', JSON.stringify(REASONING_IDS[format.id] ?? 'r1')),
    ) as object;
    const base = new Set(lossesOf(format, {}).map(({ field }) => field));
    const losses = lossesOf(format, asked).filter(({ field }) => !base.has(field));
    const worst = losses.toSorted((a, b) => RANK[b.outcome] - RANK[a.outcome])[0]?.outcome ?? 'renamed';
    return worst === 'renamed' ? 'kept' : worst;
  } catch (error) {
    if (error instanceof Failure) return 'refused';
    throw error;
  }
}

function lossesOf(format: WireFormat, more: object): readonly Loss[] {
  const body = { model: 'a/b', ...user('Hi'), ...more };
  const request = openaiChat.server.decodeRequest(new TextEncoder().encode(JSON.stringify(body)));
  const media = new Map([['https://a.example/x.png', { mediaType: 'image/png', base64: 'iVBORw0KGgo=' }]]);
  const target: RequestTarget = {
    upstreamModel: 'native',
    stream: true,
    quirks: QUIRKS[format.id] ?? {},
    supportedParameters: [...PARAMETER_NAMES],
    contextTokensMax: 100_000,
    ...(format.client.takesInlineMediaOnly && { media }),
  };
  const losses: Loss[] = [];
  format.client.encodeRequest(request, target, losses);
  return losses;
}

const MARKS: Readonly<Record<Kept, string>> = {
  kept: '●',
  approximated: '◐ approximated',
  emulated: '◐ emulated',
  dropped: '○ dropped',
  refused: '– refused',
};

export function printMatrix({ formats, rows }: Matrix): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `# What reaches a provider

A request of chat completions that uses one thing, encoded for a provider of each format that honours every parameter. Made by
\`npm run capabilities\` from the encoders themselves; a test holds this page to them. An endpoint may take less than its format: what
it does not list is dropped as well. Every cell but ● is listed as a loss with the generation, and refused with \`"strict": true\`.

● kept · ◐ approximated or emulated · ○ dropped · – this endpoint refuses, another is tried

${line(['', ...formats])}
${line(['---', ...formats.map(() => '---')])}
${rows.map(({ name, cells }) => line([name, ...cells.map((cell) => MARKS[cell])])).join('\n')}
`;
}
