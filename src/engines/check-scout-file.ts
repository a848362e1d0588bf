/**
 * Says whether weights and projector on disk are Llama 4 Scout's, by their headers alone: seconds, also for 65 GB. The numbers
 * are those of Scout's configuration (meta-llama/Llama-4-Scout-17B-16E-Instruct, `config.json`); the tiny models with the same
 * architecture, and Maverick, differ in at least one of them.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkLlama4Projector, GgufError, type GgufHeader, readGgufHeader } from './gguf-header.ts';

export interface FileFact {
  /** What was looked at, such as `blocks`. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly isRight: boolean;
}

export interface ModelFileCheck {
  /** Every fact is right. */
  readonly isScout: boolean;
  readonly facts: readonly FileFact[];
  /** All files of the model, in order: one, or the parts of a split. */
  readonly parts: readonly string[];
  readonly bytes: number;
  /** `general.name`, as whoever converted it wrote it. */
  readonly name?: string;
}

export interface ProjectorFileCheck {
  readonly isScout: boolean;
  readonly facts: readonly FileFact[];
  readonly bytes: number;
}

/** Text model of Scout. */
export const SCOUT_SHAPE = {
  architecture: 'llama4',
  blocks: 48,
  width: 5120,
  experts: 16,
  expertsPerToken: 1,
  heads: 40,
  keyValueHeads: 8,
  vocabulary: 202_048,
} as const;

/** Vision tower and projector of Scout. */
export const SCOUT_PROJECTOR_SHAPE = { type: 'llama4', image: 336, patch: 14, blocks: 34, width: 5120 } as const;

const PART_NAME = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;
const PARTS_MAX = 1000;

/** `path` is the file, or any part of a split one. Throws `GgufError` when a file is missing, foreign, cut or broken. */
export async function checkScoutFile(path: string): Promise<ModelFileCheck> {
  const parts = listParts(path);
  const first = await readGgufHeader(parts[0]!);
  let bytes = (await stat(parts[0]!)).size;
  let tensors = first.tensorNames.size;
  for (const [index, part] of parts.entries()) {
    if (index === 0) continue;
    const header = await readGgufHeader(part);
    bytes += (await stat(part)).size;
    tensors += header.tensorNames.size;
    if (header.values.get('split.no') !== index)
      throw new GgufError(`${part} is not part ${index + 1} of ${basename(parts[0]!)}`);
  }
  checkSplit(first, parts, tensors);
  const facts = scoutFacts(first);
  const name = first.values.get('general.name');
  return {
    isScout: facts.every(({ isRight }) => isRight),
    facts,
    parts,
    bytes,
    ...(typeof name === 'string' && name !== '' && { name: name.slice(0, 200) }),
  };
}

/** Throws `GgufError` when the file is missing, foreign, cut or broken. A misplaced norm is a fact, not an error. */
export async function checkScoutProjector(path: string): Promise<ProjectorFileCheck> {
  const header = await readGgufHeader(path);
  const facts = projectorFacts(header);
  return { isScout: facts.every(({ isRight }) => isRight), facts, bytes: (await stat(path)).size };
}

/** What the header of the first part says, beside what Scout's would. */
export function scoutFacts(header: GgufHeader): readonly FileFact[] {
  const { architecture, blocks, width, experts, expertsPerToken, heads, keyValueHeads, vocabulary } = SCOUT_SHAPE;
  const vocabularyFound = header.values.get('llama4.vocab_size') ?? header.listLengths.get('tokenizer.ggml.tokens');
  return [
    factOf('architecture', architecture, header.architecture),
    factOf('blocks', blocks, header.values.get('llama4.block_count')),
    factOf('width', width, header.values.get('llama4.embedding_length')),
    factOf('experts', experts, header.values.get('llama4.expert_count')),
    factOf('experts per token', expertsPerToken, header.values.get('llama4.expert_used_count')),
    factOf('attention heads', heads, header.values.get('llama4.attention.head_count')),
    factOf('key-value heads', keyValueHeads, header.values.get('llama4.attention.head_count_kv')),
    factOf('vocabulary', vocabulary, vocabularyFound),
  ];
}

/** The norm is finding B of the study on Llama 4: a current converter puts it in the wrong place, and pictures turn to noise. */
export function projectorFacts(header: GgufHeader): readonly FileFact[] {
  const { type, image, patch, blocks, width } = SCOUT_PROJECTOR_SHAPE;
  const typeFound = header.values.get('clip.projector_type') ?? header.values.get('clip.vision.projector_type');
  const facts = [
    factOf('projector', type, typeFound),
    factOf('picture size', image, header.values.get('clip.vision.image_size')),
    factOf('patch size', patch, header.values.get('clip.vision.patch_size')),
    factOf('vision blocks', blocks, header.values.get('clip.vision.block_count')),
    factOf('projected width', width, header.values.get('clip.vision.projection_dim')),
  ];
  return typeFound === type ? [...facts, normFact(header)] : facts;
}

function normFact(header: GgufHeader): FileFact {
  const expected = 'before the MLP (v.blk.0.ln2)';
  try {
    const type = SCOUT_PROJECTOR_SHAPE.type;
    checkLlama4Projector({ ...header, values: new Map([...header.values, ['clip.projector_type', type]]) }, 'it');
    return { what: 'second norm', expected, found: expected, isRight: true };
  } catch (error) {
    if (!(error instanceof GgufError)) throw error;
    const found = 'misplaced by the converter: convert it again';
    return { what: 'second norm', expected, found, isRight: false };
  }
}

function factOf(what: string, expected: string | number, found: string | number | boolean | undefined): FileFact {
  const text = found === undefined ? 'nothing' : String(found).slice(0, 100);
  return { what, expected: String(expected), found: text, isRight: found === expected };
}

/** Files of a split model are named `…-00001-of-00003.gguf`; engines are given the first and find the rest beside it. */
function listParts(path: string): readonly string[] {
  const [, stem, , countText] = PART_NAME.exec(basename(path)) ?? [];
  const count = Number(countText ?? 1);
  if (stem === undefined || count <= 1) return [path];
  if (count > PARTS_MAX) throw new GgufError(`${path} claims to be one of ${count} parts`);
  const number = (index: number): string => String(index).padStart(5, '0');
  return Array.from({ length: count }, (_, index) =>
    join(dirname(path), `${stem}-${number(index + 1)}-of-${number(count)}.gguf`),
  );
}

function checkSplit(first: GgufHeader, parts: readonly string[], tensors: number): void {
  const count = first.values.get('split.count') ?? 1;
  const name = parts[0]!;
  if (count === 0 || count === 1) {
    if (parts.length > 1) throw new GgufError(`${name} is named as a part, but its header says it is whole`);
    return;
  }
  if (count !== parts.length)
    throw new GgufError(`${name} is the first of ${count} parts, which must keep their names (-00001-of-…)`);
  if (first.values.get('split.no') !== 0) throw new GgufError(`${name} is not the first part of its model`);
  const expected = first.values.get('split.tensors.count');
  if (typeof expected === 'number' && expected !== tensors)
    throw new GgufError(`${name} and its parts hold ${tensors} tensors instead of ${expected}`);
}
