/** What weights on disk say of themselves, by their headers alone: what they are, what they need, under which name they may go. */
import type { Quantization } from '../generation/preferences.ts';
import { checkScoutFile, checkScoutProjector, type FileFact } from './check-scout-file.ts';
import { checkLlama4Projector, GgufError, type GgufHeader, readGgufHeader } from './gguf-header.ts';
import { firstQuantization } from './quantization.ts';

/** The numbers that decide how much memory a model's cache takes. */
export interface ModelShape {
  readonly layers: number;
  readonly keyValueHeads: number;
  /** Values per head. */
  readonly keyLength: number;
  readonly valueLength: number;
  readonly width: number;
  readonly vocabulary: number;
  /** Layers that see only so many tokens back; absent where all see everything, or where it is not known how many do. */
  readonly window?: { readonly tokens: number; readonly layers: number } | undefined;
}

export interface Weights {
  /** The file, or all parts of a split one in order. */
  readonly parts: readonly string[];
  readonly bytes: number;
  /** `general.architecture`. */
  readonly architecture: string;
  /** `general.name`, as whoever converted it wrote it. */
  readonly name?: string;
  /** Number format as llama.cpp names it, such as `Q4_K_M`; undefined where the header does not say. */
  readonly format?: string;
  readonly quantization: Quantization;
  readonly contextTokensTrained?: number;
  readonly experts?: number;
  readonly shape: ModelShape;
  readonly hasChatTemplate: boolean;
  /** Its template knows tools. */
  readonly tools: boolean;
  readonly isScout: boolean;
  /** What the header says beside what Scout's would. */
  readonly scoutFacts: readonly FileFact[];
}

export interface Projector {
  readonly bytes: number;
  /** What is wrong with it and does not keep it from loading: the operator may insist. */
  readonly faults: readonly string[];
}

/** `path` is the file, or any part of a split one. Throws `GgufError` when a file is missing, foreign, cut or broken. */
export async function inspectWeights(path: string): Promise<Weights> {
  const check = await checkScoutFile(path);
  const header = await readGgufHeader(check.parts[0]!);
  const { architecture } = header;
  if (architecture === undefined) throw new GgufError(`${path} does not say what architecture it has`);
  if (architecture === 'clip')
    throw new GgufError(`${path} is a projector for pictures, not a model: give it as --mmproj`);
  const format = FORMATS.get(Number(header.values.get('general.file_type')));
  const trained = numberOf(header, `${architecture}.context_length`);
  const experts = numberOf(header, `${architecture}.expert_count`);
  const template = header.values.get('tokenizer.chat_template');
  return {
    parts: check.parts,
    bytes: check.bytes,
    architecture,
    ...(check.name !== undefined && { name: check.name }),
    ...(format !== undefined && { format }),
    quantization: firstQuantization(format, check.parts[0]!.split(/[\\/]/).at(-1)),
    ...(trained !== undefined && { contextTokensTrained: trained }),
    ...(experts !== undefined && experts > 0 && { experts }),
    shape: shapeOf(header, architecture),
    hasChatTemplate: template !== undefined,
    tools: typeof template === 'string' && /\btools\b/.test(template),
    isScout: check.isScout,
    scoutFacts: check.facts,
  };
}

/**
 * A projector for these weights. Throws `GgufError` when it cannot belong to them; faults that only spoil what it sees are
 * told: finding B of the study on Llama 4 loads without complaint and sees nothing right.
 */
export async function inspectProjector(path: string, weights: Weights): Promise<Projector> {
  const header = await readGgufHeader(path);
  if (header.architecture !== 'clip' && !header.values.has('clip.projector_type'))
    throw new GgufError(`${path} is not a projector: its architecture is "${header.architecture ?? 'unknown'}"`);
  const check = await checkScoutProjector(path);
  if (weights.architecture !== 'llama4') return { bytes: check.bytes, faults: [] };
  const type = header.values.get('clip.projector_type') ?? header.values.get('clip.vision.projector_type');
  if (type !== 'llama4')
    throw new GgufError(`${path} holds a projector of type "${type ?? 'unknown'}", and the weights need "llama4"`);
  const width = numberOf(header, 'clip.vision.projection_dim');
  if (width !== undefined && width !== weights.shape.width)
    throw new GgufError(`${path} projects to a width of ${width}, and the weights have ${weights.shape.width}`);
  const faults: string[] = [];
  try {
    checkLlama4Projector({ ...header, values: new Map([...header.values, ['clip.projector_type', type]]) }, path);
  } catch (error) {
    if (!(error instanceof GgufError)) throw error;
    faults.push(error.message);
  }
  if (weights.isScout) {
    for (const { what, expected, found, isRight } of check.facts) {
      if (!isRight && what !== 'second norm') faults.push(`${path}: ${what} is ${found}, and Scout's is ${expected}`);
    }
  }
  return { bytes: check.bytes, faults };
}

/** llama.cpp's numbers of what a file mostly holds (`llama_ftype`). */
const FORMATS: ReadonlyMap<number, string> = new Map([
  ...([
    [0, 'F32'],
    [1, 'F16'],
    [2, 'Q4_0'],
    [3, 'Q4_1'],
    [7, 'Q8_0'],
    [8, 'Q5_0'],
    [9, 'Q5_1'],
  ] as const),
  ...([
    [10, 'Q2_K'],
    [11, 'Q3_K_S'],
    [12, 'Q3_K_M'],
    [13, 'Q3_K_L'],
    [14, 'Q4_K_S'],
    [15, 'Q4_K_M'],
  ] as const),
  ...([
    [16, 'Q5_K_S'],
    [17, 'Q5_K_M'],
    [18, 'Q6_K'],
    [19, 'IQ2_XXS'],
    [20, 'IQ2_XS'],
    [21, 'Q2_K_S'],
  ] as const),
  ...([
    [22, 'IQ3_XS'],
    [23, 'IQ3_XXS'],
    [24, 'IQ1_S'],
    [25, 'IQ4_NL'],
    [26, 'IQ3_S'],
    [27, 'IQ3_M'],
  ] as const),
  ...([
    [28, 'IQ2_S'],
    [29, 'IQ2_M'],
    [30, 'IQ4_XS'],
    [31, 'IQ1_M'],
    [32, 'BF16'],
    [38, 'MXFP4'],
  ] as const),
]);

/** llama.cpp fixes both for `llama4`, whatever the file says: chunks of 8,192 tokens, and every fourth layer sees everything. */
const LLAMA4_CHUNK_TOKENS = 8192;
const LLAMA4_FULL_EVERY = 4;

function shapeOf(header: GgufHeader, architecture: string): ModelShape {
  const of = (key: string) => numberOf(header, `${architecture}.${key}`);
  const layers = of('block_count') ?? 0;
  const width = of('embedding_length') ?? 0;
  const heads = of('attention.head_count') ?? 1;
  const headLength = heads > 0 ? Math.ceil(width / heads) : 0;
  const vocabulary = of('vocab_size') ?? header.listLengths.get('tokenizer.ggml.tokens') ?? 0;
  const chunked = layers - Math.floor(layers / LLAMA4_FULL_EVERY);
  return {
    layers,
    // A list means that layers differ: then all count as many as the model has at most.
    keyValueHeads: of('attention.head_count_kv') ?? heads,
    keyLength: of('attention.key_length') ?? headLength,
    valueLength: of('attention.value_length') ?? headLength,
    width,
    vocabulary,
    ...(architecture === 'llama4' && { window: { tokens: LLAMA4_CHUNK_TOKENS, layers: chunked } }),
  };
}

function numberOf(header: GgufHeader, key: string): number | undefined {
  const value = header.values.get(key);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
