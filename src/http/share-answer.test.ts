import { expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import { shareAnswer } from './share-answer.ts';

const house = () => {
  const clock = new WoundClock();
  return { clock, exchange: { clock } };
};

test('one question is put once for all who ask it within a second', async () => {
  const { clock, exchange } = house();
  let asked = 0;
  const ask = async () => ({ asked: ++asked });
  const texts = async () => {
    const both = await Promise.all([shareAnswer(exchange, '/a', ask), shareAnswer(exchange, '/a', ask)]);
    return Promise.all(both.map((response) => response.text()));
  };
  expect(await texts()).toEqual(['{"asked":1}', '{"asked":1}']);
  await clock.advance(1_000);
  expect(await texts()).toEqual(['{"asked":2}', '{"asked":2}']);
});

test('a question that failed is put again', async () => {
  const { exchange } = house();
  const failing = shareAnswer(exchange, '/a', () => Promise.reject(new Error('away')));
  expect(await failing.then(() => 'answered', String)).toBe('Error: away');
  expect((await shareAnswer(exchange, '/a', async () => 1)).status).toBe(200);
});

test('few questions are put at once, some wait their turn, and a flood is refused', async () => {
  const { exchange } = house();
  let [under, most] = [0, 0];
  const gate = Promise.withResolvers<void>();
  const ask = async () => {
    most = Math.max(most, ++under);
    await gate.promise;
    under--;
  };
  const all = Array.from({ length: 70 }, (_, index) =>
    shareAnswer(exchange, `/${index}`, ask).then(
      () => 'answered',
      (error: Error) => error.name,
    ),
  );
  gate.resolve();
  const outcomes = await Promise.all(all);
  expect(most).toBe(3);
  expect(outcomes.filter((outcome) => outcome === 'answered')).toHaveLength(63);
  expect(outcomes.slice(63)).toEqual(Array(7).fill('Failure'));
  expect((await shareAnswer(exchange, '/later', async () => 1)).status).toBe(200);
});
