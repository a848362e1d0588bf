/** A provider that answers with whatever would do harm, in every field that a provider fills. */
import { ALL_WORDS, EVIL_HOST, SHORT_WORDS } from './hostile-words.ts';

const word = (at: number): string => SHORT_WORDS[at % SHORT_WORDS.length]!;

const CALLS = SHORT_WORDS.slice(0, 6).map((name, index) => ({
  index,
  id: `call-${index}`,
  type: 'function',
  function: { name, arguments: JSON.stringify({ [name]: ALL_WORDS.slice(0, 2_000) }) },
}));

const ANNOTATIONS = [
  `javascript:globalThis.canary='source'`,
  `data:text/html,<script>globalThis.canary='source'</script>`,
  `https://${EVIL_HOST}/page`,
  `https://good.example@${EVIL_HOST}/`,
  `//${EVIL_HOST}/`,
].map((url, at) => ({ type: 'url_citation', url_citation: { url, title: word(at), content: ALL_WORDS } }));

const IMAGES = [
  `https://${EVIL_HOST}/picture.png`,
  `javascript:globalThis.canary='picture'`,
  `data:image/svg+xml,<svg onload="globalThis.canary='picture'">`,
].map((url) => ({ type: 'image_url', image_url: { url } }));

const MESSAGE = {
  role: 'assistant',
  content: SHORT_WORDS.join('\n\n'),
  reasoning: ALL_WORDS,
  annotations: ANNOTATIONS,
  images: IMAGES,
};
const USAGE = { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42 };

/** Streams `message` in pieces that cut words and characters. */
function streamOf(model: string): Response {
  const frame = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ id: word(1), object: 'chat.completion.chunk', created: 1, model: `${model} ${word(2)}`, system_fingerprint: word(3), choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const pieces: string[] = [frame({ role: 'assistant', content: '' }), frame({ reasoning: ALL_WORDS })];
  for (let at = 0; at < MESSAGE.content.length; at += 37)
    pieces.push(frame({ content: MESSAGE.content.slice(at, at + 37) }));
  pieces.push(frame({ content: `\n\n${ALL_WORDS}` }), frame({ annotations: ANNOTATIONS, images: IMAGES }));
  if (model === 'caller') pieces.push(...CALLS.map((call) => frame({ tool_calls: [call] })));
  pieces.push(frame({}, model === 'caller' ? 'tool_calls' : 'stop'));
  pieces.push(`data: ${JSON.stringify({ id: 'x', choices: [], usage: USAGE })}\n\n`, 'data: [DONE]\n\n');
  return new Response(pieces.join(''), { headers: { 'content-type': 'text/event-stream' } });
}

function plainOf(model: string): Response {
  const message = model === 'caller' ? { ...MESSAGE, tool_calls: CALLS } : MESSAGE;
  const choices = [{ index: 0, finish_reason: model === 'caller' ? 'tool_calls' : 'stop', message }];
  return Response.json({ id: word(1), object: 'chat.completion', created: 1, model: word(2), choices, usage: USAGE });
}

/** `failing` refuses with hostile words, `page` with a page of HTML, `breaking` in the middle of its stream. */
function refusalOf(model: string): Response | undefined {
  const error = { message: ALL_WORDS, type: word(4), code: word(5), param: word(6) };
  if (model === 'failing') return Response.json({ error }, { status: 400, headers: { 'x-request-id': 'up-1' } });
  if (model === 'page')
    return new Response(`<html><body>${ALL_WORDS}</body></html>`, {
      status: 502,
      headers: { 'content-type': 'text/html' },
    });
  if (model !== 'breaking') return undefined;
  const start = { id: 'x', choices: [{ index: 0, delta: { content: ALL_WORDS }, finish_reason: null }] };
  return new Response(`data: ${JSON.stringify(start)}\n\ndata: ${JSON.stringify({ error })}\n\n`, {
    headers: { 'content-type': 'text/event-stream' },
  });
}

export const HOSTILE_MODELS = ['talker', 'caller', 'failing', 'page', 'breaking'] as const;

export function openHostileProvider() {
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      if (request.method !== 'POST') return new Response(ALL_WORDS, { status: 404 });
      const { model, stream } = (await request.json()) as { readonly model: string; readonly stream?: boolean };
      return refusalOf(model) ?? (stream ? streamOf(model) : plainOf(model));
    },
  });
}

/** A provider of the configuration whose own name is hostile as well. */
export function hostileConfig(port: number): string {
  const providers = SHORT_WORDS.slice(0, 24).map((name, at) => {
    const models = at > 0 ? ['talker'] : HOSTILE_MODELS;
    return [
      '[[providers]]',
      `id = "p${at}"`,
      `name = ${JSON.stringify(name.slice(0, 100).toWellFormed())}`,
      'format = "openai-chat"',
      `base_url = "http://127.0.0.1:${port}/v1"`,
      'api_key = "secret"',
      'allow_private_network = true',
      ...models.flatMap((model) => [
        '[[providers.models]]',
        `model = "demo/${model}"`,
        `upstream_model = ${JSON.stringify(model)}`,
        'input_per_million = "0.08"',
        'output_per_million = "0.3"',
        'context = 8192',
      ]),
    ].join('\n');
  });
  return providers.join('\n');
}
