/**
 * An engine for tests, over real HTTP: answers as Llama 4 Scout on llama-server would, all right, but for the faults it is given.
 * Pictures it decodes and looks at; whatever else it knows stands in `KNOWLEDGE`.
 */
import { inflateSync } from 'node:zlib';
import { TOKENIZER_PROBES } from './identify-tokenizer.ts';

export interface ScriptedScoutOptions {
  /** Hands the tokens of a picture over column by column. */
  readonly columnOrder?: boolean;
  readonly isBlind?: boolean;
  /** Ends every stream halfway, without its terminal event. */
  readonly cutsStreams?: boolean;
  readonly usage?: 'none' | 'wrong-total' | 'streams-differ';
  /** Answers `/tokenize`: with Llama 4's tokens, or with others. */
  readonly tokenizes?: 'right' | 'wrong';
  /** Takes every byte for a token, as tiny models do. */
  readonly countsBytes?: boolean;
  readonly ignoresSeed?: boolean;
  readonly ignoresTemperature?: boolean;
  /** Silently keeps only so many tokens from the end of a prompt; `lies` says that it read them all. */
  readonly cutsPrompts?: { readonly tokens: number; readonly lies?: boolean };
  /** Goes on with an answer that nobody reads. */
  readonly keepsBusy?: boolean;
  readonly ignoresTools?: boolean;
  readonly ignoresSchema?: boolean;
  readonly ignoresStop?: boolean;
  readonly logprobs?: 'none' | 'not greedy';
  /** Replaces what it would say. */
  readonly says?: (question: string) => string | undefined;
  /** The answer to a path, in place of its own; `undefined` answers 404. */
  readonly paths?: Readonly<Record<string, unknown>>;
  /** Fields of every answer, such as `provider`. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Called when a request waits for a slot that does not get free, or is never answered. */
  readonly onStuck?: () => void;
}

export interface ScriptedScout {
  readonly baseUrl: string;
  /** Bodies of the questions that came. */
  readonly asked: readonly Body[];
  stop(): Promise<void>;
}

interface Body {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly stream?: boolean;
  readonly max_tokens: number;
  readonly temperature: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly unknown[];
  readonly logprobs?: boolean;
  readonly response_format?: unknown;
  readonly provider?: unknown;
}
interface Message {
  readonly role: string;
  readonly content: string | readonly { readonly text?: string; readonly image_url?: { readonly url: string } }[];
}
interface Reply {
  readonly text: string;
  readonly calls?: readonly object[];
  readonly finish: string;
}

export const SCOUT_PATHS: Readonly<Record<string, unknown>> = {
  '/v1/models': {
    data: [
      {
        ...{ id: 'Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf', owned_by: 'llamacpp' },
        meta: { n_vocab: 202_048, n_embd: 5120, n_ctx: 32_768, n_params: 107_769_861_168, ftype: 'Q4_K_M' },
      },
    ],
  },
  '/props': {
    default_generation_settings: { n_ctx: 32_768 },
    total_slots: 2,
    model_path: '/srv/models/Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf',
    modalities: { vision: true },
    chat_template: '{{ tools }}',
    build_info: 'b11669-abc',
  },
};

const SLOTS = 2;
const TEMPLATE_TOKENS = 10;

const KNOWLEDGE: readonly (readonly [RegExp, string])[] = [
  [/one word: ready/, 'ready'],
  [/capital of Australia/, 'Canberra'],
  [/symbol of gold/, 'Au'],
  [/closest to the Sun/, 'Mercury'],
  [/wrote the play Hamlet/, 'Shakespeare'],
  [/Second World War end/, '1945'],
  [/sides does a hexagon/, '6'],
  [/ocean is the largest/, 'Pacific'],
  [/water boil/, '100'],
  [/people in Brazil/, 'Portuguese'],
  [/atomic number 1\b/, 'Hydrogen'],
  [/17 times 23/, '391'],
  [/leaves at 14:35/, '17:25'],
  [/Translate into German/, 'Die Katze schläft unter dem Tisch.'],
  [/What is written/, 'MAPLE 74'],
  [/Say hello/, 'Hello!'],
  [/one two three/, 'one two three'],
  [/as JSON/, '{"title":"Frankenstein","year":1818,"authors":["Mary Shelley"],"language":"English"}'],
];

export function startScriptedScout(options: ScriptedScoutOptions = {}): ScriptedScout {
  const asked: Body[] = [];
  const engine = new Engine(options);
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/v1/chat/completions' && !(options.paths && pathname in options.paths)) {
        const body = (await request.json()) as Body;
        asked.push(body);
        return await engine.answer(body, request.signal);
      }
      if (pathname === '/tokenize' && options.tokenizes) {
        const { content } = (await request.json()) as { readonly content: string };
        const ids = TOKENIZER_PROBES.find(({ text }) => text === content)?.ids ?? [];
        return Response.json({ tokens: options.tokenizes === 'right' ? ids : [...ids].reverse() });
      }
      const answer = { ...SCOUT_PATHS, ...options.paths }[pathname];
      if (answer instanceof Response) return answer.clone();
      return answer === undefined ? new Response('{"error":"no"}', { status: 404 }) : Response.json(answer);
    },
  });
  return { baseUrl: `http://127.0.0.1:${server.port}/v1`, asked, stop: () => server.stop(true) };
}

class Engine {
  readonly #options: ScriptedScoutOptions;
  #busy = 0;
  #drawn = 0;

  constructor(options: ScriptedScoutOptions) {
    this.#options = options;
  }

  async answer(body: Body, signal: AbortSignal): Promise<Response> {
    if (this.#busy >= SLOTS) {
      this.#options.onStuck?.();
      return await new Promise<never>(() => undefined);
    }
    const reply = this.#reply(body);
    return body.stream ? this.#stream(body, reply, signal) : Response.json(this.#whole(body, reply));
  }

  #reply(body: Body): Reply {
    const last = body.messages.at(-1)!;
    const { text, picture } = readMessage(last);
    const question = this.#options.cutsPrompts ? cutStart(text, this.#options.cutsPrompts.tokens) : text;
    const said = this.#options.says?.(question);
    if (said !== undefined) return { text: said, finish: 'stop' };
    if (last.role === 'tool') return { text: 'It is -7 °C in Oslo.', finish: 'stop' };
    if (body.tools && /Oslo/.test(question) && !this.#options.ignoresTools) {
      const call = { name: 'get_weather', arguments: '{"city":"Oslo","unit":"celsius"}' };
      return { text: '', calls: [{ id: 'call-1', type: 'function', function: call }], finish: 'tool_calls' };
    }
    if (body.response_format && this.#options.ignoresSchema) return { text: 'A fine novel of 1818.', finish: 'stop' };
    if (/Invent a name/.test(question)) return { text: this.#draw(body), finish: 'stop' };
    const counting = /numbers from 1 to (\d+)/.exec(question);
    if (counting) return this.#count(Number(counting[1]), body);
    const needle = /code of the warehouse in (\w+)\?/.exec(question);
    if (needle) {
      const code = new RegExp(`warehouse in ${needle[1]} is (\\d+)\\.`).exec(question)?.[1];
      return { text: code ?? 'There is no such code.', finish: 'stop' };
    }
    if (picture && !/written/.test(question)) return { text: this.#look(picture, question), finish: 'stop' };
    return { text: KNOWLEDGE.find(([pattern]) => pattern.test(question))?.[1] ?? 'I do not know.', finish: 'stop' };
  }

  #draw({ seed, temperature }: Body): string {
    const { ignoresSeed, ignoresTemperature } = this.#options;
    if (ignoresTemperature || temperature === 0) return 'Aurora, for the dawn.';
    return ignoresSeed ? `Ship number ${++this.#drawn}.` : `Ship of the seed ${seed}.`;
  }

  #count(last: number, { stop, max_tokens: tokensMax }: Body): Reply {
    const numbers = Array.from({ length: Math.min(last, tokensMax) }, (_, i) => String(i + 1)).join(', ');
    const end = stop && !this.#options.ignoresStop ? numbers.indexOf(stop[0]!) : -1;
    return { text: end === -1 ? numbers : numbers.slice(0, end), finish: last > tokensMax ? 'length' : 'stop' };
  }

  #look(url: string, question: string): string {
    if (this.#options.isBlind) return 'I see no picture.';
    const seen = decode(url, this.#options.columnOrder === true);
    if (/How many black/.test(question)) return String(seen.countBlack());
    if (/top right corner/.test(question)) return seen.colourAt(seen.width - 20, 20);
    if (/On which side/.test(question)) return seen.side();
    return seen.mainColour();
  }

  #usage(body: Body, { text }: Reply): object | undefined {
    const { usage, cutsPrompts, countsBytes } = this.#options;
    if (usage === 'none') return undefined;
    const said = body.messages.map((message) => readMessage(message).text).join('\n');
    const read = TEMPLATE_TOKENS + (countsBytes ? Buffer.byteLength(said) : countTokens(said));
    const prompt = cutsPrompts && !cutsPrompts.lies ? Math.min(read, cutsPrompts.tokens) : read;
    const prompt_tokens = prompt + (usage === 'streams-differ' && body.stream ? 3 : 0);
    const completion_tokens = Math.min(body.max_tokens, countTokens(text) + 1);
    const total_tokens = prompt_tokens + completion_tokens + (usage === 'wrong-total' ? 7 : 0);
    return { prompt_tokens, completion_tokens, total_tokens };
  }

  #whole(body: Body, reply: Reply): object {
    const { text, calls, finish } = reply;
    const places = text.split(' ').map((token, i) => {
      const top = [{ token, logprob: -0.1 }, ...(this.#options.logprobs ? [{ token: 'x', logprob: -0.01 * i }] : [])];
      return { token, logprob: -0.1, top_logprobs: top };
    });
    return {
      ...{ model: body.model, usage: this.#usage(body, reply), ...this.#options.fields },
      choices: [
        {
          message: { role: 'assistant', content: calls ? null : text, ...(calls && { tool_calls: calls }) },
          finish_reason: finish,
          ...(body.logprobs && this.#options.logprobs !== 'none' && { logprobs: { content: places } }),
        },
      ],
    };
  }

  /** One piece for each pull, so that whoever stops reading stops the answer. */
  #stream(body: Body, reply: Reply, signal: AbortSignal): Response {
    const { cutsStreams, keepsBusy, fields } = this.#options;
    this.#busy++;
    const release = once(() => this.#busy--);
    const leave = keepsBusy ? (): void => undefined : release;
    signal.addEventListener('abort', leave);
    const head = { model: body.model, ...fields };
    const pieces = reply.text.match(/\S+\s*/g) ?? [];
    const frames: object[] = pieces.map((content) => ({ ...head, choices: [{ delta: { content } }] }));
    frames.push({ ...head, choices: [{ delta: {}, finish_reason: reply.finish }] });
    const usage = this.#usage(body, reply);
    if (usage) frames.push({ ...head, choices: [], usage });
    const lines = [...frames.map((frame) => JSON.stringify(frame)), '[DONE]'];
    const end = cutsStreams ? Math.max(1, Math.floor(pieces.length / 2)) : lines.length;
    let next = 0;
    const stream = new ReadableStream({
      async pull(controller) {
        if (next < end) controller.enqueue(`data: ${lines[next++]}\n\n`);
        else {
          release();
          controller.close();
        }
        // Lets the other side leave between two pieces.
        await new Promise((resolve) => setImmediate(resolve));
      },
      cancel: leave,
    });
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
  }
}

function once(run: () => unknown): () => void {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
}

function readMessage({ content }: Message): { readonly text: string; readonly picture?: string } {
  if (typeof content === 'string') return { text: content };
  const text = content.map((part) => part.text ?? '').join('');
  const picture = content.find((part) => part.image_url)?.image_url?.url;
  return { text, ...(picture !== undefined && { picture }) };
}

/** Right for the texts that tell tokenizers apart, and near enough for all others. */
function countTokens(text: string): number {
  if (text.startsWith('Ein Verkehrs')) return 14;
  if (text.startsWith('今日は')) return 21;
  return text.match(/\w+|[^\w\s]/g)?.length ?? 0;
}

function cutStart(text: string, tokens: number): string {
  const pieces = text.match(/\w+\s*|[^\w\s]\s*/g) ?? [];
  return pieces.slice(-tokens).join('');
}

const TILE = 336;
const NAMES: Readonly<Record<string, string>> = {
  '255,255,255': 'white',
  '0,0,0': 'black',
  '220,30,30': 'red',
  '30,160,60': 'green',
  '40,70,220': 'blue',
  '250,210,40': 'yellow',
};

class Seen {
  readonly width: number;
  readonly height: number;
  readonly #at: (x: number, y: number) => string;

  constructor(width: number, height: number, at: (x: number, y: number) => string) {
    this.width = width;
    this.height = height;
    this.#at = at;
  }

  colourAt(x: number, y: number): string {
    return NAMES[this.#at(x, y)] ?? 'of no name';
  }

  mainColour(): string {
    const counts = new Map<string, number>();
    for (const [x, y] of this.#marked()) counts.set(this.#at(x, y), (counts.get(this.#at(x, y)) ?? 0) + 1);
    const [first] = [...counts].sort((a, b) => b[1] - a[1]);
    return NAMES[first?.[0] ?? ''] ?? 'none';
  }

  side(): string {
    const marked = this.#marked();
    const mean = (axis: 0 | 1): number => marked.reduce((sum, place) => sum + place[axis], 0) / marked.length;
    const [right, down] = [mean(0) - this.width / 2, mean(1) - this.height / 2];
    if (Math.abs(right) > Math.abs(down)) return right > 0 ? 'right' : 'left';
    return down > 0 ? 'bottom' : 'top';
  }

  /** Corners from which black goes right and down: one for each square. */
  countBlack(): number {
    const isBlack = (x: number, y: number): boolean => x >= 0 && y >= 0 && this.colourAt(x, y) === 'black';
    return this.#marked().filter(([x, y]) => isBlack(x, y) && !isBlack(x - 1, y) && !isBlack(x, y - 1)).length;
  }

  #marked(): readonly (readonly [number, number])[] {
    const places: [number, number][] = [];
    for (let y = 0; y < this.height; y++)
      for (let x = 0; x < this.width; x++) if (this.colourAt(x, y) !== 'white') places.push([x, y]);
    return places;
  }
}

/** Only the PNGs that the checks draw: three channels, one block of data, no filters. */
function decode(url: string, columnOrder: boolean): Seen {
  const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const data = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const pixel = (x: number, y: number): string => {
    const start = y * (width * 3 + 1) + 1 + x * 3;
    return [...data.subarray(start, start + 3)].join();
  };
  if (!columnOrder) return new Seen(width, height, pixel);
  // Each tile is mirrored along its diagonal; the tiles themselves stay where they are.
  const swap = (x: number, y: number): readonly [number, number] => [
    x - (x % TILE) + (y % TILE),
    y - (y % TILE) + (x % TILE),
  ];
  return new Seen(width, height, (x, y) => pixel(...swap(x, y)));
}
