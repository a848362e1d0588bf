import { type Command, type CommandCall, UsageError } from './command.ts';
import type { ModelOrder } from './model-order.ts';
import { viewOf } from './model-view.ts';
import { readCount } from './read-values.ts';

export const modelsAdd: Command = {
  name: 'models add',
  summary: 'add a model of your own: weights in GGUF, from here or from elsewhere',
  usage: '<file, https address, or user/repository:FORMAT>',
  argumentsMin: 1,
  options: {
    mmproj: {
      type: 'string',
      value: 'file',
      help: 'projector for pictures, a file or an address; or none',
    },
    id: {
      type: 'string',
      value: 'author/name',
      help: 'its name; else that of the catalogue, or local/<file>',
    },
    context: { type: 'string', value: 'tokens', help: 'context of one request' },
    slots: { type: 'string', value: 'count', help: 'requests at a time' },
    engine: { type: 'string', value: 'path', help: 'llama-server to run it, or ollama; else the one on the PATH' },
    idle: { type: 'string', value: 'minutes', help: 'leaves memory when nobody asked for so long; 0: never' },
    autoload: { type: 'boolean', help: 'loaded when the gateway starts, not only when somebody asks' },
    sha256: { type: 'string', value: 'hex', help: 'checksum that a downloaded file must have' },
    force: { type: 'boolean', help: 'in spite of too little memory, a faulty projector, no engine' },
    yes: { type: 'boolean', help: 'ask nothing' },
  },
  notes: [
    'Parts of a split file are found beside the first. A broken-off download goes on where it ended.',
    'A repository of the model hub brings its projector along; HF_TOKEN opens those with terms.',
    'A running gateway loads the model at once; without one it is loaded by the first request.',
  ],
  async run(call, tools) {
    const order = readOrder(call);
    const view = viewOf(tools);
    try {
      await tools.addModel(order, view);
    } finally {
      view.end();
    }
    return 0;
  },
};

function readOrder(call: CommandCall): ModelOrder {
  const text = (name: string) => call.text(name);
  const count = (name: string, max: number) => {
    const value = text(name);
    return value === undefined ? undefined : readCount(`--${name}`, value, max);
  };
  const id = text('id');
  if (id !== undefined && !/^[a-z0-9][\w.-]*\/[a-z0-9][\w.-]*$/.test(id))
    throw new UsageError('--id takes author/name in lower case, such as local/poet.');
  const sha256 = text('sha256')?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) throw new UsageError('--sha256 takes 64 hex digits.');
  const idle = text('idle');
  const values = {
    ...{ projector: text('mmproj'), id, engine: text('engine'), sha256 },
    contextTokens: count('context', 100_000_000),
    slots: count('slots', 256),
    idleMinutes: idle === undefined ? undefined : idle === '0' ? 0 : readCount('--idle', idle, 525_600),
  };
  return {
    source: call.arguments[0]!,
    ...definedOf(values),
    ...{ autoload: call.has('autoload'), force: call.has('force'), yes: call.has('yes') },
  };
}

type Defined<T> = { readonly [key in keyof T]?: Exclude<T[key], undefined> };

function definedOf<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
