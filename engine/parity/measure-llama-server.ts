/** A `llama-server` of the PATH, started for this on a free port. Run by `npm run parity` in a process of its own. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { CONTEXT_TOKENS, type ForeignPrompt, files, measureForeign } from './foreign.ts';

interface Completion {
  readonly tokens: readonly number[];
  /** Absent when the first token is only a part of a character. */
  readonly completion_probabilities?: readonly {
    readonly id: number;
    readonly top_logprobs: readonly { readonly id: number; readonly logprob: number }[];
  }[];
}

const START_MS_MAX = 60_000;

const port = await freePort();
const base = `http://127.0.0.1:${port}`;
const server = spawn(
  process.argv[2]!,
  [
    ...['-m', files.model, '--mmproj', files.projector, '--host', '127.0.0.1', '--port', String(port), '-np', '1'],
    ...['-c', String(CONTEXT_TOKENS), '-t', '1', '-fa', 'off', '-ctk', 'f32', '-ctv', 'f32', '--no-warmup'],
  ],
  { stdio: 'ignore' },
);
process.on('exit', () => server.kill('SIGKILL'));

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function waitUntilReady(): Promise<void> {
  const end = Date.now() + START_MS_MAX;
  while (Date.now() < end && server.exitCode === null) {
    const isReady = await fetch(`${base}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await Bun.sleep(100);
  }
  throw new Error('llama-server did not start');
}

async function post<Answer>(path: string, body: object): Promise<Answer> {
  const response = await fetch(base + path, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  // Another program's answer, read for a table.
  return (await response.json()) as Answer;
}

await waitUntilReady();
const { media_marker } = (await (await fetch(`${base}/props`)).json()) as { readonly media_marker: string };

function complete({ text, ids, picture }: ForeignPrompt, count: number): Promise<Completion> {
  const prompt = picture
    ? {
        prompt_string: text.replace('{picture}', media_marker),
        multimodal_data: [readFileSync(picture).toString('base64')],
      }
    : ids;
  return post('/completion', {
    prompt,
    n_predict: count,
    temperature: 0,
    n_probs: 200,
    cache_prompt: false,
    return_tokens: true,
  });
}

const measured = await measureForeign({
  seesPictures: true,
  encode: async (content) =>
    (await post<{ tokens: number[] }>('/tokenize', { content, add_special: true, parse_special: false })).tokens,
  scores: async (prompt) => {
    const { completion_probabilities } = await complete(prompt, 1);
    return new Map((completion_probabilities?.[0]?.top_logprobs ?? []).map(({ id, logprob }) => [id, logprob]));
  },
  greedy: async (prompt, count) => (await complete(prompt, count)).tokens,
});
process.stdout.write(`\n${JSON.stringify(measured)}\n`, () => process.exit(0));
