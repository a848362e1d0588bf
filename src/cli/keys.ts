import { formatUsd } from '../base/money.ts';
import { plural } from '../base/plural.ts';
import { type CliTools, type KeyDraft, type KeyRow, LIMIT_RESETS } from './cli-tools.ts';
import { type Command, type CommandCall, JSON_OPTION, UsageError } from './command.ts';
import { type Column, layTable, printable, printJson } from './print-table.ts';
import { readAmount, readMoment } from './read-values.ts';

const create: Command = {
  name: 'keys create',
  summary: 'make an API key and print it, only it, this once',
  options: {
    name: { type: 'string', value: 'text', help: 'what the key is for (required)' },
    limit: { type: 'string', value: 'usd', help: 'what it may spend, such as 5 or 0.25' },
    reset: { type: 'string', value: 'window', help: 'the limit starts anew: daily, weekly or monthly (UTC)' },
    expires: { type: 'string', value: 'when', help: 'a date (2027-01-31, UTC) or a time from now (12h, 30d)' },
    management: { type: 'boolean', help: 'a key that administers and cannot generate' },
  },
  async run(call, tools) {
    tools.out(`${await tools.createKey(readDraft(call, tools))}\n`);
    return 0;
  },
};

const list: Command = {
  name: 'keys list',
  summary: 'show all API keys, masked',
  options: JSON_OPTION,
  async run(call, tools) {
    const rows = await tools.listKeys();
    if (call.has('json')) tools.out(printJson(rows.map(keyJson)));
    else if (rows.length === 0) tools.out('No keys yet. Make one: trunkline keys create --name <text>\n');
    else tools.out(layTable(keyColumns(tools.clock.nowMs()), rows, tools.terminal));
    return 0;
  },
};

const revoke: Command = {
  name: 'keys revoke',
  summary: 'delete an API key: it stops working at once',
  usage: '<hash>',
  options: {},
  argumentsMin: 1,
  notes: ['The hash is in `trunkline keys list`; its first characters are enough where only one key has them.'],
  async run(call, tools) {
    const key = findKey(await tools.listKeys(), call.arguments[0]!);
    if (!(await tools.revokeKey(key.hash))) throw new Error(`the key ${key.label} is gone already.`);
    tools.out(`Revoked ${printable(key.label)} (${printable(key.name)}).\n`);
    return 0;
  },
};

export const keys: readonly Command[] = [create, list, revoke];

const NAME_LENGTH_MAX = 200;
const HASH_LENGTH_MIN = 6;

function readDraft(call: CommandCall, tools: CliTools): KeyDraft {
  const name = call.text('name')?.trim();
  if (!name) throw new UsageError('`keys create` needs --name <text>.');
  if (name.length > NAME_LENGTH_MAX) throw new UsageError(`--name takes at most ${NAME_LENGTH_MAX} characters.`);
  const limit = call.text('limit');
  const reset = call.text('reset');
  const limitReset = LIMIT_RESETS.find((known) => known === reset);
  if (reset !== undefined && !limitReset) throw new UsageError(`--reset takes ${LIMIT_RESETS.join(', ')}.`);
  if (limitReset && limit === undefined) throw new UsageError('--reset needs a --limit that it starts anew.');
  const expires = call.text('expires');
  return {
    name,
    isManagement: call.has('management'),
    ...(limit !== undefined && { limitPico: readAmount('--limit', limit) }),
    ...(limitReset && { limitReset }),
    ...(expires !== undefined && { expiresAtMs: readMoment('--expires', expires, tools.clock.nowMs()) }),
  };
}

/** By the start of its hash. A key's own text is refused: it would stay in the history of the shell. */
function findKey(rows: readonly KeyRow[], start: string): KeyRow {
  if (!/^[0-9a-f]+$/.test(start) || start.length < HASH_LENGTH_MIN)
    throw new UsageError(
      `\`keys revoke\` takes at least ${HASH_LENGTH_MIN} characters of the hash in \`trunkline keys list\`.`,
    );
  const found = rows.filter((row) => row.hash.startsWith(start));
  if (found.length > 1) throw new Error(`${plural(found.length, 'key')} have a hash that starts with ${start}.`);
  if (!found[0]) throw new Error(`no key has a hash that starts with ${start}.`);
  return found[0];
}

function keyColumns(nowMs: number): readonly Column<KeyRow>[] {
  return [
    { title: 'HASH', cell: (key) => key.hash.slice(0, 12) },
    { title: 'KEY', cell: (key) => key.label },
    { title: 'NAME', cell: (key) => key.name, shrinks: true },
    { title: 'KIND', cell: (key) => (key.isManagement ? 'management' : 'inference') },
    { title: 'STATE', cell: (key) => keyState(key, nowMs) },
    { title: 'SPENT USD', cell: (key) => roundUsd(key.spentPico), align: 'right' },
    { title: 'LIMIT', cell: keyLimit },
  ];
}

function keyState(key: KeyRow, nowMs: number): string {
  if (key.disabled) return 'disabled';
  return key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs ? 'expired' : 'active';
}

function keyLimit(key: KeyRow): string {
  if (key.limitPico === undefined) return 'none';
  return key.limitReset ? `${formatUsd(key.limitPico)} ${key.limitReset}` : formatUsd(key.limitPico);
}

/** To a millionth of a dollar: enough to read; `--json` has every digit. */
function roundUsd(pico: bigint): string {
  return formatUsd((pico / 1_000_000n) * 1_000_000n);
}

function keyJson(key: KeyRow) {
  return {
    hash: key.hash,
    label: key.label,
    name: key.name,
    management: key.isManagement,
    disabled: key.disabled,
    spent_usd: formatUsd(key.spentPico),
    limit_usd: key.limitPico === undefined ? null : formatUsd(key.limitPico),
    limit_reset: key.limitReset ?? null,
    created_at: new Date(key.createdAtMs).toISOString(),
    expires_at: key.expiresAtMs === undefined ? null : new Date(key.expiresAtMs).toISOString(),
  };
}
