import { CHECK_GROUPS, type CheckGroup, type CheckResult, type Verification } from '../contract/verification.ts';
import type { CliTools, ScoutOrder, ScoutView, Terminal } from './cli-tools.ts';
import { type Command, type CommandCall, JSON_OPTION, UsageError } from './command.ts';
import { hasColour, printable, printJson } from './print-table.ts';
import { readCount } from './read-values.ts';

const WAIT_SECONDS = 180;
/** Enough for the longest of the prompts, twelve thousand tokens, and its answer. */
const CONTEXT_TOKENS = 16_384;

export const doctorScout: Command = {
  name: 'doctor scout',
  summary: 'ask an engine of yours whether Llama 4 Scout works in it, and keep what it shows',
  options: {
    url: {
      type: 'string',
      value: 'url',
      help: 'its address, such as http://127.0.0.1:8080; else what is found here',
    },
    key: { type: 'string', value: 'env:NAME', help: 'its key, from this variable' },
    model: { type: 'string', value: 'name', help: 'the engine’s own name of the model, where it offers several' },
    file: {
      type: 'string',
      value: 'file',
      help: 'the GGUF of the weights: its header, and whether it fits the memory',
    },
    mmproj: { type: 'string', value: 'file', help: 'the GGUF of its projector for pictures' },
    context: {
      type: 'string',
      value: 'tokens',
      help: `context of one request, for the memory of --file (${CONTEXT_TOKENS})`,
    },
    slots: { type: 'string', value: 'count', help: 'requests at a time, for the memory of --file (1)' },
    checksum: { type: 'boolean', help: 'hash all of the files, not only their edges' },
    only: { type: 'string', value: 'groups', help: 'only these groups, with commas between; never makes it verified' },
    wait: { type: 'string', value: 'seconds', help: `the longest silence before an answer (${WAIT_SECONDS})` },
    ...JSON_OPTION,
  },
  notes: [
    `Groups: ${CHECK_GROUPS.slice(0, 8).join(', ')},`,
    `${CHECK_GROUPS.slice(8).join(', ')}.`,
    'Exit code 0 when Scout works; 1 when a check fails or could not be asked, when it is another',
    'model, or when nothing answers.',
  ],
  async run(call, tools) {
    const order = readOrder(call);
    const isJson = call.has('json');
    const runs = await tools.verifyScout(order, isJson ? SILENT : viewOf(tools));
    if (isJson) tools.out(printJson(runs));
    else if (runs.length === 0) tools.out(NOTHING_FOUND);
    return runs.length > 0 && runs.every(({ outcome }) => outcome === 'passed') ? 0 : 1;
  },
};

const NOTHING_FOUND = `No engine found here offers meta-llama/llama-4-scout, so nothing was asked: not verified on this machine.
Start one (llama-server, Ollama, vLLM, SGLang, LM Studio), or say where it is: trunkline doctor scout --url <url>
To look at files before they are loaded: trunkline doctor scout --file <gguf> --mmproj <gguf>
`;

const SILENT: ScoutView = { begin: () => undefined, result: () => undefined, end: () => undefined };

function readOrder(call: CommandCall): ScoutOrder {
  const text = (name: string) => call.text(name);
  const key = text('key');
  const url = text('url');
  if (url !== undefined && !(URL.canParse(url) && /^https?:/i.test(url)))
    throw new UsageError('--url takes an address such as http://127.0.0.1:8080.');
  const keyName = key === undefined ? undefined : /^env:([A-Za-z_]\w*)$/.exec(key)?.[1];
  if (key !== undefined && keyName === undefined)
    throw new UsageError('--key takes env:NAME: a secret on a command line is seen by others.');
  if (
    text('url') === undefined &&
    (keyName !== undefined || (text('model') !== undefined && text('file') !== undefined))
  )
    throw new UsageError('--key and --model say how to ask an engine: give its --url too.');
  if (text('mmproj') !== undefined && text('file') === undefined)
    throw new UsageError('--mmproj needs its --file too.');
  const groups = text('only');
  const optional = { url, keyName, model: text('model'), file: text('file'), projector: text('mmproj') };
  return {
    ...definedOf(optional),
    ...(groups !== undefined && { groups: readGroups(groups) }),
    contextTokens: readCount('--context', text('context') ?? String(CONTEXT_TOKENS), 100_000_000),
    slots: readCount('--slots', text('slots') ?? '1', 256),
    waitSeconds: readCount('--wait', text('wait') ?? String(WAIT_SECONDS), 86_400),
    wholeChecksum: call.has('checksum'),
  };
}

type Optional = { readonly [key in 'url' | 'keyName' | 'model' | 'file' | 'projector']?: string };

function definedOf(values: { readonly [key in keyof Optional]-?: string | undefined }): Optional {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function readGroups(text: string): readonly CheckGroup[] {
  const known = new Set<string>(CHECK_GROUPS);
  const names = text.split(',').map((name) => name.trim());
  const stranger = names.find((name) => !known.has(name));
  if (stranger !== undefined) throw new UsageError(`--only knows no group '${stranger}': ${CHECK_GROUPS.join(', ')}.`);
  return CHECK_GROUPS.filter((group) => names.includes(group));
}

/** Each check as soon as it is known: the whole may take minutes. */
function viewOf({ out, terminal }: CliTools): ScoutView {
  return {
    begin: (name) => out(`${printable(name)}\n\n`),
    result: (result) => out(layResult(result, terminal)),
    end: (verification) => out(layEnd(verification, terminal)),
  };
}

const COLOURS = { passed: 32, failed: 31, skipped: 33 } as const;
const WORD_WIDTH = 'skipped'.length;
const ID_WIDTH = 26;
const INDENT = ' '.repeat(WORD_WIDTH + 2 + ID_WIDTH + 2);

function layResult({ id, outcome, got, expected, why, required }: CheckResult, terminal: Terminal): string {
  const head = `${paint(outcome.padEnd(WORD_WIDTH), COLOURS[outcome], terminal)}  ${printable(id).padEnd(ID_WIDTH)}`;
  const lines = [`${head}  ${printable(got)}`.trimEnd()];
  if (outcome === 'failed') lines.push(`${INDENT}${printable(why ?? '')}; expected ${printable(expected)}`);
  if (outcome === 'skipped') lines.push(`${INDENT}${printable(why ?? '')}`);
  if (outcome === 'failed' && !required) lines.push(`${INDENT}(not required)`);
  return `${lines.join('\n')}\n`;
}

function layEnd(verification: Verification, terminal: Terminal): string {
  const { score, speed, engine, files, outcome, verdict, whole, model } = verification;
  const total = score.passed + score.failed + score.skipped;
  const rows: [string, string][] = [];
  const running = [engine.name, engine.version, engine.model].filter((part) => part !== undefined).join(', ');
  if (engine.name !== 'none') rows.push(['Engine', running]);
  for (const { name, bytes, sha256, covers } of files)
    rows.push(['File', `${name}, ${bytes} bytes, sha256 ${sha256}${covers === 'edges' ? ' (of its edges)' : ''}`]);
  rows.push(['Score', `${score.passed} of ${total} passed, ${score.failed} failed, ${score.skipped} skipped`]);
  const speeds = [
    ...(speed.generation_tokens_per_second === undefined ? [] : [`${speed.generation_tokens_per_second} tokens/s`]),
    ...(speed.prompt_tokens_per_second === undefined ? [] : [`reads ${speed.prompt_tokens_per_second} tokens/s`]),
    ...(speed.first_token_ms === undefined ? [] : [`first text after ${speed.first_token_ms} ms`]),
  ];
  if (speeds.length > 0) rows.push(['Speed', speeds.join(', ')]);
  const isGood = outcome === 'passed';
  rows.push([
    'Verdict',
    paint(`${outcome}: ${printable(verdict)}`, isGood ? COLOURS.passed : COLOURS.failed, terminal),
  ]);
  const kept = whole
    ? `GET /api/v1/trunkline/verification/${model}`
    : 'kept, but only a whole run says whether it is verified';
  rows.push(['Kept', kept]);
  return `\n${rows.map(([title, text]) => `${title.padEnd(WORD_WIDTH)}  ${title === 'Verdict' ? text : printable(text)}`).join('\n')}\n\n`;
}

function paint(text: string, colour: number, terminal: Terminal): string {
  return hasColour(terminal) ? `\u001b[${colour}m${text}\u001b[39m` : text;
}
