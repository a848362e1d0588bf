/** Questions on text, each with one right answer that a model of Scout's size knows. */
import { askPlainly, type PlainQuestion } from './ask-plainly.ts';
import type { Check } from './check.ts';

type Entry = readonly [id: string, question: string, expected: string, matches: RegExp];

const FACTS: readonly Entry[] = [
  ['capital', 'What is the capital of Australia? Answer with its name only.', 'Canberra', /\bcanberra\b/i],
  ['gold', 'What is the chemical symbol of gold? Answer with the symbol only.', 'Au', /\bAu\b/],
  ['planet', 'Which planet is closest to the Sun? Answer with its name only.', 'Mercury', /\bmercury\b/i],
  ['hamlet', 'Who wrote the play Hamlet? Answer with the last name only.', 'Shakespeare', /\bshakespeare\b/i],
  ['war', 'In which year did the Second World War end? Answer with the year only.', '1945', /\b1945\b/],
  ['hexagon', 'How many sides does a hexagon have? Answer with a number only.', '6', /\b(?:6|six)\b/i],
  ['ocean', 'Which ocean is the largest? Answer with its name only.', 'Pacific', /\bpacific\b/i],
  ['boiling', 'At how many degrees Celsius does water boil at sea level? Answer with a number only.', '100', /\b100\b/],
  ['brazil', 'Which language do most people in Brazil speak? Answer with one word.', 'Portuguese', /\bportuguese\b/i],
  [
    'element',
    'Which chemical element has the atomic number 1? Answer with its name only.',
    'Hydrogen',
    /\bhydrogen\b/i,
  ],
];

const ARITHMETIC: readonly Entry[] = [
  ['product', 'What is 17 times 23? Answer with the number only.', '391', /\b391\b/],
  [
    'time',
    'A train leaves at 14:35 and travels for 2 hours and 50 minutes. At what time does it arrive? Answer as HH:MM only.',
    '17:25',
    /\b17:25\b/,
  ],
];

const TRANSLATION: readonly Entry[] = [
  [
    'german',
    'Translate into German: "The cat sleeps under the table." Answer with the translation only.',
    'Die Katze schläft unter dem Tisch.',
    /\bdie katze schl(?:ä|ae)ft unter dem tisch\b/i,
  ],
];

export const textQuestions: readonly PlainQuestion[] = [
  ...FACTS.map((entry) => plainOf('facts', entry)),
  ...ARITHMETIC.map((entry) => plainOf('arithmetic', entry)),
  ...TRANSLATION.map((entry) => plainOf('translation', entry)),
];

export const textChecks: readonly Check[] = textQuestions.map(askPlainly);

function plainOf(
  group: 'facts' | 'arithmetic' | 'translation',
  [id, question, expected, matches]: Entry,
): PlainQuestion {
  return { id: `${group}-${id}`, group, question, expected, matches };
}
