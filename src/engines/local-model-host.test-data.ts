/** Models with scripted engines of their own, for tests of the host. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeLlamaServer, type FakeOptions, makeFakeLlamaServer } from './fake-llama-server.test-data.ts';
import { inspectWeights } from './inspect-weights.ts';
import type { LocalModelEntry } from './local-model.ts';
import { makeGguf } from './make-gguf.test-data.ts';

/** A model of its own folder with an engine of its own. */
export async function addModelTo(
  folder: string,
  id: string,
  options: FakeOptions = {},
  change: Partial<LocalModelEntry> = {},
): Promise<{ readonly entry: LocalModelEntry; readonly fake: FakeLlamaServer; readonly place: string }> {
  const place = join(folder, id.replace('/', '-'));
  mkdirSync(place, { recursive: true });
  const file = join(place, 'weights.gguf');
  writeFileSync(
    file,
    makeGguf({ 'general.architecture': 'llama', 'llama.block_count': 2, 'llama.embedding_length': 64 }),
  );
  const weights = await inspectWeights(file);
  const fake = makeFakeLlamaServer(place, options);
  return {
    ...{ fake, place },
    entry: {
      ...{ id, name: id, parts: [file], bytes: weights.bytes, projectorBytes: 0, architecture: 'llama' },
      ...{ quantization: 'int4', tools: true, shape: weights.shape, contextTokens: 4096, slots: 2 },
      ...{ engine: fake.path, autoload: false, force: false, addedAt: '2026-11-26T00:00:00Z' },
      ...change,
    },
  };
}

export async function ask(awake: { baseUrl: string; secret: { reveal(): string } }, text: string): Promise<string> {
  const answer = await fetch(`${awake.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${awake.secret.reveal()}` },
    body: JSON.stringify({ messages: [{ role: 'user', content: text }] }),
  });
  const body = (await answer.json()) as { choices: [{ message: { content: string } }] };
  return body.choices[0].message.content;
}

/** One that has ended and that nobody has buried yet is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
