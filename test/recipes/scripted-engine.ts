import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one kind of server shows, after its documentation and source: paths, keys, and the fields that it refuses. */
export interface Surface {
  /** Where the API begins. */
  readonly api: string;
  /** What its list of models says beside the name. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Pages beside the API, by path. */
  readonly pages: Readonly<Record<string, string>>;
  /** Paths that ask for the key. */
  readonly needsKey: RegExp;
  /** Its usage says how many tokens came from the cache. */
  readonly reportsCache: boolean;
  /** Fields of a request beside those of OpenAI. */
  readonly knows: readonly string[];
}

const page = (name: string): string => readFileSync(join(import.meta.dir, '../metrics', name), 'utf8');

export const VLLM: Surface = {
  api: '/v1',
  about: { owned_by: 'vllm', root: 'meta-llama/Llama-4-Scout-17B-16E-Instruct', parent: null, max_model_len: 131_072 },
  pages: { '/metrics': page('vllm.prom'), '/version': '{"version":"0.33.0"}', '/health': '' },
  // vLLM guards what begins with /v1 only.
  needsKey: /^\/v1/,
  reportsCache: true,
  knows: ['cache_salt', 'session_id', 'priority'],
};

export const OLD_VLLM: Surface = { ...VLLM, pages: { '/metrics': page('vllm-old.prom') }, reportsCache: false };

export const SGLANG: Surface = {
  api: '/v1',
  about: { owned_by: 'sglang', root: 'scout', max_model_len: 1_000_000 },
  pages: { '/metrics': page('sglang.prom'), '/health': '' },
  needsKey: /^\/(?!health|metrics)/,
  reportsCache: true,
  knows: ['cache_salt', 'extra_key'],
};

export const LLAMA_SERVER: Surface = {
  api: '/v1',
  about: { owned_by: 'llamacpp' },
  pages: { '/metrics': page('llama-server.prom'), '/slots': page('llama-server.slots.json') },
  needsKey: /^\/(?!health)/,
  reportsCache: true,
  knows: ['cache_prompt', 'id_slot'],
};

/** A gateway with an endpoint picker: it routes by path and shows nothing of what stands behind it. */
export const FRONT: Surface = {
  ...VLLM,
  ...{ api: '/default/scout/v1', pages: {}, needsKey: /./, reportsCache: false },
};

export interface SeenCall {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ScriptedEngine {
  readonly origin: string;
  readonly chats: readonly SeenCall[];
  /** How often each page was asked for. */
  readonly asked: ReadonlyMap<string, number>;
  /** Answers everything with this status from now on; 200 is as before. */
  status: number;
  close(): Promise<void>;
}

const USUAL_FIELDS = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'temperature',
  'user',
  'seed',
  'stop',
];

/** A server with this surface. It keeps a cache of whole prompts, as far as their text is the same. */
export function openEngine(surface: Surface, model: string, key: string): ScriptedEngine {
  const chats: SeenCall[] = [];
  const asked = new Map<string, number>();
  const prompts: string[] = [];
  const state = { status: 200 };
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname } = new URL(request.url);
      asked.set(pathname, (asked.get(pathname) ?? 0) + 1);
      const isAllowed = request.headers.get('authorization') === `Bearer ${key}`;
      if (surface.needsKey.test(pathname) && !isAllowed) return refuse(401, 'Invalid API Key');
      const text = surface.pages[pathname];
      if (text !== undefined) return new Response(text);
      if (pathname === `${surface.api}/models`)
        return Response.json({ object: 'list', data: [{ id: model, object: 'model', ...surface.about }] });
      if (pathname !== `${surface.api}/chat/completions`) return refuse(404, 'Not Found');
      const body = (await request.json()) as Record<string, unknown>;
      chats.push({ path: pathname, headers: request.headers, body });
      if (state.status !== 200) return refuse(state.status, 'no ready replica');
      if (body.model !== model) return refuse(404, `The model ${body.model} does not exist`);
      const strange = Object.keys(body).find((name) => !USUAL_FIELDS.includes(name) && !surface.knows.includes(name));
      if (strange) return refuse(400, `Extra inputs are not permitted: ${strange}`);
      return answer(body, surface.reportsCache ? cachedOf(JSON.stringify(body.messages), prompts) : undefined);
    },
  });
  return {
    origin: `http://127.0.0.1:${server.port}`,
    chats,
    asked,
    get status() {
      return state.status;
    },
    set status(status) {
      state.status = status;
    },
    close: () => server.stop(true),
  };
}

function refuse(status: number, message: string): Response {
  return Response.json({ error: { message, type: 'invalid_request_error', code: status } }, { status });
}

function cachedOf(prompt: string, prompts: string[]): number {
  const shared = Math.max(0, ...prompts.map((earlier) => sharedLength(prompt, earlier)));
  prompts.push(prompt);
  return Math.floor(shared / 4 / 16) * 16;
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function answer(body: Readonly<Record<string, unknown>>, cached: number | undefined): Response {
  const promptTokens = Math.ceil(JSON.stringify(body.messages).length / 4);
  const usage = {
    ...{ prompt_tokens: promptTokens, completion_tokens: 2, total_tokens: promptTokens + 2 },
    ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
  };
  const base = { id: 'chatcmpl-1', created: 1, model: body.model };
  if (body.stream !== true) {
    const choice = { index: 0, message: { role: 'assistant', content: 'Good day' }, finish_reason: 'stop' };
    return Response.json({ ...base, object: 'chat.completion', choices: [choice], usage });
  }
  const chunk = (choices: readonly object[], more: object = {}) =>
    `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices, ...more })}\n\n`;
  const frames = [
    chunk([{ index: 0, delta: { role: 'assistant', content: 'Good ' }, finish_reason: null }]),
    chunk([{ index: 0, delta: { content: 'day' }, finish_reason: 'stop' }]),
    ...(body.stream_options ? [chunk([], { usage })] : []),
    'data: [DONE]\n\n',
  ];
  return new Response(frames.join(''), { headers: { 'content-type': 'text/event-stream' } });
}
