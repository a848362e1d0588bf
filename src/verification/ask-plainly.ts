import type { JsonObject } from '../base/json.ts';
import type { CheckGroup } from '../contract/verification.ts';
import { askEngine } from './ask-engine.ts';
import { type Check, failed, passed, skipped } from './check.ts';

export interface PlainQuestion {
  readonly id: string;
  readonly group: CheckGroup;
  readonly question: string;
  /** Also what a right answer may be, word for word. */
  readonly expected: string;
  /** What a right answer holds. */
  readonly matches: RegExp;
  /** What else could be chosen: an answer that names one of them as well has not chosen. */
  readonly others?: readonly string[];
  /** Stands beside the question in the message. */
  readonly pictureUrl?: () => string;
}

/** A right answer to a question with one right answer is short; a long one that holds the word somewhere proves nothing. */
const WORDS_MAX = 15;
const OUTPUT_TOKENS_MAX = 60;

/** A check that asks one question and looks for one right answer. */
export function askPlainly(plain: PlainQuestion): Check {
  const { id, group, question, expected } = plain;
  return {
    ...{ id, group, question, expected, required: true },
    async run({ line, vision }) {
      if (plain.pictureUrl && vision === false)
        return skipped('the engine says that it takes no pictures: start it with its projector');
      const messages = [{ role: 'user', content: contentOf(plain) }];
      const { text } = await askEngine(line, { messages, outputTokensMax: OUTPUT_TOKENS_MAX });
      const why = whatIsWrong(plain, text.trim());
      return why === undefined ? passed(text) : failed(text, why);
    },
  };
}

function contentOf({ question, pictureUrl }: PlainQuestion): string | readonly JsonObject[] {
  if (!pictureUrl) return question;
  return [
    { type: 'image_url', image_url: { url: pictureUrl() } },
    { type: 'text', text: question },
  ];
}

/** Such as `<|eot|>`: the engine has a wrong template, or does not stop where it should. */
export function hasTemplateToken(text: string): boolean {
  return /<\|[a-z_]{2,40}\|>/.test(text);
}

/** Why an answer is not the right one, in words fit for anybody; undefined when it is. */
export function whatIsWrong(
  { matches, others = [] }: Pick<PlainQuestion, 'matches' | 'others'>,
  text: string,
): string | undefined {
  if (text === '') return 'an empty answer';
  if (hasTemplateToken(text)) return 'marks of the chat template stand in the answer';
  if (!matches.test(text)) return 'another answer';
  if (text.split(/\s+/).length > WORDS_MAX) return 'too many words for this question';
  const other = others.find((word) => new RegExp(`\\b${word}\\b`, 'i').test(text));
  return other === undefined ? undefined : `it also says "${other}"`;
}
