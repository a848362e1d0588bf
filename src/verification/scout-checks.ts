import { CHECK_GROUPS } from '../contract/verification.ts';
import type { Question } from './ask-engine.ts';
import { askPlainly } from './ask-plainly.ts';
import type { Check } from './check.ts';
import { needleChecks } from './needle-checks.ts';
import { pictureChecks } from './picture-checks.ts';
import { streamChecks } from './stream-checks.ts';
import { textChecks } from './text-checks.ts';
import { toolChecks } from './tool-checks.ts';

export const SCOUT = 'meta-llama/llama-4-scout';

const GREETING_TEXT = 'Answer with one word: ready';

/** Asked before anything else: it may load the model, and whoever answers says who it is. */
export const GREETING: Question = { messages: [{ role: 'user', content: GREETING_TEXT }], outputTokensMax: 10 };

/** The first that counts, alone: it shows whether asking more makes sense. */
export const greetingCheck: Check = askPlainly({
  ...{ id: 'identity-answer', group: 'identity', expected: 'ready', matches: /\bready\b/i },
  question: GREETING_TEXT,
});

/** Everything that is asked of Scout, in the order of the groups: what fails cheaply first, long prompts last. */
export const scoutChecks: readonly Check[] = [
  ...textChecks,
  ...toolChecks,
  ...streamChecks,
  ...pictureChecks,
  ...needleChecks,
].sort((a, b) => CHECK_GROUPS.indexOf(a.group) - CHECK_GROUPS.indexOf(b.group));
