import type { FilterValues } from './filters.ts';

/** A wish in words as filters of the list of models: no model is asked, and every part that was understood can be seen. */
export interface Wish {
  readonly values: FilterValues;
  /** Column and direction, as in the address: `price`, `-context`. */
  readonly sort?: string;
  /** What was understood, in the words of the wish. */
  readonly understood: readonly string[];
}

/** Names that stand for themselves: authors and providers of this catalogue. */
export interface WishNames {
  readonly authors: readonly string[];
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

const NO_NAMES: WishNames = { authors: [], providers: [] };

export function parseWish(text: string, nowMs: number, names: WishNames = NO_NAMES): Wish {
  const wish = new Reader(text);
  readPrices(wish);
  readContext(wish);
  readDates(wish, nowMs);
  for (const [pattern, read] of RULES) wish.take(pattern, (match) => read(wish, match));
  readNames(wish, names);
  const rest = wish.rest();
  if (rest !== '') wish.set('q', rest);
  return { values: wish.values, understood: wish.understood, ...(wish.sort && { sort: wish.sort }) };
}

class Reader {
  readonly values: Record<string, string> = {};
  readonly understood: string[] = [];
  sort: string | undefined;
  #text: string;

  constructor(text: string) {
    this.#text = ` ${text.slice(0, 500).toLowerCase().replace(/\s+/g, ' ')} `;
  }

  /** Takes every match out of the text. `read` returning false leaves it there. */
  take(pattern: RegExp, read: (match: RegExpExecArray) => unknown): void {
    const global = new RegExp(pattern.source, 'g');
    let taken = '';
    let from = 0;
    for (let match = global.exec(this.#text); match; match = global.exec(this.#text)) {
      if (match[0] === '' || read(match) === false) {
        if (match[0] === '') global.lastIndex++;
        continue;
      }
      this.understood.push(match[0].trim());
      taken += `${this.#text.slice(from, match.index)} · `;
      from = match.index + match[0].length;
    }
    this.#text = taken + this.#text.slice(from);
  }

  set(name: string, value: string): void {
    this.values[name] = value;
  }

  /** Lists are ands: every one of them is asked for. */
  add(name: string, value: string): void {
    const known = this.values[name]?.split(',') ?? [];
    if (!known.includes(value)) this.values[name] = [...known, value].join(',');
  }

  rest(): string {
    const words = this.#text.split(/[\s,;·]+/).filter((word) => word !== '' && !EMPTY_WORDS.has(word));
    return words.join(' ').replace(/^[.?!:]+|[.?!:]+$/g, '');
  }
}

const EMPTY_WORDS = new Set(
  (
    'a an and the with for of to in on at by from that which can has have having is are do does need needs i me my we want wants please ' +
    'model models llm llms one ones some any all show find give list best good great support supports supporting input inputs than ' +
    'or both also it its takes take reads read per million tokens token context window most using use'
  ).split(' '),
);

/** `under $1`, `less than 0.50 $ per million out`, `max $2/M input`, `below 0.5`: only prices have a fraction. Without a direction it is the price of the prompt. */
function readPrices(wish: Reader): void {
  const limit = `(?:under|below|less than|cheaper than|at most|up to|max(?:imum)?(?: of)?|<=?|≤)`;
  const unit = String.raw`(?:\s*(?:/|per|a)\s*(?:1\s*)?(?:m(?:illion|tok)?|mio)\b(?:\s*tokens?)?)?`;
  const side = String.raw`(?:\s*(?:for\s+)?(in(?:put)?|out(?:put)?|prompt|completion)s?\b)?`;
  const money = String.raw`(?:\$\s*(\d+(?:\.\d+)?|\.\d+)|(\d+(?:\.\d+)?|\.\d+)\s*(?:\$|usd|dollars?)|(\d*\.\d+)(?![\d\s]*[kmb]\b))`;
  wish.take(new RegExp(`\\s${limit}\\s*${money}${unit}${side}`), ([, before, after, bare, which]) => {
    const amount = (before ?? after ?? bare)!;
    const isOut = which !== undefined && /^(out|completion)/.test(which);
    wish.set(isOut ? 'max_out' : 'max_in', amount.startsWith('.') ? `0${amount}` : amount);
  });
}

const SIZES: Readonly<Record<string, number>> = { k: 1_000, m: 1_000_000 };

/** `100K context`, `at least 1M tokens`, `128k`: bare numbers count only with a letter or the word. */
function readContext(wish: Reader): void {
  const limit = String.raw`(?:(?:at least|min(?:imum)?(?: of)?|over|more than|from|>=?|≥)\s*)?`;
  const word = String.raw`(?:\s*[- ]?(?:tokens?)?(?:\s*(?:of\s+)?context(?: window| length)?)?)`;
  wish.take(new RegExp(`\\s${limit}(\\d+(?:\\.\\d+)?)\\s?(k|m)\\b\\+?${word}`), ([, number, letter]) =>
    wish.set('context', String(Math.round(Number(number) * SIZES[letter!]!))),
  );
  wish.take(/\s(?:at least |over |more than )?(\d{4,9})\+? ?(?:tokens?(?: of context)?|context)\b/, ([, number]) =>
    wish.set('context', number!),
  );
}

const DAY_MS = 86_400_000;
const SPANS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30.5, year: 365 };

function readDates(wish: Reader, nowMs: number): void {
  const since = (ms: number) => wish.set('since', new Date(ms).toISOString().slice(0, 10));
  wish.take(/\s(?:released |from |of )?(?:in )?the (?:last|past) (\d+ )?(day|week|month|year)s?\b/, ([, count, span]) =>
    since(nowMs - Number(count ?? 1) * SPANS[span!]! * DAY_MS),
  );
  wish.take(/\s(?:released |from |of )?this year\b/, () =>
    wish.set('since', `${new Date(nowMs).getUTCFullYear()}-01-01`),
  );
  wish.take(/\s(?:released )?(?:since|after) (20\d\d)(-\d\d)?\b/, ([, year, month]) =>
    wish.set('since', `${year}${month ?? '-01'}-01`),
  );
}

type Rule = readonly [RegExp, (wish: Reader, match: RegExpExecArray) => unknown];
const sorted =
  (sort: string): Rule[1] =>
  (wish) => {
    wish.sort ??= sort;
  };
const adds =
  (name: string, value: string): Rule[1] =>
  (wish) =>
    wish.add(name, value);
const sets =
  (name: string, value = '1'): Rule[1] =>
  (wish) =>
    wish.set(name, value);

/** In order: longer ones first, since what was taken is gone. */
const RULES: readonly Rule[] = [
  [/\b(?:longest|largest|biggest|most) context\b/, sorted('-context')],
  [/\b(?:cheapest|lowest(?: |-)price|least expensive|low(?: |-)cost|cheap)\b/, sorted('price')],
  [/\b(?:lowest latency|low latency|quickest|most responsive)\b/, sorted('latency')],
  [/\b(?:fastest|highest throughput|fast)\b/, sorted('-speed')],
  [/\b(?:newest|latest|most recent|new)\b/, sorted('-released')],
  [/\b(?:most popular|popular|most used|top)\b/, sorted('-tokens')],
  [/\b(?:image|picture) (?:generation|output)s?\b|\bgenerates? images?\b|\bdraws?\b/, adds('out', 'image')],
  [/\bembeddings?\b/, adds('out', 'embeddings')],
  [/\brerank(?:ing|ers?)?\b/, adds('out', 'rerank')],
  [/\b(?:text(?: |-)to(?: |-)speech|tts)\b/, adds('out', 'speech')],
  [/\btranscri(?:ption|bes?|bing)\b/, adds('out', 'transcription')],
  [/\b(?:vision|images?|pictures?|photos?|multimodal)(?: input| understanding)?\b/, adds('in', 'image')],
  [/\b(?:audio|voice|sound)(?: input)?\b/, adds('in', 'audio')],
  [/\bvideos?(?: input)?\b/, adds('in', 'video')],
  [/\b(?:pdfs?|files?|documents?)(?: input)?\b/, adds('in', 'file')],
  [/\bparallel tools?(?: calls?| calling)?\b/, adds('params', 'parallel_tool_calls')],
  [/\b(?:tools?|functions?)(?:[ -](?:calls?|calling|use))?\b/, adds('params', 'tools')],
  [/\b(?:structured outputs?|json schemas?)\b/, adds('params', 'structured_outputs')],
  [/\bjson(?: mode)?\b/, adds('params', 'response_format')],
  [/\blog ?probs?\b/, adds('params', 'logprobs')],
  [/\bseeds?\b/, adds('params', 'seed')],
  [/\b(?:reasoning|thinking|thinks?|reasons?)\b/, sets('reasoning')],
  [/\bopen(?: |-)?(?:weights?|source)\b/, sets('open')],
  [/\b(?:zdr|zero data retention|no retention|no logging)\b/, sets('zdr')],
  [/\b(?:no training|not train(?:ed|ing)?(?: on)?|without training)\b/, sets('notrain')],
  [/\b(?:usable(?: here| now)?|connected|my keys|available here)\b/, sets('mine')],
  [
    /\bfree\b/,
    (wish) => {
      wish.set('max_in', '0');
      wish.set('max_out', '0');
    },
  ],
  [/\b(int4|fp4|fp6|int8|fp8|bf16|fp16|fp32)\b(?: or better)?/, (wish, [, precision]) => wish.set('quant', precision!)],
];

/** `on groq`, `from mistral`: whole names only. A word that is both is a provider after `on`, `at` and `via`, else an author. */
function readNames(wish: Reader, { authors, providers }: WishNames): void {
  const byName = new Map(providers.flatMap(({ id, name }) => [[id, id] as const, [name.toLowerCase(), id] as const]));
  const known = new Set(authors);
  // `mistral` for `mistralai`; `open` is a word of its own.
  const short = new Map(authors.map((author) => [author.replace(/(?:-?ai|-llama|-?labs)$/, ''), author]));
  short.delete('open');
  wish.take(/\b(?:on|at|via|through|hosted by|served by) ([\w.&-]+(?: ai)?)/, ([, name]) => {
    const id = byName.get(name!) ?? byName.get(name!.split(' ')[0]!);
    if (id === undefined) return false;
    wish.set('provider', id);
    return undefined;
  });
  wish.take(/\b(?:(?:from|by|of) )?([a-z][\w.-]+)\b/, ([, name]) => {
    const author = known.has(name!) ? name : short.get(name!);
    if (author === undefined || name!.length < 3) return false;
    wish.set('author', author);
    return undefined;
  });
}
