import type { Exchange } from './exchange.ts';

/** Public numbers may be this old: however many look at a page, storage is asked once a second for each. */
const FRESH_MS = 1_000;
const ANSWERS_MAX = 200;

interface Shared {
  readonly untilMs: number;
  readonly body: Promise<string>;
}

const shared = new WeakMap<Exchange, Map<string, Shared>>();

/** Answers that are the same for everybody, by the whole question. One that failed is not kept. */
export async function shareAnswer(
  exchange: Exchange,
  question: string,
  ask: () => Promise<unknown>,
): Promise<Response> {
  const answers = shared.get(exchange) ?? new Map<string, Shared>();
  shared.set(exchange, answers);
  const nowMs = exchange.clock.monotonicMs();
  let known = answers.get(question);
  if (!known || known.untilMs <= nowMs) {
    known = { untilMs: nowMs + FRESH_MS, body: ask().then((answer) => JSON.stringify(answer)) };
    answers.delete(question);
    answers.set(question, known);
    const [oldest] = answers.keys();
    if (answers.size > ANSWERS_MAX && oldest !== undefined) answers.delete(oldest);
    known.body.catch(() => answers.delete(question));
  }
  const headers = { 'content-type': 'application/json', 'cache-control': 'private, max-age=1' };
  return new Response(await known.body, { headers });
}
