import { expect, test } from 'bun:test';
import type { Engine } from '../open-engine.ts';
import { threadFor } from '../start-thread.ts';
import { endless, GREEDY, openBundledModel, question, runAll, taskOf } from './bundled.test-data.ts';
import type { GenerationTask } from './task.ts';

/** An engine whose second thread is in the test's hand. */
async function openWithThread(script: string) {
  let worker: Worker | undefined;
  const ready = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<'begun'>();
  const engine = await openBundledModel({}, undefined, () => {
    worker = new Worker(new URL(script, import.meta.url), { ref: false });
    worker.addEventListener('message', ({ data }) => (data === 'begun' ? begun.resolve(data) : ready.resolve()));
    return worker;
  });
  return { engine, thread: () => worker!, ready: ready.promise, begun: begun.promise };
}
const COMPUTE = '../model/compute-thread.ts';
const STUCK = './stuck-thread.test-data.ts';
const IDLE = './idle-thread.test-data.ts';

const TEXTS = ['What does a request cost?', 'Tell me about prices. '.repeat(30), 'Bye', 'How do I stream?'];

/** Some greedy, some drawn by chance far from what was trained, of different lengths. */
function tasksFor(engine: Engine): readonly GenerationTask[] {
  return TEXTS.map((text, index) => {
    const wild = { ...endless(engine), temperature: 2, frequencyPenalty: 2, seed: index };
    const sampling = index % 2 === 0 ? wild : { ...GREEDY, seed: index };
    return taskOf(question(engine, text), { sampling, outputTokensMax: 60 + index, salt: `${index}` });
  });
}

interface Writing {
  readonly tokens: Promise<readonly (readonly number[])[]>;
  readonly cancel: () => void;
}

function write(engine: Engine, tasks: readonly GenerationTask[], onToken = () => {}): Writing {
  const cancels: (() => void)[] = [];
  const answers = tasks.map((task) => {
    const tokens: number[] = [];
    return new Promise<readonly number[]>((resolve) => {
      const cancel = engine.loop.submit(task, (step) => {
        if (step.type === 'token') tokens.push(step.token);
        if (step.type === 'token') onToken();
        if (step.type === 'ended') resolve(tokens);
        return false;
      });
      cancels.push(cancel);
    });
  });
  return {
    tokens: Promise.all(answers),
    cancel: () => {
      for (const cancel of cancels) cancel();
    },
  };
}

/** Answers until both threads computed together. */
async function warmUp(engine: Engine, ready: Promise<void>): Promise<void> {
  await write(engine, tasksFor(engine)).tokens;
  await ready;
  while (engine.sharedSteps() === 0) await write(engine, tasksFor(engine)).tokens;
}

/** Answers until the second thread hangs in one of them, which is returned. */
async function writeUntilStuck(engine: Engine, begun: Promise<'begun'>): Promise<Writing> {
  for (;;) {
    const writing = write(engine, tasksFor(engine));
    if ((await Promise.race([writing.tokens, begun])) === 'begun') return writing;
  }
}

const alone = async () => {
  const engine = await openBundledModel();
  return tasksFor(engine).map((task) => runAll(engine.scheduler, [task])[0]!.tokens);
};

test('two threads write the tokens that one writes, and share the cache', async () => {
  const { engine, ready, thread } = await openWithThread(COMPUTE);
  await warmUp(engine, ready);
  const before = engine.sharedSteps();
  while (engine.sharedSteps() < before + 20) {
    expect(await write(engine, tasksFor(engine)).tokens).toEqual(await alone());
  }
  const { pagesUsed, pagesKept, running } = engine.loop.status();
  expect(pagesUsed).toBe(pagesKept);
  expect(running).toBe(0);
  thread().terminate();
});

test("a single answer is none of the second thread's business, and does not start it", async () => {
  const { engine, thread } = await openWithThread(COMPUTE);
  await write(engine, tasksFor(engine).slice(0, 1)).tokens;
  expect(thread()).toBeUndefined();
  expect(engine.sharedSteps()).toBe(0);
});

test('the second thread ends in the middle of answers: they go on as if nothing was, and so do the next', async () => {
  const { engine, ready, thread } = await openWithThread(COMPUTE);
  await warmUp(engine, ready);
  let tokens = 0;
  const writing = write(engine, tasksFor(engine), () => {
    if (++tokens === 50) thread().terminate();
  });
  expect(await writing.tokens).toEqual(await alone());
  expect(await write(engine, tasksFor(engine)).tokens).toEqual(await alone());
});

test('the second thread ends in the middle of its work: the first does all of it', async () => {
  const { engine, thread, begun } = await openWithThread(STUCK);
  const writing = await writeUntilStuck(engine, begun);
  thread().terminate();
  expect(await writing.tokens).toEqual(await alone());
  expect(await write(engine, tasksFor(engine)).tokens).toEqual(await alone());
  expect(engine.sharedSteps()).toBe(0);
});

test('the second thread does not come to begin: the first takes back what it handed out', async () => {
  const { engine, thread, ready } = await openWithThread(IDLE);
  const single = await openBundledModel();
  await write(engine, tasksFor(engine)).tokens;
  await ready;
  // Greedy ones read nothing but the scores.
  const greedy = tasksFor(engine).map((task) => ({ ...task, sampling: GREEDY }));
  const wanted = greedy.map((task) => runAll(single.scheduler, [task])[0]!.tokens);
  for (let turn = 0; turn < 3; turn++) {
    expect(await write(engine, greedy).tokens).toEqual(wanted);
    expect(await write(engine, tasksFor(engine)).tokens).toEqual(await alone());
  }
  expect(engine.sharedSteps()).toBe(0);
  thread().terminate();
});

test('while the second thread is stuck, answers can be given up, and their pages come back', async () => {
  const { engine, thread, begun } = await openWithThread(STUCK);
  const writing = await writeUntilStuck(engine, begun);
  writing.cancel();
  expect(engine.loop.status()).toMatchObject({ running: 0, waiting: 0 });
  thread().terminate();
  expect(await write(engine, tasksFor(engine)).tokens).toEqual(await alone());
  const { pagesUsed, pagesKept } = engine.loop.status();
  expect(pagesUsed).toBe(pagesKept);
});

test('one core means one thread, and so does too little memory, until there is more', async () => {
  expect(threadFor({ cores: 1 })).toBeUndefined();
  expect(threadFor({ cores: 2 })).toBeFunction();
  expect(threadFor({ cores: 2, residentBytesMax: 1 })!()).toBeUndefined();
  let asked = 0;
  const engine = await openBundledModel({}, undefined, () => {
    asked++;
    return undefined;
  });
  expect(await write(engine, tasksFor(engine)).tokens).toEqual(await alone());
  expect(asked).toBeGreaterThan(1);
});
