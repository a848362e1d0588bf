import type { Quantization } from '../generation/preferences.ts';

/** What a provider's or a file's own name of a model says, most exact first. Two names mean one model where a step agrees. */
export interface NativeName {
  /** Comparable spellings; each step forgets a little more: as it is, `-instruct`, the date, the shape of a mixture. */
  readonly steps: readonly string[];
  /** Lower case, without wrappers, region, maker, revision and number format: what a slug can be made of. */
  readonly bare: string;
  /** What stands before the last slash, lower case, such as `meta-llama`; undefined when nothing does. */
  readonly owner: string | undefined;
  readonly quantization: Quantization;
  /** Such as `us` in `us.meta.llama4-…`. */
  readonly region: string | undefined;
}

export const STEP_COUNT = 4;

const NAME_LENGTH_MAX = 300;
const FILE_ENDING = /(?:-\d{5}-of-\d{5})?\.(?:gguf|safetensors|bin)$/;
const WRAPPERS =
  /^(?:hf:|hf\.co\/|huggingface\.co\/|workers-ai\/|@cf\/|@hf\/|accounts\/[^/]+\/models\/|publishers\/[^/]+\/models\/|models\/)/;
const REGION = /^(us-gov|us|eu|apac|ap|au|jp|ca|sa|me|in|global)\.(?=[a-z])/;
/** Bedrock writes the maker before a dot. A list, since a dot may also stand inside a name. */
const MAKER =
  /^(meta|anthropic|amazon|mistral|deepseek|openai|qwen|cohere|ai21|google|minimax|moonshotai|moonshot|nvidia|writer|zai|xai|twelvelabs|stability|luma)\./;
const REVISION = /(?::\d+(?::[\w-]+)?|:\d+[mk]|@default|@latest|:latest|-maas|-basic|-gguf)$/;
const GGUF_TAIL =
  /[-_.:@](?:ud[-_])?(i?q\d[\w]*|bf16|fp16|f16|fp32|f32|mxfp8|mxfp4|nvfp4|fp4|fp6|fp8|int8|int4|4bit|8bit|awq|gptq)(?:-dynamic)?$/;
const DATE = /[-@](?:20\d{2}-?[01]\d-?[0-3]\d)(?=$|-)/;

export function readNativeName(nativeId: string): NativeName {
  let name = nativeId.slice(0, NAME_LENGTH_MAX).trim().toLowerCase();
  if (FILE_ENDING.test(name)) name = name.replace(FILE_ENDING, '').split('\\').at(-1)!;
  for (let before = ''; before !== name; ) {
    before = name;
    name = name.replace(WRAPPERS, '');
  }
  const slash = name.lastIndexOf('/');
  const owner = slash === -1 ? undefined : name.slice(0, slash).split('/').at(-1);
  name = name.slice(slash + 1);
  const region = REGION.exec(name)?.[1];
  const unplaced = name.replace(REGION, '');
  const bare = unplaced.replace(MAKER, (maker) =>
    /^(?:v|r)\d/.test(unplaced.slice(maker.length)) ? `${maker.slice(0, -1)}-` : '',
  );
  const { rest, quantization } = stripTails(bare);
  return { bare: rest, steps: forget(rest, revisionOf(bare, unplaced)), owner, quantization, region };
}

/** Revisions and number formats may follow each other in any order. */
function stripTails(name: string): { readonly rest: string; readonly quantization: Quantization } {
  let rest = name;
  let quantization: Quantization = 'unknown';
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(REVISION, '');
    const tail = GGUF_TAIL.exec(rest);
    if (tail) {
      if (quantization === 'unknown') quantization = quantizationOf(tail[1]!);
      rest = rest.slice(0, tail.index);
    }
  }
  return { rest, quantization };
}

const FORMATS: Readonly<Record<string, Quantization>> = {
  bf16: 'bf16',
  fp16: 'fp16',
  f16: 'fp16',
  fp32: 'fp32',
  f32: 'fp32',
  mxfp8: 'mxfp8',
  mxfp4: 'mxfp4',
  nvfp4: 'nvfp4',
  fp4: 'fp4',
  fp6: 'fp6',
  fp8: 'fp8',
  int8: 'int8',
  '8bit': 'int8',
  int4: 'int4',
  '4bit': 'int4',
  awq: 'int4',
  gptq: 'int4',
};

/** Five and six bits have no name of their own in the API; `unknown` claims nothing. */
function quantizationOf(tail: string): Quantization {
  const known = FORMATS[tail];
  if (known) return known;
  const bits = Number(/^i?q(\d)/.exec(tail)?.[1]);
  if (bits === 8) return 'int8';
  return bits >= 1 && bits <= 4 ? 'int4' : 'unknown';
}

/** Bedrock counts its own revisions after the name: `-v1:0`, `-v1` or `-1:0`. Elsewhere `-v3` is the model's version. */
function revisionOf(bare: string, unplaced: string): RegExp | undefined {
  if (/:\d+(?::[\w-]+)?$/.test(bare)) return /-v?\d$/;
  return bare === unplaced ? undefined : /-v\d$/;
}

function forget(name: string, revision: RegExp | undefined): readonly string[] {
  const asItIs = spell(name);
  const plain = (revision ? asItIs.replace(revision, '') : asItIs)
    // Hosts' own words for how fast they serve the open model.
    .replace(/^(llama-\d.*)-(?:chat|versatile|instant|turbo|fast)$/, '$1')
    .replace(/-(?:instruct|it)(?=$|-(?=\d))/, '');
  const undated = plain.replace(DATE, '');
  // Only one size exists of each; Bedrock and others leave out the experts.
  const shapeless = undated.replace(/^(llama-4-[a-z]+)-17b(?:-\d+e)?$/, '$1');
  return [asItIs, plain, undated, shapeless];
}

/** One spelling for `llama4:scout`, `Llama 4 Scout`, `llama-v4-scout`, `deepseek-v4p1` and `deepseek-v4.1`. */
function spell(name: string): string {
  return (
    name
      .replace(/(?<=\d)p(?=\d)/g, '.')
      .replace(
        /^(llama|qwen|gemma|glm|phi|mixtral|mistral|command|granite|nemotron|kimi|gpt|claude|grok|falcon)(?=\d)/,
        '$1-',
      )
      .replace(/^(?:meta-(?=llama)|nvidia-(?=nemotron)|zai-(?=glm))/, '')
      .replace(/^llama-?v?(?=\d)/, 'llama-')
      .replace(/[\s_:.]+/g, '-')
      .replace(/-{2,}/g, '-')
      // Ollama names the size before the model.
      .replace(/^llama-4-17b-([a-z]+)-(\d+e)/, 'llama-4-$1-17b-$2')
      .replace(/^-|-$/g, '')
  );
}
