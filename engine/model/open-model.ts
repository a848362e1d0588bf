/** Opens a Llama 4 from its files: checked, its weights laid out for the kernels, ready for `forward`. */
import { checkProjector, checkTextModel } from '../files/check-llama4.ts';
import { type ModelFile, ModelFileError } from '../files/model-file.ts';
import { Arena, OutOfMemory } from '../kernels/arena.ts';
import type { CompiledKernels, Kernels } from '../kernels/kernels.ts';
import { openTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';
import { TokenizerError } from '../tokenizer/tokenizer-error.ts';
import { OpenText, type TextModelOptions } from './open-text.ts';
import { VisionModel } from './vision-model.ts';

export interface ModelFiles {
  readonly model: ModelFile;
  /** Left out, the model sees no pictures. */
  readonly projector?: ModelFile | undefined;
}

export interface OpenModelOptions extends TextModelOptions {
  /** Most memory that weights, working room and cache may take together; 4 GiB is the most there is. */
  readonly memoryBytesMax: number;
}

export interface OpenModel {
  readonly tokenizer: Tokenizer;
  readonly text: OpenText;
  readonly vision: VisionModel | undefined;
  readonly arena: Arena;
}

/** `openKernels` gives kernels over the arena's memory. Throws `ModelFileError` with the reason. */
export async function openModel(
  { model, projector }: ModelFiles,
  openKernels: (arena: Arena) => Promise<Kernels | CompiledKernels> | Kernels | CompiledKernels,
  options: OpenModelOptions,
): Promise<OpenModel> {
  const shape = checkTextModel(model);
  if (projector) checkProjector(projector, shape.width);
  const arena = new Arena(options.memoryBytesMax, { shared: options.hasSecondPlace ?? false });
  const kernels = await openKernels(arena);
  try {
    return {
      tokenizer: openTokenizer(model.metadata),
      text: new OpenText(model, kernels, arena, options),
      vision: projector && new VisionModel(projector, kernels, arena),
      arena,
    };
  } catch (error) {
    if (error instanceof OutOfMemory || error instanceof TokenizerError) {
      throw new ModelFileError(error.message, { cause: error });
    }
    throw error;
  }
}
