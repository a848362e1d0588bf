import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLocalModels } from '../engines/local-model.ts';
import { makeGguf, SCOUT_VALUES, splitValues } from '../engines/make-gguf.test-data.ts';
import { EYES, openAddScene, POET } from './add-model.test-data.ts';
import { listLocalModels, removeModel } from './list-local-models.ts';

const SCOUT = 'meta-llama/llama-4-scout';
let scene: ReturnType<typeof openAddScene>;
let home: string;
let put: typeof scene.put;
let add: typeof scene.add;
let server: Bun.Server<undefined> | undefined;
beforeEach(() => {
  scene = openAddScene();
  ({ home, put, add } = scene);
});
afterEach(async () => {
  await server?.stop(true);
  server = undefined;
  scene.close();
});

describe('downloads', () => {
  const seen: string[] = [];

  function serveFiles(files: Readonly<Record<string, Buffer | object>>): string {
    seen.length = 0;
    server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch(request) {
        const { pathname } = new URL(request.url);
        const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '');
        seen.push(range?.[2] ? `head ${pathname}` : pathname);
        const found = files[pathname];
        if (found === undefined) return new Response('', { status: 404 });
        if (!Buffer.isBuffer(found)) return Response.json(found);
        if (!range) return new Response(new Uint8Array(found), { headers: { etag: '"one"' } });
        const end = Math.min(found.length, range[2] ? Number(range[2]) + 1 : found.length);
        const headers = { etag: '"one"', 'content-range': `bytes ${range[1]}-${end - 1}/${found.length}` };
        return new Response(new Uint8Array(found.subarray(Number(range[1]), end)), { status: 206, headers });
      },
    });
    return `http://127.0.0.1:${server.port}`;
  }
  const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

  test('an address is looked at, agreed to, downloaded with its parts, and run from the data folder', async () => {
    const first = makeGguf({ ...SCOUT_VALUES, ...splitValues(0, 2, 2) });
    const second = makeGguf(splitValues(1, 2, 2), ['blk.1.weight']);
    const base = serveFiles({
      '/s-00001-of-00002.gguf': first,
      '/s-00002-of-00002.gguf': second,
      '/mmproj.gguf': EYES,
    });
    const order = {
      source: `${base}/s-00001-of-00002.gguf`,
      projector: `${base}/mmproj.gguf`,
      contextTokens: 512,
      slots: 1,
    };
    const { told, questions, progress, error } = await add(order, { agrees: true });
    expect(error).toBeUndefined();
    expect(questions).toEqual([expect.stringMatching(/^Download \d+ kB to .*\/models\/127\.0\.0\.1-\d+\?$/)]);
    expect(told.indexOf('Model:')).toBeLessThan(told.indexOf('File:'));
    expect(told).toContain('which nobody told us to expect');
    const [entry] = readLocalModels(home);
    expect(entry).toMatchObject({ id: SCOUT, projectorBytes: EYES.length });
    expect(readFileSync(entry!.parts[1]!).equals(second)).toBe(true);
    expect(progress.at(-1)).toMatchObject({ what: 'Downloading mmproj.gguf', done: EYES.length });
    const again = await add(order);
    expect([again.error, again.questions]).toEqual([undefined, []]);
    expect(again.told).toContain('is here already');
  });

  test('without a word of agreement nothing is downloaded', async () => {
    const base = serveFiles({ '/poet.gguf': POET });
    const { error } = await add({ source: `${base}/poet.gguf` });
    expect(error).toStartWith('nothing was downloaded: --yes downloads');
    expect(seen).toEqual(['head /poet.gguf']);
    expect((await add({ source: `${base}/poet.gguf`, yes: true, sha256: sum(POET) })).told).toContain(
      'as the command says',
    );
  });

  test('what would be refused is refused before it is downloaded', async () => {
    const base = serveFiles({
      '/scout.gguf': makeGguf(SCOUT_VALUES),
      '/text.gguf': Buffer.from('no weights at all, but a text'),
    });
    writeFileSync(join(home, 'trunkline.toml'), '[local_engines]\nmemory_gb = 0.1\n');
    const large = await add({ source: `${base}/scout.gguf`, yes: true });
    expect(large.error).toBe('there is not enough memory for it. --force adds it all the same.');
    expect((await add({ source: `${base}/text.gguf`, yes: true })).error).toBe('text.gguf is not a GGUF file');
    expect((await add({ source: `${base}/none.gguf`, yes: true })).error).toEndWith('has no none.gguf (404)');
    expect(seen.filter((path) => !path.startsWith('head '))).toEqual([]);
    expect(existsSync(join(home, 'models'))).toBe(false);
  });

  test('a repository of the hub brings its projector and its checksums; a wrong one is not kept', async () => {
    const tree = [
      { type: 'file', path: 'poet-Q4_K_M.gguf', lfs: { oid: sum(POET), size: POET.length } },
      { type: 'file', path: 'poet-Q8_0.gguf', lfs: { oid: 'ab'.repeat(32), size: POET.length } },
      { type: 'file', path: 'mmproj-poet-F16.gguf', lfs: { oid: sum(EYES), size: EYES.length } },
    ];
    const at = (name: string) => `/me/poet-GGUF/resolve/main/${name}`;
    const base = serveFiles({
      '/api/models/me/poet-GGUF/tree/main': tree,
      ...{ [at('poet-Q4_K_M.gguf')]: POET, [at('poet-Q8_0.gguf')]: POET, [at('mmproj-poet-F16.gguf')]: EYES },
    });
    const environment = { HF_ENDPOINT: base };
    const { told, error } = await add({ source: 'me/poet-GGUF', yes: true }, { environment });
    expect(error).toBeUndefined();
    expect(told).toContain('Source: Q4_K_M of me/poet-GGUF at 127.0.0.1');
    expect(told).toContain(`sha256 ${sum(POET)}, as the model hub says`);
    expect(readLocalModels(home)).toMatchObject([
      {
        parts: [join(home, 'models/me/poet-GGUF/poet-Q4_K_M.gguf')],
        projector: join(home, 'models/me/poet-GGUF/mmproj-poet-F16.gguf'),
      },
    ]);
    const wrong = await add({ source: 'me/poet-GGUF:Q8_0', yes: true, projector: 'none' }, { environment });
    expect(wrong.error).toContain('poet-Q8_0.gguf has the wrong checksum and was deleted: the model hub says abab');
    expect((await add({ source: 'me/poet-GGUF:Q6_K' }, { environment })).error).toContain(
      'has no Q6_K; it has Q4_K_M (',
    );
  });

  test('a file that is here already has to have the checksum of the command too', async () => {
    const source = `${serveFiles({ '/poet.gguf': POET })}/poet.gguf`;
    await add({ source, yes: true });
    const wrong = await add({ source, sha256: 'ab'.repeat(32) });
    expect(wrong.error).toMatch(
      /poet\.gguf is here already with another checksum: the command says abab.*, and it is /,
    );
    expect(existsSync(readLocalModels(home)[0]!.parts[0]!)).toBe(true);
    expect((await add({ source, sha256: sum(POET) })).error).toBeUndefined();
    const { error } = await add({ source: 'me/poet-GGUF', sha256: sum(POET) });
    expect(error).toBe('--sha256 is for a file that is downloaded from an address.');
  });

  test('a machine that is offline is told so', async () => {
    const { error } = await add({ source: 'me/poet-GGUF' }, { environment: { HF_ENDPOINT: 'http://127.0.0.1:1' } });
    expect(error).toMatch(/^127\.0\.0\.1:1 cannot be reached \(\w+\): is this machine offline\?$/);
  });

  test('what was downloaded is deleted with the model when somebody says so, and nothing else is', async () => {
    const base = serveFiles({ '/poet.gguf': POET });
    await add({ source: `${base}/poet.gguf`, id: 'local/a', yes: true });
    const file = readLocalModels(home)[0]!.parts[0]!;
    const own = put('own.gguf', POET);
    await add({ source: own, id: 'local/b' });
    await add({ source: file, id: 'local/c' });
    expect(listLocalModels(home).models.map(({ id, state }) => [id, state])).toEqual([
      ['local/a', 'asleep'],
      ['local/b', 'asleep'],
      ['local/c', 'asleep'],
    ]);
    expect(removeModel(home, 'local/b', true)).toEqual([]);
    // Another model still needs it.
    expect(removeModel(home, 'local/a', true)).toEqual([]);
    expect([existsSync(own), existsSync(file)]).toEqual([true, true]);
    expect(removeModel(home, 'local/c', true)).toEqual([file]);
    expect(existsSync(file)).toBe(false);
    expect(() => removeModel(home, 'local/c', false)).toThrow("there is no model of your own called 'local/c'");
  });
});
