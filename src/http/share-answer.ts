import { Failure } from '../generation/failure.ts';
import type { Exchange } from './exchange.ts';

/** Whose questions they are. */
type Asked = Pick<Exchange, 'clock'>;

/** Public numbers may be this old: however many look at a page, storage is asked once a second for each. */
const FRESH_MS = 1_000;
const ANSWERS_MAX = 200;
/** Storage has other work: so many different questions of the public are put to it at once, and so many wait. */
const ASKED_MAX = 3;
const WAITING_MAX = 60;

interface Shared {
  readonly untilMs: number;
  readonly body: Promise<string>;
}

interface Desk {
  readonly answers: Map<string, Shared>;
  asked: number;
  readonly waiting: (() => void)[];
}

const desks = new WeakMap<Asked, Desk>();

function deskOf(exchange: Asked): Desk {
  const desk = desks.get(exchange) ?? { answers: new Map(), asked: 0, waiting: [] };
  desks.set(exchange, desk);
  return desk;
}

/** Answers that are the same for everybody, by the whole question. One that failed is not kept. */
export async function shareAnswer(exchange: Asked, question: string, ask: () => Promise<unknown>): Promise<Response> {
  const desk = deskOf(exchange);
  const { answers } = desk;
  const nowMs = exchange.clock.monotonicMs();
  let known = answers.get(question);
  if (!known || known.untilMs <= nowMs) {
    known = { untilMs: nowMs + FRESH_MS, body: inTurn(desk, ask).then((answer) => JSON.stringify(answer)) };
    answers.delete(question);
    answers.set(question, known);
    const [oldest] = answers.keys();
    if (answers.size > ANSWERS_MAX && oldest !== undefined) answers.delete(oldest);
    known.body.catch(() => answers.delete(question));
  }
  const headers = { 'content-type': 'application/json', 'cache-control': 'private, max-age=1' };
  return new Response(await known.body, { headers });
}

async function inTurn(desk: Desk, ask: () => Promise<unknown>): Promise<unknown> {
  if (desk.asked >= ASKED_MAX) {
    if (desk.waiting.length >= WAITING_MAX) {
      throw new Failure('rate-limited', { message: 'Too many different questions at once', retryAfterSeconds: 1 });
    }
    await new Promise<void>((resolve) => desk.waiting.push(resolve));
  } else desk.asked++;
  try {
    return await ask();
  } finally {
    // The place goes to whoever waits longest, or is free.
    const next = desk.waiting.shift();
    if (next) next();
    else desk.asked--;
  }
}
