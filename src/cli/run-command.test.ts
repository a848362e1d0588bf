import { describe, expect, test } from 'bun:test';
import type { KeyDraft, KeyRow, ModelFilter, ModelRow, ProviderRow } from './cli-tools.ts';
import { NOW_MS, runLine } from './run-line.test-data.ts';

function key(change: Partial<KeyRow> = {}): KeyRow {
  return {
    hash: 'abc123def456'.padEnd(64, '0'),
    label: 'sk-tl-v1-abc...xyz',
    name: 'laptop',
    isManagement: false,
    disabled: false,
    spentPico: 1_500_000_000n,
    createdAtMs: NOW_MS,
    ...change,
  };
}

describe('keys create', () => {
  test('prints only the key on standard output', async () => {
    const answer = await runLine('keys create --name laptop', { createKey: async () => 'sk-tl-v1-secret' });
    expect(answer).toEqual({ code: 0, out: 'sk-tl-v1-secret\n', err: '' });
  });

  test('passes the limit in picodollars, its window, the expiry and the kind', async () => {
    const drafts: KeyDraft[] = [];
    const createKey = async (draft: KeyDraft) => {
      drafts.push(draft);
      return 'key';
    };
    await runLine('keys create --name x --limit 0.25 --reset weekly --expires 30d --management', { createKey });
    await runLine('keys create --name x --expires 2027-01-31', { createKey });
    expect(drafts).toEqual([
      {
        name: 'x',
        isManagement: true,
        limitPico: 250_000_000_000n,
        limitReset: 'weekly',
        expiresAtMs: Date.UTC(2026, 11, 24),
      },
      { name: 'x', isManagement: false, expiresAtMs: Date.UTC(2027, 0, 31) },
    ]);
  });

  test.each([
    ['keys create', '--name'],
    ['keys create --name', '--name'],
    ['keys create --name x extra', "does not take 'extra'"],
    ['keys create --name x --limit much', 'amount in US dollars'],
    ['keys create --name x --limit 0', 'above 0'],
    ['keys create --name x --limit 5 --reset yearly', 'daily, weekly, monthly'],
    ['keys create --name x --reset daily', 'needs a --limit'],
    ['keys create --name x --expires 2020-01-01', 'in the past'],
    ['keys create --name x --expires 2026-13-40', 'takes a date'],
    ['keys create --name x --expires 2027-02-30', 'takes a date'],
    ['keys create --name x --expires 2027-02-29T10:00', 'takes a date'],
    ['keys create --name x --expires soon', 'takes a date'],
    ['keys create --nmae x', "Unknown option '--nmae'"],
  ])('%s is refused as usage, and no key is made', async (line, reason) => {
    const answer = await runLine(line);
    expect(answer.code).toBe(2);
    expect(answer.out).toBe('');
    expect(answer.err).toContain(reason);
  });
});

describe('keys list', () => {
  test('shows state, spending and limit of each key, never a whole hash', async () => {
    const listKeys = async () => [
      key(),
      key({ hash: 'f'.repeat(64), name: 'ci', limitPico: 5_000_000_000_000n, limitReset: 'daily', disabled: true }),
      key({ hash: 'e'.repeat(64), name: 'old', isManagement: true, expiresAtMs: NOW_MS }),
    ];
    expect((await runLine('keys list', { listKeys })).out).toBe(
      [
        'HASH          KEY                 NAME    KIND        STATE     SPENT USD  LIMIT',
        'abc123def456  sk-tl-v1-abc...xyz  laptop  inference   active       0.0015  none',
        'ffffffffffff  sk-tl-v1-abc...xyz  ci      inference   disabled     0.0015  5 daily',
        'eeeeeeeeeeee  sk-tl-v1-abc...xyz  old     management  expired      0.0015  none',
        '',
      ].join('\n'),
    );
  });

  test('gives every digit and whole hashes as JSON', async () => {
    const { out } = await runLine('keys list --json', { listKeys: async () => [key({ spentPico: 1n })] });
    expect(JSON.parse(out)).toEqual([
      {
        hash: 'abc123def456'.padEnd(64, '0'),
        label: 'sk-tl-v1-abc...xyz',
        name: 'laptop',
        management: false,
        disabled: false,
        spent_usd: '0.000000000001',
        limit_usd: null,
        limit_reset: null,
        created_at: '2026-11-24T00:00:00.000Z',
        expires_at: null,
      },
    ]);
  });

  test('says how to make the first key', async () => {
    expect((await runLine('keys list', { listKeys: async () => [] })).out).toContain('keys create');
  });

  test('a name cannot steer the terminal', async () => {
    const { out } = await runLine('keys list', { listKeys: async () => [key({ name: '\u001b[2Jgone\u202e\n' })] });
    expect(out).toContain(' [2Jgone ');
    expect(out).not.toContain('\u001b');
  });
});

describe('keys revoke', () => {
  const listKeys = async () => [key(), key({ hash: 'abc123ff'.padEnd(64, '0') })];

  test('deletes the one key whose hash starts so', async () => {
    const revoked: string[] = [];
    const revokeKey = async (hash: string) => revoked.push(hash) > 0;
    const answer = await runLine('keys revoke abc123de', { listKeys, revokeKey });
    expect(answer).toEqual({ code: 0, out: 'Revoked sk-tl-v1-abc...xyz (laptop).\n', err: '' });
    expect(revoked).toEqual(['abc123def456'.padEnd(64, '0')]);
  });

  test.each([
    ['keys revoke abc123', 1, '2 keys'],
    ['keys revoke ffffff', 1, 'no key'],
    ['keys revoke abc', 2, 'at least 6'],
    ['keys revoke sk-tl-v1-secret', 2, 'hash'],
    ['keys revoke', 2, 'needs <hash>'],
  ])('%s deletes nothing', async (line, code, reason) => {
    const answer = await runLine(line, { listKeys });
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(reason);
    expect(answer.err).not.toContain('secret');
  });

  test('fails when the key went meanwhile', async () => {
    expect((await runLine('keys revoke abc123de', { listKeys, revokeKey: async () => false })).code).toBe(1);
  });
});

describe('models', () => {
  const scout: ModelRow = {
    id: 'meta-llama/llama-4-scout',
    name: 'Meta: Llama 4 Scout',
    contextTokensMax: 1_048_576,
    promptPico: 80_000n,
    completionPico: 300_000n,
    endpoints: 9,
    connectedEndpoints: 0,
  };

  test('shows prices per million tokens and how many endpoints are connected', async () => {
    const mini = { ...scout, id: 'trunkline/mini', name: 'Mini', promptPico: 0n, connectedEndpoints: 1, endpoints: 1 };
    const { completionPico: _, ...unpriced } = mini;
    expect((await runLine('models', { listModels: async () => [scout, unpriced] })).out).toBe(
      [
        'MODEL                     NAME                   CONTEXT  INPUT  OUTPUT  CONNECTED',
        'meta-llama/llama-4-scout  Meta: Llama 4 Scout  1,048,576   0.08     0.3     0 of 9',
        'trunkline/mini            Mini                 1,048,576      0       -     1 of 1',
        '2 models, 1 connected. Prices in USD per million tokens.',
        '',
      ].join('\n'),
    );
  });

  test('passes every filter on', async () => {
    const filters: ModelFilter[] = [];
    const listModels = async (filter: ModelFilter) => {
      filters.push(filter);
      return [];
    };
    const { out, code } = await runLine('models scout --author meta-llama --provider acme --connected --free', {
      listModels,
    });
    await runLine('models', { listModels });
    expect(filters).toEqual([
      { search: 'scout', author: 'meta-llama', provider: 'acme', connected: true, free: true },
      { connected: false, free: false },
    ]);
    expect([out, code]).toEqual(['No model matches.\n', 0]);
  });

  test('gives prices as decimal strings in JSON', async () => {
    const { out } = await runLine('models --json', { listModels: async () => [scout] });
    expect(JSON.parse(out)[0]).toMatchObject({ input_usd_per_million: '0.08', output_usd_per_million: '0.3' });
  });
});

describe('providers', () => {
  const acme: ProviderRow = {
    id: 'acme',
    name: 'Acme',
    connected: false,
    isLocal: false,
    endpoints: 3,
    environmentKeys: ['ACME_KEY', 'ACME_TOKEN'],
  };
  const local: ProviderRow = { ...acme, id: 'here', name: 'Here', connected: true, isLocal: true, environmentKeys: [] };
  const listProviders = async () => [acme, local];

  test('shows which variable would connect each', async () => {
    expect((await runLine('providers', { listProviders })).out).toBe(
      [
        'PROVIDER  NAME  CONNECTED  ENDPOINTS  CONNECTED BY',
        'acme      Acme  no                 3  ACME_KEY or ACME_TOKEN',
        'here      Here  yes                3  local engine',
        '2 providers, 1 connected.',
        '',
      ].join('\n'),
    );
  });

  test('--connected leaves the others out, in JSON too', async () => {
    const { out } = await runLine('providers --connected --json', { listProviders });
    expect(JSON.parse(out)).toEqual([
      { id: 'here', name: 'Here', connected: true, local: true, endpoints: 3, environment_keys: [] },
    ]);
  });
});

describe('credits', () => {
  test('add passes picodollars and the note, and shows what is left', async () => {
    const deposits: unknown[] = [];
    const answer = await runLine('credits add $2.50 --note first', {
      addCredit: async (amountPico, note) => {
        deposits.push([amountPico, note]);
        return { depositedPico: 3_000_000_000_000n, spentPico: 1n };
      },
    });
    expect(deposits).toEqual([[2_500_000_000_000n, 'first']]);
    expect(answer.out).toBe('deposited  $3\nspent      $0.000000000001\nleft       $2.999999999999\n');
  });

  test('show prints what is owed as a negative rest', async () => {
    const balance = async () => ({ depositedPico: 0n, spentPico: 1_000_000_000_000n });
    expect(JSON.parse((await runLine('credits show --json', { balance })).out)).toEqual({
      deposited_usd: '0',
      spent_usd: '1',
      left_usd: '-1',
    });
  });

  test.each(['credits add', 'credits add 0', 'credits add -5', 'credits add 1e99', 'credits add 5 6'])(
    '%s is refused as usage',
    async (line) => expect((await runLine(line)).code).toBe(2),
  );
});

describe('explain', () => {
  test('prints the decision', async () => {
    const explain = async (id: string) => `decision of ${id}`;
    expect((await runLine('explain gen-1-a', { explain })).out).toBe('decision of gen-1-a\n');
  });

  test('a provider’s name in the decision cannot steer the terminal', async () => {
    const explain = async () => 'Attempts\n  1. Acme\u001b[31m\u202e: answered\n';
    expect((await runLine('explain gen-1-a', { explain })).out).toBe('Attempts\n  1. Acme[31m: answered\n');
  });

  test('an unknown generation is a failure', async () => {
    const answer = await runLine('explain gen-1-a', { explain: async () => undefined });
    expect(answer).toEqual({ code: 1, out: '', err: "trunkline: there is no generation 'gen-1-a'.\n" });
  });
});

describe('doctor', () => {
  const good = { what: 'data folder', verdict: 'good', detail: 'writable' } as const;
  const warning = { what: 'providers', verdict: 'warning', detail: 'none', remedy: 'set a key' } as const;

  test('says how to mend what it found; warnings alone are no failure', async () => {
    const answer = await runLine('doctor', { doctor: async () => [good, warning] });
    expect(answer.code).toBe(0);
    expect(answer.out).toBe(
      'good     data folder: writable\nwarning  providers: none\n         set a key\n0 problems, 1 warning.\n',
    );
  });

  test('a problem is a failure', async () => {
    expect((await runLine('doctor', { doctor: async () => [{ ...good, verdict: 'problem' }] })).code).toBe(1);
  });

  test('colours appear on a terminal only, and not with NO_COLOR', async () => {
    const doctor = async () => [warning];
    expect((await runLine('doctor', { doctor, terminal: { isTty: true } })).out).toContain('\u001b[33mwarning');
    expect((await runLine('doctor', { doctor, terminal: { isTty: true, noColor: '1' } })).out).not.toContain('\u001b');
    expect((await runLine('doctor', { doctor, terminal: { isTty: false } })).out).not.toContain('\u001b');
  });
});

describe('serve, version and help', () => {
  test('serve returns what the exchange ended with', async () => {
    expect((await runLine('serve', { serve: async () => 3 })).code).toBe(3);
    expect((await runLine('serve --port 1')).code).toBe(2);
  });

  test.each(['version', '--version', '-v'])('%s prints the version', async (line) => {
    expect(await runLine(line)).toEqual({ code: 0, out: 'trunkline 1.2.3\n', err: '' });
  });

  test.each(['', 'help', '--help', '-h'])('"%s" lists every command', async (line) => {
    const { out, code } = await runLine(line);
    expect(code).toBe(0);
    for (const name of ['serve', 'keys create', 'keys list', 'keys revoke', 'models', 'providers', 'credits add'])
      expect(out).toContain(`  ${name} `);
  });

  test.each(['keys create --help', 'help keys create', 'keys create -h --name'])(
    '%s shows its options',
    async (line) => {
      const { out, code } = await runLine(line);
      expect(code).toBe(0);
      expect(out).toStartWith('Usage: trunkline keys create [options]\n');
      expect(out).toContain('--limit <usd>');
    },
  );

  test('a family alone is shown on standard error', async () => {
    const answer = await runLine('keys');
    expect([answer.code, answer.out]).toEqual([2, '']);
    expect(answer.err).toContain('trunkline keys revoke <hash>');
    expect((await runLine('keys --help')).code).toBe(0);
  });

  test.each(['sreve', 'help sreve', '--port'])('%s is refused as usage', async (line) => {
    const answer = await runLine(line);
    expect([answer.code, answer.out]).toEqual([2, '']);
    expect(answer.err).toContain('trunkline help');
  });

  test('no line of help is wider than 100 columns', async () => {
    const { out } = await runLine('help');
    const names = [...out.matchAll(/^ {2}(\w+(?: \w+)?) {2,}/gm)].map((match) => match[1]!);
    expect(names.length).toBeGreaterThan(8);
    for (const name of names)
      for (const line of (await runLine(`help ${name}`)).out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test.each([
    ['\u001b[2J', 2],
    ['help \u001b[2J', 2],
    ['models \u001b[2J x\u202e', 2],
    ['keys list --\u001b[2J', 2],
    ['explain gen-\u001b[2J', 1],
  ])('what was typed cannot steer the terminal as part of an error: %j', async (line, code) => {
    const answer = await runLine(line, { explain: async () => undefined });
    expect(answer.code).toBe(code);
    expect(answer.err).toStartWith('trunkline: ');
    expect(answer.err).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  test('an error of several lines keeps them', async () => {
    const listKeys = async () => {
      throw new Error('first\n  second\u001b[2J');
    };
    expect((await runLine('keys list', { listKeys })).err).toBe('trunkline: first\n  second[2J\n');
  });

  test('an error of the house is told without its stack', async () => {
    const listKeys = async () => {
      throw new Error('the data folder is locked');
    };
    expect(await runLine('keys list', { listKeys })).toEqual({
      code: 1,
      out: '',
      err: 'trunkline: the data folder is locked\n',
    });
  });
});
