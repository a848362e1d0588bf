/** How an engine answers, whatever it says: streams, counts, stops, lets go, repeats itself, and gives probabilities. */
import { z } from 'zod';
import { type Answer, askEngine, type StreamedAnswer, streamEngine } from './ask-engine.ts';
import { hasTemplateToken } from './ask-plainly.ts';
import { type Check, type Finding, failed, passed, type Speed, skipped } from './check.ts';
import { type EngineLine, NoAnswer } from './engine-line.ts';

const NUMBERS = Array.from({ length: 60 }, (_, i) => String(i + 1));
const COUNTING = {
  messages: [{ role: 'user', content: 'Write the numbers from 1 to 60 in digits, separated by commas. Nothing else.' }],
  outputTokensMax: 400,
} as const;

/** Long enough not to end by itself while we look. */
const ENDLESS = {
  messages: [
    { role: 'user', content: 'Write the numbers from 1 to 2000 in digits, separated by commas. Leave none out.' },
  ],
  outputTokensMax: 4_000,
} as const;

/** Engines that do not say how many requests they work on at once are given so many to let go of. */
const SLOTS_UNKNOWN = 4;
const SLOTS_TRIED_MAX = 8;
/** After a cancellation the next answer may begin so much later than one on a quiet engine. */
const FREE_WITHIN_MS = 3_000;
const FREE_WITHIN_TIMES = 3;
const SEEDS = [20_250_405, 17] as const;

export const streamChecks: readonly Check[] = [
  {
    id: 'streaming-end',
    group: 'streaming',
    question: `${COUNTING.messages[0].content} (streamed)`,
    expected: 'all numbers, a finish reason and [DONE]',
    required: true,
    async run({ line }) {
      const answer = await streamEngine(line, COUNTING);
      const got = `${answer.text.length > 40 ? `…${answer.text.slice(-40)}` : answer.text}, finish ${answer.finishReason ?? 'none'}`;
      if (answer.text === '') return failed(got, 'the stream held no text');
      if (hasTemplateToken(answer.text)) return failed(got, 'marks of the chat template stand in the answer');
      if (!answer.isTerminated) return failed(got, 'the stream ended without its terminal event [DONE]');
      if (answer.finishReason === undefined) return failed(got, 'no frame said why the answer ended');
      if (!isCounted(answer.text)) return failed(got, 'numbers are missing', speedOf(answer));
      return passed(got, speedOf(answer));
    },
  },
  {
    id: 'streaming-usage',
    group: 'streaming',
    question: 'The same, streamed and not: do the token counts agree?',
    expected: 'the same counts, and sums that add up',
    required: true,
    async run({ line }) {
      const whole = await askEngine(line, COUNTING);
      return compareUsage(whole, await streamEngine(line, COUNTING));
    },
  },
  {
    id: 'stop-text',
    group: 'stop',
    question: 'Write the numbers from 1 to 20, separated by commas (with stop: "17")',
    expected: 'an end before 17',
    required: true,
    async run({ line }) {
      const question = 'Write the numbers from 1 to 20 in digits, separated by commas. Nothing else.';
      return judgeStop(
        await askEngine(line, {
          messages: [{ role: 'user', content: question }],
          outputTokensMax: 120,
          fields: { stop: ['17'] },
        }),
      );
    },
  },
  {
    id: 'cancel-stream',
    group: 'cancel',
    question: 'Does the engine let go of streams whose reader left?',
    expected: 'the next answer begins promptly',
    required: true,
    run: async ({ line, slots }) => {
      const times = Math.min(SLOTS_TRIED_MAX, slots ?? SLOTS_UNKNOWN);
      return await compareFirstContent(line, times).catch((error: unknown) => {
        if (error instanceof NoAnswer && error.kind === 'silent')
          return failed('', `cancelled streams keep the engine busy: ${error.message}`);
        throw error;
      });
    },
  },
  {
    id: 'seed-twice',
    group: 'seed',
    question: 'Invent a name for a ship (at temperature 1, twice with one seed, once with another)',
    expected: 'the same answer twice, then another',
    required: false,
    async run({ line }) {
      const invent = async (seed: number): Promise<string> => {
        const content = 'Invent a name for a ship and say in one sentence what it stands for.';
        const messages = [{ role: 'user', content }];
        return (await askEngine(line, { messages, outputTokensMax: 60, temperature: 1, fields: { seed } })).text;
      };
      const first = await invent(SEEDS[0]);
      const second = await invent(SEEDS[0]);
      if (first.trim() === '') return failed('', 'an empty answer');
      if (first !== second)
        return failed(`${first.slice(0, 90)} / ${second.slice(0, 90)}`, 'the same seed gave two answers');
      // Sixty tokens drawn at temperature 1 are hardly ever drawn again.
      const other = await invent(SEEDS[1]);
      return other === first ? failed(first, 'another seed gave the same answer, so none was drawn') : passed(first);
    },
  },
  {
    id: 'logprobs-greedy',
    group: 'logprobs',
    question: 'Say "one two three" (with the three likeliest tokens at each place)',
    expected: 'each token with its log-probability, none more likely than the one chosen',
    required: false,
    run: async ({ line }) => {
      const asked = askEngine(line, {
        messages: [{ role: 'user', content: 'Say exactly: one two three' }],
        outputTokensMax: 12,
        fields: { logprobs: true, top_logprobs: 3 },
      });
      const answer = await asked.catch((error: unknown) => {
        if (error instanceof NoAnswer && error.kind === 'refused' && error.status === 400) return error;
        throw error;
      });
      if (answer instanceof NoAnswer) return skipped('not offered', answer.said);
      return answer.logprobs === undefined ? skipped('not offered') : judgeLogprobs(answer.logprobs);
    },
  },
];

async function compareFirstContent(line: EngineLine, times: number): Promise<Finding> {
  const greeting = { messages: [{ role: 'user', content: 'Say hello.' }], outputTokensMax: 10 };
  const quietMs = (await streamEngine(line, greeting)).firstContentMs;
  for (let time = 0; time < times; time++) {
    const { text } = await streamEngine(line, ENDLESS, true);
    if (text === '') return failed('', 'a stream ended before it held text');
  }
  const afterMs = (await streamEngine(line, greeting)).firstContentMs;
  if (quietMs === undefined || afterMs === undefined) return failed('', 'a greeting had no text');
  const got = `${Math.round(afterMs)} ms after ${times} cancellations, ${Math.round(quietMs)} ms before`;
  return afterMs <= quietMs * FREE_WITHIN_TIMES + FREE_WITHIN_MS
    ? passed(got)
    : failed(got, 'cancelled streams keep the engine busy');
}

export function judgeStop({ text, finishReason }: Pick<Answer, 'text' | 'finishReason'>): Finding {
  const got = `${text}, finish ${finishReason ?? 'none'}`;
  if (/\b1[789]\b|\b20\b/.test(text)) return failed(got, 'the answer went on past the stop text');
  if (!/\b16\b/.test(text)) return failed(got, 'the answer ended before it reached the stop text');
  return finishReason === 'stop' ? passed(got) : failed(got, 'the finish reason is not "stop"');
}

/** Every number in its order; the commas and spaces are the model's own. */
export function isCounted(text: string): boolean {
  const found = text.match(/\d+/g) ?? [];
  return NUMBERS.every((number, i) => found[i] === number);
}

function speedOf({ firstContentMs, lastContentMs, usage }: StreamedAnswer): Speed {
  if (firstContentMs === undefined || lastContentMs === undefined) return {};
  const seconds = (lastContentMs - firstContentMs) / 1000;
  const tokens = (usage?.completionTokens ?? 0) - 1;
  return {
    firstTokenMs: firstContentMs,
    ...(tokens > 0 && seconds > 0 && { generationTokensPerSecond: tokens / seconds }),
  };
}

export function compareUsage(whole: Pick<Answer, 'text' | 'usage'>, streamed: Pick<Answer, 'text' | 'usage'>): Finding {
  if (!whole.usage) return failed('', 'the whole answer says nothing of tokens');
  if (!streamed.usage) return failed('', 'the stream says nothing of tokens, though it was asked to');
  const got = [whole.usage, streamed.usage]
    .map(({ promptTokens, completionTokens }) => `${promptTokens} + ${completionTokens}`)
    .join(' whole, ');
  for (const { promptTokens, completionTokens, totalTokens } of [whole.usage, streamed.usage]) {
    if (totalTokens !== undefined && totalTokens !== promptTokens + completionTokens)
      return failed(`${got} streamed`, 'a total is not the sum of its parts');
  }
  if (whole.usage.promptTokens !== streamed.usage.promptTokens)
    return failed(`${got} streamed`, 'the prompt is counted differently');
  // Greedy answers may differ where two tokens are equally likely; then only the prompt can be compared.
  if (whole.text === streamed.text && whole.usage.completionTokens !== streamed.usage.completionTokens)
    return failed(`${got} streamed`, 'the same answer is counted differently');
  return passed(`${got} streamed`);
}

const place = z.object({ token: z.string(), logprob: z.number() });
const logprobsSchema = z.object({
  content: z.array(place.extend({ top_logprobs: z.array(place).nullish() })).min(1),
});
/** At temperature 0 the chosen token is the likeliest; equal ones may change places by rounding. */
const ROUNDING = 0.01;

export function judgeLogprobs(logprobs: unknown): Finding {
  const parsed = logprobsSchema.safeParse(logprobs);
  if (!parsed.success) return failed('', 'the log-probabilities have another form');
  const { content } = parsed.data;
  const got = content
    .slice(0, 6)
    .map(({ token, logprob }) => `${JSON.stringify(token)} ${logprob.toFixed(3)}`)
    .join(' ');
  if (content.some(({ logprob }) => logprob > ROUNDING)) return failed(got, 'a probability above 1');
  const isBeaten = content.some(({ logprob, top_logprobs: top }) =>
    (top ?? []).some((other) => other.logprob > logprob + ROUNDING),
  );
  return isBeaten ? failed(got, 'a token was chosen at temperature 0 that is not the likeliest') : passed(got);
}
