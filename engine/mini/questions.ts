/** What `trunkline/mini` is asked in its evaluation, read from the same files that its training reads. */
import { join } from 'node:path';
import { z } from 'zod';

export interface Question {
  readonly kind: string;
  readonly text: string;
  readonly answer: string;
}

const wordings = z.record(z.string(), z.array(z.string()));
const facts = z.record(
  z.string(),
  z.object({ answer: z.string(), ask: z.array(z.string()).min(1), topics: z.array(z.string()) }),
);
const unknown = z.object({ answers: z.array(z.string()).length(1), ask: z.array(z.string()), words: wordings });
const questions = z.object({ questions: z.array(z.string()) });
const fresh = z.object({ facts: wordings, unknown: questions });

async function read<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  return schema.parse(Bun.TOML.parse(await Bun.file(join(import.meta.dir, path)).text()));
}

export async function readFacts() {
  const files = await Promise.all(['use', 'model', 'more'].map((name) => read(facts, `corpus/facts-${name}.toml`)));
  const known = Object.assign({}, ...files) as z.infer<typeof facts>;
  for (const [name, more] of Object.entries(await read(wordings, 'corpus/wordings.toml')))
    known[name]!.ask.push(...more);
  return known;
}

export function readUnknown() {
  return read(unknown, 'corpus/unknown.toml');
}

/** Wordings of facts and questions that nothing answers, none of them trained. */
export async function readUnseen() {
  const [first, asked, later] = await Promise.all([
    read(wordings, 'evaluation/unseen.toml'),
    read(questions, 'evaluation/unknown.toml'),
    read(fresh, 'evaluation/fresh.toml'),
  ]);
  return { facts: [first, later.facts], unknown: [asked.questions, later.unknown.questions] };
}

/** What is left when letter case and punctuation don't count. */
export function plain(text: string): string {
  return text
    .replace(/[^\p{L}\p{M}\p{N}_]+/gu, ' ')
    .trim()
    .toLowerCase();
}

/** Every question with its one right answer; of each fact's trained wordings, `trainedMax` spread over the list. */
export async function readQuestions(trainedMax: number): Promise<readonly Question[]> {
  const [known, { answers }, unseen] = await Promise.all([readFacts(), readUnknown(), readUnseen()]);
  const trained = Object.values(known).flatMap(({ ask, answer }) =>
    spread(ask, trainedMax).map((text) => ({ kind: 'facts, trained wordings', text, answer })),
  );
  const facts = unseen.facts.flatMap((part) =>
    Object.entries(part).flatMap(([name, texts]) =>
      texts.map((text) => ({ kind: 'facts, unseen wordings', text, answer: known[name]!.answer })),
    ),
  );
  const nothing = unseen.unknown.flat().map((text) => ({ kind: 'unknown questions', text, answer: answers[0]! }));
  return [...trained, ...facts, ...nothing];
}

function spread<T>(list: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, list.length / most);
  return Array.from({ length: Math.min(most, list.length) }, (_, k) => list[Math.floor(k * step)]!);
}
