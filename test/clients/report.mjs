/** Runs the cases of one SDK in this process and reports each as one JSON line, for the run that started it. */
import { deepStrictEqual } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { CASES } from './cases.mjs';

const CASE_MS_MAX = 15_000;
const ABORT_MS_MAX = 1_000;

/** `baseUrl`, `key`, `managementKey`, `poorKey`, and `providerOrigin`, where the scripted provider tells what it saw. */
export const setting = JSON.parse(process.env.TRUNKLINE_CLIENTS ?? '{}');

/** A function passes by returning; a text says why this SDK has no such case. */
export async function runSuite(cases) {
  for (const name of Object.keys(cases)) if (!(name in CASES)) throw new Error(`${name} is not in cases.mjs`);
  for (const [name, run] of Object.entries(cases)) {
    if (typeof run === 'string') report({ name, result: 'skip', detail: run });
    else report({ name, ...(await attempt(run)) });
  }
  process.exit(0);
}

async function attempt(run) {
  const startedAt = performance.now();
  const tooLate = new AbortController();
  try {
    const late = pause(CASE_MS_MAX, undefined, { signal: tooLate.signal }).then(() => {
      throw new Error(`no result after ${CASE_MS_MAX} ms`);
    });
    await Promise.race([run(), late]);
    return { result: 'pass', ms: performance.now() - startedAt };
  } catch (error) {
    return { result: 'fail', ms: performance.now() - startedAt, detail: describe(error) };
  } finally {
    tooLate.abort();
  }
}

function describe(error) {
  if (!(error instanceof Error)) return String(error);
  if (Array.isArray(error.issues)) return `${error.name}: ${error.issues.flatMap(issueLines).join('; ')}`;
  const cause = error.cause === undefined ? '' : ` | cause: ${describe(error.cause)}`;
  const place = error.stack?.match(/[\w-]+\.suite\.mjs:\d+/)?.[0];
  return `${error.name}: ${error.message}${place ? ` (${place})` : ''}${cause}`;
}

/** Where a schema refused an answer and why; of a union, what each branch said. */
function issueLines({ path, message, errors }) {
  if (!errors) return [`${path.join('.') || '(top)'}: ${message}`];
  return errors.flatMap((branch) =>
    branch.flatMap((issue) => issueLines({ ...issue, path: [...path, ...issue.path] })),
  );
}

function report(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

export function expect(what, found, expected) {
  try {
    deepStrictEqual(found, expected);
  } catch {
    throw new Error(`${what}: expected ${show(expected)}, found ${show(found)}`);
  }
}

export function expectThat(what, isSo, found) {
  if (!isSo) throw new Error(`${what}: found ${show(found)}`);
}

function show(value) {
  const text = value instanceof Error ? describe(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}

/** What `run` throws; it is a failure of the case if it throws nothing. */
export async function thrownBy(run) {
  let value;
  try {
    value = await run();
  } catch (error) {
    return error;
  }
  throw new Error(`expected an error, found ${show(value)}`);
}

/** The scripted provider's figures at the prices of trunkline.mjs: 60 × $1, 40 × $0.25 and 10 × $4 per million. */
export const COST = 0.00011;

export function expectUsage({ prompt, completion, cached, cost }) {
  expect('prompt tokens', prompt, 100);
  expect('completion tokens', completion, 10);
  expect('cached tokens', cached, 40);
  expectThat(`a cost of ${COST}`, Math.abs(cost - COST) < 1e-12, cost);
}

/** What the provider saw of requests whose last message is `tag`. */
export async function seenByProvider(tag) {
  const response = await fetch(`${setting.providerOrigin}/seen?tag=${encodeURIComponent(tag)}`);
  return await response.json();
}

/** Call right after hanging up. The provider must see it in time, and the exchange must answer as before. */
export async function expectHangUp(tag) {
  const hungUpAt = performance.now();
  for (;;) {
    const seen = await seenByProvider(tag);
    expectThat('one request at the provider', seen.length === 1, seen.length);
    if (seen[0].hungUpAfterMs !== undefined) break;
    const waited = performance.now() - hungUpAt;
    expectThat(`the provider to see the abort within ${ABORT_MS_MAX} ms`, waited < ABORT_MS_MAX, waited);
    await pause(10);
  }
  const health = await fetch(new URL('/health/ready', setting.baseUrl));
  expect('health after the abort', health.status, 200);
}

/** A generation as the exchange recorded it, for SDKs that cannot ask. */
export async function findGeneration(id) {
  const response = await fetch(`${setting.baseUrl}/generation?id=${encodeURIComponent(id)}`, {
    headers: { authorization: `Bearer ${setting.key}` },
  });
  expect('status of the generation', response.status, 200);
  return (await response.json()).data;
}

/** What the message of "no endpoint" for Llama 4 Scout must name: the variables that would connect its hosts. */
export function expectNamedKeys(message) {
  expectThat(
    'a message that names GROQ_API_KEY or DEEPINFRA_API_KEY',
    /GROQ_API_KEY|DEEPINFRA_\w+/.test(message),
    message,
  );
}

export const SCOUT = 'meta-llama/llama-4-scout';
/** One letter short of a model that is there. */
export const MISSPELT = 'meta-llama/llama-4-scot';

/** A red square on black, 64 × 64, as a data URL. */
export const RED_SQUARE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAMAAACdt4HsAAAABlBMVEUAAADcHh4PuncnAAAAJklEQVR42u3MAQ0AAAgDoNu/tAmcAQ4BSAAO8xAIBAKBQNAXALUWkiAEAZFuWjMAAAAASUVORK5CYII=';
