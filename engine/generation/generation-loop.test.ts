import { expect, test } from 'bun:test';
import { openBundledModel, question, taskOf } from './bundled.test-data.ts';
import type { GenerationStep } from './task.ts';

test('it runs while there is work, lets others have their turn, and starts again with the next task', async () => {
  const engine = await openBundledModel();
  for (let time = 0; time < 2; time++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    let turns = 0;
    let tokens = 0;
    const turn = () => {
      turns++;
      if (engine.scheduler.hasWork) setImmediate(turn);
    };
    engine.loop.submit(taskOf(question(engine, 'What does a request cost?')), (step) => {
      if (step.type === 'token') tokens++;
      if (step.type === 'ended') resolve();
      return false;
    });
    turn();
    await promise;
    expect(tokens).toBe(27);
    expect(turns).toBeGreaterThanOrEqual(tokens);
  }
});

test('a model that breaks is reported once and asked no more', async () => {
  const errors: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const engine = await openBundledModel({}, (error) => {
    errors.push(error);
    resolve();
  });
  const steps: GenerationStep[] = [];
  const submit = () =>
    // A piece of a picture that is not there: no request that was checked can ask for one.
    engine.loop.submit(taskOf([-1]), (step) => {
      steps.push(step);
      return false;
    });
  submit();
  await promise;
  submit();
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  expect(errors.length).toBe(1);
  expect(steps.map(({ type }) => type)).toEqual(['started']);
});
