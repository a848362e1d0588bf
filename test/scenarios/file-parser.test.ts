import { afterEach, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import { makePdf } from '../../src/plugins/file-parser/make-pdf.test-data.ts';
import { answers, json, openScriptedProvider } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse } from '../support/test-house.ts';
import { ask, closeScenes, scene } from './scene.ts';

afterEach(closeScenes);

/** Reading a PDF starts a process, which takes a while on a busy machine. */
const SLOW = 60_000;
const METADATA = { headers: { 'x-openrouter-metadata': 'enabled' } };
const PDF = dataUrl(makePdf(['The password is swordfish', 'Page two']));

function dataUrl(bytes: Uint8Array, type = 'application/pdf'): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}

function withFile(file_data: string, more: object = {}, filename = 'secret.pdf'): object {
  const content = [
    { type: 'text', text: 'What is the password?' },
    { type: 'file', file: { filename, file_data } },
  ];
  return ask(false, { messages: [{ role: 'user', content }], ...more });
}

interface ChatAnswer {
  readonly choices: readonly { readonly message: { readonly content: string; readonly annotations: JsonObject[] } }[];
  readonly openrouter_metadata: JsonObject;
}

test(
  'a PDF becomes text for an endpoint that takes no files, and its text comes back to be sent again',
  async () => {
    const { house, provider } = await scene(answers('swordfish'));
    const answer = (await (await house.post(withFile(PDF), METADATA)).json()) as ChatAnswer;
    expect(provider.requests[0]!.body).toContain('The password is swordfish');
    const { message } = answer.choices[0]!;
    expect(message.content).toBe('swordfish');
    const text = 'The password is swordfish\n\nPage two';
    expect(message.annotations).toMatchObject([
      { type: 'file', file: { name: 'secret.pdf', content: [{ type: 'text', text }] } },
    ]);
    expect(answer.openrouter_metadata.losses).toMatchObject([{ field: 'messages.0.content.1', outcome: 'emulated' }]);
    expect(answer.openrouter_metadata.pipeline).toMatchObject([
      { name: 'file-parser', data: { engine: 'pdf-text', files: [{ pages: 2 }] } },
    ]);
    // The text that comes back is believed: no file is read for it.
    const known = structuredClone(message.annotations) as { file: { content: { text: string }[] } }[];
    known[0]!.file.content[0]!.text = 'told by the caller';
    const [user] = (withFile(PDF) as { messages: object[] }).messages;
    const messages = [
      user,
      { role: 'assistant', content: 'swordfish', annotations: known },
      { role: 'user', content: 'Sure?' },
    ];
    const again = (await (await house.post(ask(false, { messages }), METADATA)).json()) as ChatAnswer;
    expect(provider.requests[1]!.body).toContain('told by the caller');
    expect(provider.requests[1]!.body).not.toContain('annotations');
    expect(again.choices[0]!.message.annotations).toBeUndefined();
  },
  SLOW,
);

test(
  'callers of Responses, streams and other engines’ names get the same text',
  async () => {
    const { house, provider } = await scene(answers('swordfish'));
    const plugins = [{ id: 'file-parser', pdf: { engine: 'mistral-ocr' } }];
    const stream = await house.post({ ...withFile(PDF, { plugins }), stream: true });
    expect(await stream.text()).toContain('"annotations":[{"type":"file","file":{"hash"');
    expect(house.records()[0]!.plugins![0]!.data).toMatchObject({ engine: 'pdf-text', asked: 'mistral-ocr' });
    const content = [
      { type: 'input_text', text: 'What is it?' },
      { type: 'input_file', filename: 'secret.pdf', file_data: PDF },
    ];
    const responses = await house.post(
      { model: 'demo/talker', input: [{ role: 'user', content }] },
      { path: '/api/v1/responses' },
    );
    expect(responses.status).toBe(200);
    expect(provider.requests[1]!.body).toContain('The password is swordfish');
  },
  SLOW,
);

test('an endpoint that takes files gets them as they are, and `native` asks for no other', async () => {
  const { house, provider } = await scene(answers());
  const native = { plugins: [{ id: 'file-parser', pdf: { engine: 'native' } }] };
  expect((await house.post(withFile(PDF, native))).status).toBe(404);
  const reader = testEndpoint('acme', { inputModalities: ['text', 'file'] });
  const other = await openTestHouse({ providers: [{ endpoint: reader, baseUrl: provider.baseUrl }] });
  for (const more of [{}, native]) expect((await other.post(withFile(PDF, more))).status).toBe(200);
  for (const { body } of provider.requests) expect(body).toContain(PDF);
  await other.close();
});

test('text files are put in as text; other files, and files that only a provider has, are refused with the reason', async () => {
  const { house, provider } = await scene(answers());
  const csv = dataUrl(Buffer.from('city,rain\nBergen,yes'), 'text/csv');
  expect((await house.post(withFile(csv, {}, 'rain.csv'))).status).toBe(200);
  expect(provider.requests[0]!.body).toContain('Bergen,yes');
  const zip = await house.post(withFile(dataUrl(Buffer.from('PK\u0003\u0004'), 'application/zip'), {}, 'a.zip'));
  expect([zip.status, await zip.text()]).toEqual([422, expect.stringContaining('application/zip')]);
  const noPdf = await house.post(withFile(dataUrl(Buffer.from('AAAA'), 'application/pdf')));
  expect([noPdf.status, await noPdf.text()]).toEqual([422, expect.stringContaining('does not begin as one')]);
  const part = { type: 'file', file: { file_id: 'file-1' } };
  const kept = await house.post(ask(false, { messages: [{ role: 'user', content: [part] }] }));
  expect([kept.status, await kept.text()]).toEqual([422, expect.stringContaining('kept by one provider')]);
  expect(provider.requests).toHaveLength(1);
});

test(
  'a broken PDF and one without text end in a clear error, and a strict caller’s file is not turned into text',
  async () => {
    const { house, provider } = await scene(answers());
    const broken = await house.post(withFile(dataUrl(Buffer.from('%PDF-1.7\nnonsense'))));
    expect([broken.status, await broken.text()]).toEqual([422, expect.stringContaining('damaged')]);
    const empty = await house.post(withFile(dataUrl(makePdf(['']))));
    expect([empty.status, await empty.text()]).toEqual([422, expect.stringContaining('no text')]);
    const csv = dataUrl(Buffer.from('a,b'), 'text/csv');
    expect((await house.post(withFile(csv, { strict: true }))).status).toBe(422);
    expect(provider.requests).toHaveLength(0);
  },
  SLOW,
);

test(
  'a file by address is fetched by the gateway’s rules for such addresses',
  async () => {
    const { house } = await scene(answers());
    const refused = await house.post(withFile('http://127.0.0.1:9/private.pdf'));
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('private and loopback')]);
    const files = await openScriptedProvider(async (call) => {
      await call.write(json(200, 'plain words', { 'content-type': 'text/plain' }));
    });
    const open = await scene(answers(), { servesMedia: true });
    const answer = await open.house.post(withFile(`http://127.0.0.1:${files.port}/notes.txt`));
    expect(answer.status).toBe(200);
    expect(open.provider.requests[0]!.body).toContain('plain words');
    await files.close();
  },
  SLOW,
);
