import { describe, expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import type { CliTools } from './cli-tools.ts';
import type { LocalModelRow, ModelOrder, ModelView } from './model-order.ts';
import { viewOf } from './model-view.ts';
import { runLine } from './run-line.test-data.ts';

describe('models add', () => {
  async function orderOf(line: string): Promise<ModelOrder | string> {
    let order: ModelOrder | undefined;
    const addModel = async (asked: ModelOrder) => {
      order = asked;
    };
    const { code, err } = await runLine(`models add ${line}`, { addModel });
    return code === 0 ? order! : err;
  }

  test('needs only where the weights are', async () => {
    expect(await orderOf('scout.gguf')).toEqual({ source: 'scout.gguf', autoload: false, force: false, yes: false });
  });

  test('takes all that can be set', async () => {
    const sum = 'AB'.repeat(32);
    const order = await orderOf(
      `https://hub.test/a.gguf --mmproj none --id local/poet --context 8192 --slots 2 --engine /opt/llama-server --idle 0 --autoload --force --yes --sha256 ${sum}`,
    );
    expect(order).toEqual({
      ...{ source: 'https://hub.test/a.gguf', projector: 'none', id: 'local/poet', contextTokens: 8192, slots: 2 },
      ...{ engine: '/opt/llama-server', idleMinutes: 0, sha256: sum.toLowerCase() },
      ...{ autoload: true, force: true, yes: true },
    });
  });

  test.each([
    ['', '`models add` needs <file, https address, or user/repository:FORMAT>'],
    ['a.gguf --id poet', '--id takes author/name'],
    ['a.gguf --id Local/Poet', '--id takes author/name'],
    ['a.gguf --context many', '--context takes a whole number'],
    ['a.gguf --slots 0', '--slots takes a whole number from 1 to 256'],
    ['a.gguf --sha256 12', '--sha256 takes 64 hex digits'],
    ['a.gguf b.gguf', "does not take 'b.gguf'"],
  ])('does not understand %j', async (line, message) => {
    expect(await orderOf(line)).toContain(message);
  });

  test('fails with what is wrong, in one line', async () => {
    const addModel = async () => {
      throw new Error('/x.gguf is not a GGUF file');
    };
    expect(await runLine('models add /x.gguf', { addModel })).toEqual({
      ...{ code: 1, out: '', err: 'trunkline: /x.gguf is not a GGUF file\n' },
    });
  });
});

describe('what is told while it goes on', () => {
  function show(tell: (view: ModelView, clock: WoundClock) => void | Promise<void>, isTty: boolean, answer?: string) {
    let out = '';
    const clock = new WoundClock();
    const tools: Pick<CliTools, 'out' | 'terminal' | 'clock' | 'askLine'> = {
      ...{ clock, terminal: { isTty }, askLine: async () => answer },
      out: (text) => {
        out += text;
      },
    };
    const view = viewOf(tools as CliTools);
    return { done: tell(view, clock), view, out: () => out };
  }

  const download = (done: number) => ({ what: 'Downloading a.gguf', done, total: 4e9, unit: 'bytes' }) as const;

  test('facts stand in two columns, without what could steer a terminal', () => {
    const { out } = show((view) => {
      view.tell('Model', 'a\u001b[2Jb');
      view.tell('', 'more');
    }, false);
    expect(out()).toBe('Model       a[2Jb\n            more\n');
  });

  test('without a terminal there is a line for each tenth', () => {
    const { out } = show((view) => {
      for (const done of [0, 1e8, 4e8, 5e8, 9e8, 4e9]) view.progress(download(done));
      view.progress({ what: 'Loading', done: 0.31, total: 1, unit: 'share' });
    }, false);
    expect(out().split('\n')).toEqual([
      'Downloading a.gguf  0 %  0 kB of 4.0 GB',
      'Downloading a.gguf  10 %  400 MB of 4.0 GB',
      'Downloading a.gguf  22 %  900 MB of 4.0 GB',
      'Downloading a.gguf  100 %  4.0 GB of 4.0 GB',
      'Loading  31 %',
      '',
    ]);
  });

  test('on a terminal a bar moves, says how fast, and makes room for the next fact', async () => {
    const { done, out } = show(async (view, clock) => {
      view.progress(download(1e9));
      await clock.advance(10_000);
      view.progress(download(2e9));
      view.progress(download(2.1e9));
      view.tell('Note', 'x');
      view.progress(download(4e9));
    }, true);
    await done;
    const clear = '\r\u001b[2K';
    expect(out()).toBe(
      `${clear}Downloading a.gguf  [#######.......................]  25 %  1.0 GB of 4.0 GB` +
        `${clear}Downloading a.gguf  [###############...............]  50 %  2.0 GB of 4.0 GB  100 MB/s  20 s left` +
        `${clear}Note        x\n` +
        `${clear}Downloading a.gguf  [##############################]  100 %  4.0 GB of 4.0 GB  300 MB/s  0 s left\n`,
    );
  });

  test.each([
    ['y', true],
    [' Yes ', true],
    ['n', false],
    ['', false],
    [undefined, false],
  ])('%j is agreed: %p', async (answer, isAgreed) => {
    const { view } = show(() => undefined, true, answer);
    expect(await view.confirm('Download 65.0 GB?')).toBe(isAgreed);
  });
});

const ROW: LocalModelRow = {
  ...{
    id: 'meta-llama/llama-4-scout',
    state: 'ready',
    format: 'Q4_K_M',
    contextTokens: 32_768,
    slots: 4,
    vision: true,
  },
  ...{ fileBytes: 67e9, needBytes: 71.2e9, residentBytes: 66e9, users: 2, path: '/m/scout.gguf', autoload: false },
};

describe('models local', () => {
  test('shows what is loaded and how much memory it takes', async () => {
    const failed: LocalModelRow = { ...ROW, id: 'local/poet', state: 'failed', reason: 'there was not enough memory' };
    const listLocalModels = async () => ({ gateway: 'http://127.0.0.1:7117', models: [ROW, failed] });
    const { out } = await runLine('models local', { listLocalModels });
    expect(out.split('\n').slice(1)).toEqual([
      'meta-llama/llama-4-scout  ready   Q4_K_M  4 x 32,768  yes       71.2 GB  66.0 GB     2',
      'local/poet                failed  Q4_K_M  4 x 32,768  yes       71.2 GB  66.0 GB     2',
      'local/poet: there was not enough memory',
      '2 models, run by http://127.0.0.1:7117.',
      '',
    ]);
  });

  test('says how to add one, and that none is loaded without a gateway', async () => {
    const none = await runLine('models local', { listLocalModels: async () => ({ models: [] }) });
    expect(none.out).toBe('No model of your own yet: trunkline models add <file or address>\n');
    const alone = await runLine('models local', { listLocalModels: async () => ({ models: [ROW] }) });
    expect(alone.out).toEndWith('1 model, no gateway runs, so none is loaded.\n');
  });

  test('prints JSON', async () => {
    const { out } = await runLine('models local --json', { listLocalModels: async () => ({ models: [ROW] }) });
    expect(JSON.parse(out)).toMatchObject({
      gateway: null,
      models: [
        { id: 'meta-llama/llama-4-scout', need_bytes: 71.2e9, resident_bytes: 66e9, answering: 2, mmproj: null },
      ],
    });
  });
});

test('a model is forgotten; its files stay unless somebody says otherwise', async () => {
  const calls: [string, boolean][] = [];
  const removeModel = async (id: string, deletes: boolean) => {
    calls.push([id, deletes]);
    return ['/m/scout.gguf'];
  };
  const kept = await runLine('models remove local/poet', { removeModel });
  expect(kept.out).toBe('Forgot local/poet.\nStill there: /m/scout.gguf\n');
  const deleted = await runLine('models remove local/poet --delete-files', { removeModel });
  expect(deleted.out).toBe('Forgot local/poet.\nDeleted /m/scout.gguf\n');
  expect(calls).toEqual([
    ['local/poet', false],
    ['local/poet', true],
  ]);
});

test('load and unload ask the gateway', async () => {
  const calls: string[] = [];
  const wishModel = async (id: string, to: string) => void calls.push(`${to} ${id}`);
  expect((await runLine('models load local/poet', { wishModel })).code).toBe(0);
  expect((await runLine('models unload local/poet', { wishModel })).code).toBe(0);
  expect(calls).toEqual(['load local/poet', 'unload local/poet']);
});
