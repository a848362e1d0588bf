/** What both engines are asked to do, and how it is timed: the same prompts, lengths and counts, in a fresh process each. */

/** One engine with the model loaded. */
export interface Contestant {
  /** From the first byte read until a request could begin, in ms. */
  readonly loadMs: number;
  /** The likeliest continuation of each prompt, all of them at once, up to so many tokens each. */
  generate(prompts: readonly string[], outputTokensMax: number): Promise<readonly TokenCount[]>;
}

export interface TokenCount {
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** What a process reports; rates are in tokens a second. */
export interface Figures {
  readonly loadMs: number;
  /** After loading, and the most it ever had, in MB. */
  readonly loadedMb: number;
  readonly peakMb: number;
  readonly promptRate: number;
  readonly oneRate: number;
  readonly fourRate: number;
  /** Four streams by one, each pair measured at once: how quick the machine is changes within seconds. */
  readonly fourByOne: number;
  /** The highest rates of all tries. Other work on the machine only ever makes one slower. */
  readonly oneBest: number;
  readonly fourBest: number;
  /** Tokens of one of these answers. */
  readonly outputTokens: number;
}

const OUTPUT_TOKENS_MAX = 128;
/** Text of which some model will hardly ever find an end. */
const ENDLESS = ['the', 'a', 'of', 'red', 'and', '1', 'is', 'yes'].map(
  (word) => `<|begin_of_text|>${Array<string>(8).fill(word).join(' ')}`,
);
const PROMPT_WORDS = 400;
const WARM_UP_MS = 1_500;
/** Each figure is the median of so many tries, where nothing else is said. */
const STREAM_TRIES = 60;
/** Prompts take longer: one is read before every so many of these. */
const TRIES_PER_PROMPT = 6;

export async function measure(contestant: Contestant): Promise<Figures> {
  const loadedMb = memoryMb();
  const { prompt, outputTokens } = await findEndless(contestant);
  const write = (count: number) => async () => {
    const answers = await contestant.generate(Array<string>(count).fill(prompt), OUTPUT_TOKENS_MAX);
    return answers.reduce((sum, answer) => sum + answer.outputTokens, 0);
  };
  let asked = 0;
  const read = async () => {
    // Every word differs from the prompts before, so that nothing of them is known already.
    const words = Array.from({ length: PROMPT_WORDS }, (_, index) => `${(asked * 7 + index * 13) % 997}`);
    const [answer] = await contestant.generate([`<|begin_of_text|>${++asked} ${words.join(' ')}`], 1);
    return answer!.promptTokens;
  };
  const untilMs = performance.now() + WARM_UP_MS;
  while (performance.now() < untilMs) {
    for (const work of [write(1), write(4), read]) await work();
  }
  const rates = { prompt: [] as number[], one: [] as number[], four: [] as number[] };
  for (let turn = 0; turn < STREAM_TRIES; turn++) {
    if (turn % TRIES_PER_PROMPT === 0) rates.prompt.push(await rateOf(read));
    rates.one.push(await rateOf(write(1)));
    rates.four.push(await rateOf(write(4)));
  }
  return {
    loadMs: contestant.loadMs,
    loadedMb,
    peakMb: process.resourceUsage().maxRSS / 1024,
    promptRate: median(rates.prompt),
    oneRate: median(rates.one),
    fourRate: median(rates.four),
    fourByOne: median(rates.four.map((rate, turn) => rate / rates.one[turn]!)),
    oneBest: Math.max(...rates.one),
    fourBest: Math.max(...rates.four),
    outputTokens,
  };
}

/** Where ending an answer can't be forbidden, one is looked for that is long. */
async function findEndless(
  contestant: Contestant,
): Promise<{ readonly prompt: string; readonly outputTokens: number }> {
  let longest = { prompt: '', outputTokens: 0 };
  for (const prompt of ENDLESS) {
    const [answer] = await contestant.generate([prompt], OUTPUT_TOKENS_MAX);
    if (answer!.outputTokens > longest.outputTokens) longest = { prompt, outputTokens: answer!.outputTokens };
  }
  return longest;
}

async function rateOf(work: () => Promise<number>): Promise<number> {
  const startMs = performance.now();
  const tokens = await work();
  return tokens / ((performance.now() - startMs) / 1000);
}

function memoryMb(): number {
  return process.memoryUsage.rss() / 1024 ** 2;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
