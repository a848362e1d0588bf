/** Reads the tensors of safetensors files: eight bytes of length, a JSON header, then the numbers. */
import { z } from 'zod';
import { ModelFileError, quote, type Tensor, type TensorType, tensorBytes } from './model-file.ts';

const LENGTH_BYTES = 8;
/** The format's own limit. */
const HEADER_BYTES_MAX = 100_000_000;
const TENSORS_MAX = 65_536;
const INDEX = 'model.safetensors.index.json';
const SINGLE = 'model.safetensors';

const readable: ReadonlySet<string> = new Set<TensorType>(['F32', 'F16', 'BF16']);

const size = z.int().min(0);
const entry = z.object({ dtype: z.string(), shape: z.array(size).max(8), data_offsets: z.tuple([size, size]) });
const header = z.record(z.string(), z.unknown());
const index = z.object({ weight_map: z.record(z.string(), z.string()) });

/** All tensors of a folder, by the names in its files. Throws `ModelFileError`. */
export function readTensors(folder: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Tensor> {
  const listed = folder.get(INDEX);
  if (!listed) return readSafetensors(fileOf(folder, SINGLE), SINGLE);
  const places = parse(index, listed, INDEX).weight_map;
  const parts = new Map<string, ReadonlyMap<string, Tensor>>();
  for (const name of new Set(Object.values(places))) parts.set(name, readSafetensors(fileOf(folder, name), name));
  const tensors = new Map<string, Tensor>();
  for (const [name, part] of Object.entries(places)) {
    const tensor = parts.get(part)!.get(name);
    if (!tensor) throw new ModelFileError(`${INDEX} says that ${quote(part)} holds ${quote(name)}, and it does not`);
    tensors.set(name, tensor);
  }
  return tensors;
}

/** Throws `ModelFileError`. Tensors are views of the file. */
export function readSafetensors(file: Uint8Array, name: string): ReadonlyMap<string, Tensor> {
  const start = headerEnd(file, name);
  const entries = Object.entries(parse(header, file.subarray(LENGTH_BYTES, start), `the header of ${name}`));
  if (entries.length > TENSORS_MAX) throw new ModelFileError(`${name} has more than ${TENSORS_MAX} tensors`);
  const data = file.subarray(start);
  const tensors = entries
    .filter(([key]) => key !== '__metadata__')
    .map(([key, value]) => readTensor(key, check(entry, value, `tensor ${quote(key)}`), data));
  const inOrder = tensors.toSorted((a, b) => a.bytes.byteOffset - b.bytes.byteOffset);
  for (const [place, tensor] of inOrder.entries()) {
    const next = inOrder[place + 1];
    if (next && tensor.bytes.byteOffset + tensor.bytes.length > next.bytes.byteOffset) {
      throw new ModelFileError(`tensors ${quote(tensor.name)} and ${quote(next.name)} lie over each other`);
    }
  }
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

/** A file of the folder, or an error that says that it is missing. */
export function fileOf(folder: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const file = folder.get(name);
  if (!file) throw new ModelFileError(`the folder has no file ${quote(name)}`);
  return file;
}

/** JSON of a known form. Throws `ModelFileError`; `what` names it. */
export function parse<Form>(form: z.ZodType<Form>, bytes: Uint8Array, what: string): Form {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ModelFileError(`${what} is no JSON`, { cause: error });
  }
  return check(form, value, what);
}

function check<Form>(form: z.ZodType<Form>, value: unknown, what: string): Form {
  const checked = form.safeParse(value);
  if (checked.success) return checked.data;
  const { path = [], message = '' } = checked.error.issues[0] ?? {};
  throw new ModelFileError(`${what}: ${[...path, message].join(': ').slice(0, 300)}`);
}

function headerEnd(file: Uint8Array, name: string): number {
  if (file.length < LENGTH_BYTES) throw new ModelFileError(`${name} is too short to be a safetensors file`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > HEADER_BYTES_MAX || LENGTH_BYTES + length > file.length) {
    throw new ModelFileError(`${name} is no safetensors file, or ends inside its header`);
  }
  return LENGTH_BYTES + length;
}

function readTensor(name: string, { dtype, shape, data_offsets }: z.infer<typeof entry>, data: Uint8Array): Tensor {
  if (!readable.has(dtype)) {
    throw new ModelFileError(
      `tensor ${quote(name)} is stored as ${quote(dtype)}; of safetensors this engine reads ${[...readable].join(', ')}`,
    );
  }
  const type = dtype as TensorType;
  const [from, to] = data_offsets;
  if (to > data.length || to - from !== tensorBytes(name, type, shape)) {
    throw new ModelFileError(`tensor ${quote(name)} is not where the file says, or not as long`);
  }
  return { name, type, shape, bytes: data.subarray(from, to) };
}
