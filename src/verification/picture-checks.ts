/**
 * Questions on pictures that are drawn here. Five are of one tile (336 x 336, the size of Scout's vision tower), one of several.
 *
 * The two on positions tell more than right and wrong: an engine that hands the image tokens over column by column shows the model
 * the picture mirrored along its diagonal, so that left turns into top and top into left (finding A of the study on Llama 4).
 */
import { askPlainly, type PlainQuestion } from './ask-plainly.ts';
import type { Check } from './check.ts';
import { COLOURS, Picture } from './draw-picture.ts';

const TILE = 336;
const SIDES = ['left', 'right', 'top', 'bottom'] as const;
const WHERE = 'does the picture show it? Answer with one word: left, right, top or bottom.';

/** What each question on a position is answered with when rows and columns are swapped. */
export const SWAPPED_ANSWERS: ReadonlyMap<string, RegExp> = new Map([
  ['pictures-left-right', /\btop\b/i],
  ['pictures-above-below', /\bright\b/i],
]);

export const pictureQuestions: readonly (PlainQuestion & { readonly draw: () => Picture })[] = [
  {
    ...{ id: 'pictures-colour', group: 'pictures', expected: 'blue', matches: /\bblue\b/i },
    question: 'Which colour is the disc? Answer with one word.',
    others: ['red', 'green', 'yellow'],
    draw: () => tile().disc(168, 168, 90, COLOURS.blue),
  },
  {
    ...{ id: 'pictures-count', group: 'pictures', expected: '5', matches: /\b(?:5|five)\b/i },
    question: 'How many black squares are there? Answer with a number only.',
    draw: () => {
      const picture = tile();
      for (const [x, y] of [
        [40, 40],
        [220, 60],
        [130, 140],
        [50, 240],
        [240, 230],
      ] as const)
        picture.rectangle(x, y, 54, 54, COLOURS.black);
      return picture;
    },
  },
  {
    ...{ id: 'pictures-left-right', group: 'pictures', expected: 'left', matches: /\bleft\b/i },
    question: `There is one red disc. On which side ${WHERE}`,
    others: SIDES.filter((side) => side !== 'left'),
    draw: () => tile().disc(50, 168, 40, COLOURS.red),
  },
  {
    ...{ id: 'pictures-above-below', group: 'pictures', expected: 'bottom', matches: /\bbottom\b/i },
    question: `There is one green square. On which side ${WHERE}`,
    others: SIDES.filter((side) => side !== 'bottom'),
    draw: () => tile().rectangle(130, 250, 76, 76, COLOURS.green),
  },
  {
    ...{ id: 'pictures-text', group: 'pictures', expected: 'MAPLE 74', matches: /\bmaple\s*74\b/i },
    question: 'What is written in the picture? Answer with the text only.',
    draw: () => tile().text(18, 90, 10, 'MAPLE').text(110, 180, 10, '74'),
  },
  {
    ...{ id: 'pictures-large', group: 'pictures', expected: 'green', matches: /\bgreen\b/i },
    question: 'The picture has four coloured corners. Which colour is in the top right corner? Answer with one word.',
    others: ['red', 'blue', 'yellow'],
    // Whole tiles in one colour, so that the order of tokens within a tile makes no difference here.
    draw: () =>
      new Picture(3 * TILE, 2 * TILE, COLOURS.white)
        .rectangle(0, 0, TILE, TILE, COLOURS.red)
        .rectangle(2 * TILE, 0, TILE, TILE, COLOURS.green)
        .rectangle(0, TILE, TILE, TILE, COLOURS.blue)
        .rectangle(2 * TILE, TILE, TILE, TILE, COLOURS.yellow),
  },
];

export const pictureChecks: readonly Check[] = pictureQuestions.map(({ draw, ...plain }) =>
  askPlainly({ ...plain, pictureUrl: () => draw().dataUrl() }),
);

function tile(): Picture {
  return new Picture(TILE, TILE, COLOURS.white);
}
