import { afterEach, expect, test } from 'bun:test';
import azure from '../../src/providers/azure.ts';
import { readRecordings } from '../support/recordings.ts';
import {
  chunk,
  json,
  LAST_CHUNK,
  openScriptedProvider,
  type Script,
  STREAM_HEAD,
} from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse } from '../support/test-house.ts';
import { closeScenes, keep } from './scene.ts';

afterEach(closeScenes);

/** A deployment behind the route that Azure's older versions have for each. */
async function deployment(script: Script) {
  const provider = keep(await openScriptedProvider(script));
  const route = azure.amendBaseUrl('/openai/v1', { version: '2024-10-21' });
  const baseUrl = provider.baseUrl.replace(/\/v1$/, route);
  const endpoint = testEndpoint('acme', { upstreamModel: 'my scout' });
  const house = keep(await openTestHouse({ providers: [{ endpoint, baseUrl, quirks: azure.quirks }] }));
  return { provider, house };
}

const body = (stream: boolean) => ({ model: 'demo/talker', stream, messages: [{ role: 'user', content: 'Hi' }] });

test('a deployment is asked at its own address, and what its filters say reaches a caller of chat completions', async () => {
  const { stream } = readRecordings().find(({ name }) => name === 'azure/content-filter')!;
  const { provider, house } = await deployment(async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(chunk(stream));
    await call.write(LAST_CHUNK);
  });
  const text = await (await house.post(body(true))).text();
  expect(provider.requests[0]!.head).toStartWith(
    'POST /openai/deployments/my%20scout/chat/completions?api-version=2024-10-21 ',
  );
  // The first frame has no choices, only what the filters made of the prompt.
  expect(text).toContain('"prompt_filter_results":[{"prompt_index":0');
  expect(text).toContain('"content_filter_offsets":{"check_offset":44');
  expect(text).toContain('"finish_reason":"content_filter"');
  expect(text.trimEnd()).toEndWith('data: [DONE]');
});

test('a prompt that a filter refused is refused to the caller, with the filter’s name', async () => {
  const error = {
    ...{ message: 'The response was filtered', type: null, param: 'prompt', code: 'content_filter', status: 400 },
    innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { hate: { filtered: true } } },
  };
  const { house } = await deployment((call) => void call.write(json(400, { error })));
  const answer = await house.post(body(false));
  const { error: told } = (await answer.json()) as { error: { code: number; metadata: object } };
  expect([answer.status, told.code]).toEqual([403, 403]);
  expect(told.metadata).toMatchObject({ error_type: 'content_policy_violation', reasons: ['hate'] });
});
