/**
 * One sentence hidden in a long text. Scout's attention reads in chunks of 8,192 tokens, and only every fourth layer looks further: the
 * longer text hides its needle in the first chunk and asks in the second, where an engine that cuts or mixes up chunks finds nothing.
 */
import { seededRandom } from '../base/random.ts';
import { streamEngine } from './ask-engine.ts';
import { type Check, failed, passed, skipped } from './check.ts';

const CHUNK_TOKENS = 8_192;
/** What the template, the question and the answer need beside the text. */
const ROOM_TOKENS = 200;
/** An old machine reads 20 tokens a second; its answer may begin so much later. */
const PATIENCE_MS_PER_TOKEN = 50;

const NEEDLES = [
  { id: 'needles-2k', textTokens: 2_000, depth: 0.5, town: 'Bergen', code: '4817' },
  { id: 'needles-12k', textTokens: 12_000, depth: 0.25, town: 'Tallinn', code: '9352' },
] as const;

export const needleChecks: readonly Check[] = NEEDLES.map((needle) => ({
  id: needle.id,
  group: 'needles',
  question: `What is the code of the warehouse in ${needle.town}? (one sentence in about ${needle.textTokens.toLocaleString('en')} tokens)`,
  expected: needle.code,
  required: true,
  async run({ line, contextTokens, salt }) {
    const { textTokens, depth, town, code } = needle;
    if (contextTokens !== undefined && contextTokens < textTokens + ROOM_TOKENS) {
      const limit = contextTokens.toLocaleString('en');
      return skipped(`a request to this engine may hold ${limit} tokens: start it with a longer context`);
    }
    const sentence = `The code of the warehouse in ${town} is ${code}.`;
    const question = `What is the code of the warehouse in ${town}? Answer with the number only.`;
    const content = `${hideIn(sentence, { tokens: textTokens, depth, seed: salt })}\n\n${question}`;
    const patient = { ...line, waitMs: line.waitMs + textTokens * PATIENCE_MS_PER_TOKEN };
    const answer = await streamEngine(patient, { messages: [{ role: 'user', content }], outputTokensMax: 20 });
    const { usage, text, firstContentMs } = answer;
    const read = (usage?.promptTokens ?? 0) - (usage?.cachedTokens ?? 0);
    const speed = firstContentMs && read > 0 ? { promptTokensPerSecond: read / (firstContentMs / 1000) } : undefined;
    const got = `${text.trim()}${usage ? ` (${usage.promptTokens} tokens read)` : ''}`;
    if (textTokens > CHUNK_TOKENS && usage && usage.promptTokens <= CHUNK_TOKENS)
      return failed(got, `the engine read only ${usage.promptTokens} tokens of the text: it cuts long prompts`, speed);
    return text.includes(code) ? passed(got, speed) : failed(got, 'another answer', speed);
  },
}));

/** Plain words of which the tokenizer of Llama 4 makes one token each, so that words and full stops count as tokens. */
const WORDS =
  'the a river house garden street window morning evening summer winter water stone bridge table paper letter green white old new long quiet small large open under over near behind between after before with from into stands walks finds brings carries leaves follows turns waits reads writes keeps makes sees hears'.split(
    ' ',
  );
const SENTENCE_WORDS = 11;

/** `depth` 0 is the beginning of the text, 1 its end. The same seed gives the same text. */
export function hideIn(
  sentence: string,
  { tokens, depth, seed }: { readonly tokens: number; readonly depth: number; readonly seed: number },
): string {
  const random = seededRandom(seed);
  const sentences = Array.from({ length: Math.ceil(tokens / (SENTENCE_WORDS + 1)) }, () => {
    const words = Array.from({ length: SENTENCE_WORDS }, () => WORDS[Math.floor(random.next() * WORDS.length)]!);
    const text = words.join(' ');
    return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
  });
  sentences.splice(Math.round(sentences.length * depth), 0, sentence);
  return sentences.join(' ');
}
