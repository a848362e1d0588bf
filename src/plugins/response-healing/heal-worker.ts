/** The thread that mends an answer: it knows the answer and its schema, and may be ended at any time. */
import type { JsonObject } from '../../base/json.ts';
import { healAnswer } from './heal-answer.ts';

declare const self: Worker;

/** What this thread is sent, once. */
export interface HealingTask {
  readonly text: string;
  readonly schema: JsonObject | undefined;
}

self.onmessage = ({ data }: MessageEvent<HealingTask>) => self.postMessage(healAnswer(data.text, data.schema));
