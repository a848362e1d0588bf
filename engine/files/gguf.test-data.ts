/** Writes small GGUF files for tests, also wrong ones. */
export type GgufValue = string | number | boolean | Float32Array | Int32Array | readonly string[];

export interface WrittenTensor {
  readonly name: string;
  /** Outermost first. */
  readonly shape: readonly number[];
  /** GGML's number; 0 is F32. */
  readonly type?: number;
  readonly bytes: Uint8Array;
  /** Where the file says it begins; left out, behind the one before. */
  readonly offset?: number;
}

export interface WrittenFile {
  readonly version?: number;
  readonly metadata?: readonly (readonly [key: string, value: GgufValue])[];
  readonly tensors?: readonly WrittenTensor[];
  readonly alignment?: number;
}

export function writeGguf({ version = 3, metadata = [], tensors = [], alignment = 32 }: WrittenFile): Uint8Array {
  const out = new Writer();
  out.u32(0x46554747);
  out.u32(version);
  out.u64(tensors.length);
  out.u64(metadata.length);
  for (const [key, value] of metadata) {
    out.string(key);
    writeValue(out, value);
  }
  let next = 0;
  for (const { name, shape, type = 0, bytes, offset = next } of tensors) {
    out.string(name);
    out.u32(shape.length);
    for (const size of shape.toReversed()) out.u64(size);
    out.u32(type);
    out.u64(offset);
    next = Math.ceil((offset + bytes.length) / alignment) * alignment;
  }
  out.align(alignment);
  for (const { bytes } of tensors) {
    out.bytes(bytes);
    out.align(alignment);
  }
  return Uint8Array.from(out.written);
}

export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function writeValue(out: Writer, value: GgufValue): void {
  if (typeof value === 'string') {
    out.u32(8);
    out.string(value);
  } else if (typeof value === 'boolean') {
    out.u32(7);
    out.bytes([value ? 1 : 0]);
  } else if (typeof value === 'number') {
    const isWhole = Number.isInteger(value);
    out.u32(isWhole ? 4 : 6);
    out.bytes(new Uint8Array((isWhole ? Uint32Array : Float32Array).of(value).buffer));
  } else {
    out.u32(9);
    out.u32(value instanceof Float32Array ? 6 : value instanceof Int32Array ? 5 : 8);
    out.u64(value.length);
    if (value instanceof Float32Array || value instanceof Int32Array) out.bytes(new Uint8Array(value.buffer));
    else for (const item of value) out.string(item);
  }
}

class Writer {
  readonly written: number[] = [];

  u32(value: number): void {
    this.bytes(new Uint8Array(Uint32Array.of(value).buffer));
  }

  u64(value: number): void {
    this.bytes(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  string(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u64(bytes.length);
    this.bytes(bytes);
  }

  bytes(bytes: Iterable<number>): void {
    for (const byte of bytes) this.written.push(byte);
  }

  align(alignment: number): void {
    while (this.written.length % alignment !== 0) this.written.push(0);
  }
}
