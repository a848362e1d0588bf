/** The reference's answers, as `golden/make_parity.py` writes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Answer {
  /** The likeliest next tokens with the natural logarithm of their probability. */
  readonly top: readonly (readonly [token: number, logprob: number])[];
  /** What follows when the best token is taken each time. */
  readonly greedy: readonly number[];
  /** How close the second best ever came to the best, in logits. */
  readonly margin: number;
}

export interface TextAnswer extends Answer {
  readonly prompt: string;
  readonly ids: readonly number[];
}

export interface PictureAnswer extends Answer {
  readonly file: string;
  readonly before: string;
  readonly behind: string;
  readonly tiles: number;
  readonly ids: readonly number[];
  /** The same in llama.cpp's layout and order; for pictures of one tile. */
  readonly columns?: Answer;
}

export interface Answers {
  readonly text: readonly TextAnswer[];
  readonly pictures: readonly PictureAnswer[];
  /** One text, and what comes next after so many of its tokens. */
  readonly long?: {
    readonly prompt: string;
    readonly after: readonly { readonly tokens: number; readonly top: Answer['top'] }[];
  };
}

export const golden = join(import.meta.dir, 'golden');

export function readAnswers(name: 'answers' | 'hub-answers'): Answers {
  // Our own script wrote the file.
  return JSON.parse(readFileSync(join(golden, `${name}.json`), 'utf8')) as Answers;
}
