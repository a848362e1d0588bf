import { afterEach, expect, test } from 'bun:test';
import { ask, closeScenes, scene } from '../scenarios/scene.ts';
import { openSpecification } from '../support/openapi.ts';
import {
  answers,
  chunk,
  delta,
  findClosedPort,
  finish,
  json,
  LAST_CHUNK,
  type Script,
  STREAM_HEAD,
  sse,
  usageFrame,
} from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse } from '../support/test-house.ts';

const specification = openSpecification();
afterEach(closeScenes);

function sends(...pieces: readonly (string | Uint8Array)[]): Script {
  return async (call) => {
    for (const piece of pieces) await call.write(piece);
  };
}

async function expectSpecified(answer: Response, status: number): Promise<void> {
  const body: unknown = await answer.json();
  expect([answer.status, body]).toEqual([status, body]);
  const problem = specification.check({ method: 'POST', path: '/chat/completions', status, body });
  if (problem !== 'skipped') expect(problem).toBeUndefined();
}

test('a plain answer is what the specification says', async () => {
  const { house } = await scene(answers());
  await expectSpecified(await house.post(ask(false)), 200);
});

test('a plain answer with router metadata is what the specification says', async () => {
  const { house } = await scene(answers());
  await expectSpecified(await house.post(ask(false), { headers: { 'x-openrouter-metadata': 'enabled' } }), 200);
});

test('every frame of a stream is what the specification says', async () => {
  const frames = sse(delta('Hel'), delta('lo'), finish(), usageFrame(3, 2), '[DONE]');
  const { house } = await scene(sends(STREAM_HEAD, chunk(frames), LAST_CHUNK));
  const text = await (await house.post(ask(true), { headers: { 'x-openrouter-metadata': 'enabled' } })).text();
  const chunks = text.split('\n\n').filter((frame) => frame.startsWith('data: {'));
  expect(chunks.length).toBe(4);
  for (const frame of chunks) {
    const data: unknown = JSON.parse(frame.slice('data: '.length));
    const contentType = 'text/event-stream';
    const problem = specification.check({
      method: 'POST',
      path: '/chat/completions',
      status: 200,
      contentType,
      body: { data },
    });
    if (problem !== 'skipped') expect(problem).toBeUndefined();
  }
});

test('the error frame of a broken stream is what the specification says', async () => {
  const { house } = await scene(sends(STREAM_HEAD, chunk(sse(delta('Hel'))), LAST_CHUNK));
  const text = await (await house.post(ask(true))).text();
  expect(text).not.toContain('[DONE]');
  const last = text.trimEnd().split('\n\n').at(-1) ?? '';
  const data: unknown = JSON.parse(last.slice('data: '.length));
  const contentType = 'text/event-stream';
  const problem = specification.check({
    method: 'POST',
    path: '/chat/completions',
    status: 200,
    contentType,
    body: { data },
  });
  if (problem !== 'skipped') expect(problem).toBeUndefined();
});

test('refusals of our own are what the specification says', async () => {
  const { house } = await scene(answers());
  await expectSpecified(await house.post({ model: 'demo/talker' }), 400);
  await expectSpecified(await house.post({ ...ask(false), model: 'no/such' }), 400);
  await expectSpecified(await house.post({ ...ask(false), provider: { only: ['nobody'] } }), 404);
  await expectSpecified(await house.post({ ...ask(false), plugins: [{ id: 'web' }] }), 422);
});

test('too little credit is what the specification says', async () => {
  const { house } = await scene(answers(), { creditPico: 5n });
  await expectSpecified(await house.post(ask(false)), 402);
});

test.each([
  [429, { 'retry-after': '3' }, 429],
  [500, {}, 503],
  [529, {}, 503],
  [400, {}, 400],
  [413, {}, 413],
])('a provider that answers %i is told as the specification says', async (status, headers, told) => {
  const { house } = await scene(sends(json(status, { error: { message: 'No' } }, headers)));
  await expectSpecified(await house.post(ask(false)), told);
});

test('a provider that is not there is told as the specification says', async () => {
  const baseUrl = `http://127.0.0.1:${await findClosedPort()}/v1`;
  const house = await openTestHouse({ providers: [{ endpoint: testEndpoint('acme'), baseUrl }] });
  try {
    await expectSpecified(await house.post(ask(false)), 503);
  } finally {
    await house.close();
  }
});
