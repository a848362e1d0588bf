/** A checksum by which a file can be known again. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';

export interface FileFingerprint {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** `edges`: of the first and the last 16 MiB, one after the other. */
  readonly covers: 'whole' | 'edges';
}

/** A file up to 64 MiB is read whole in any case. */
const EDGE_BYTES = 16 * 1024 * 1024;
const SMALL_BYTES = 64 * 1024 * 1024;
const BLOCK_BYTES = 1024 * 1024;

/** `isWhole` asks for all of a large file too: minutes for 65 GB. Throws what the file system throws. */
export async function fingerprintFile(path: string, isWhole: boolean): Promise<FileFingerprint> {
  const file = await open(path, 'r');
  try {
    const { size: bytes } = await file.stat();
    const hash = createHash('sha256');
    const covers = isWhole || bytes <= SMALL_BYTES ? 'whole' : 'edges';
    for (const [start, end] of covers === 'whole' ? ([[0, bytes]] as const) : edgesOf(bytes)) {
      for await (const block of readBlocks(file, start, end)) hash.update(block);
    }
    return { name: basename(path), bytes, sha256: hash.digest('hex'), covers };
  } finally {
    await file.close();
  }
}

function edgesOf(bytes: number): readonly (readonly [start: number, end: number])[] {
  return [
    [0, EDGE_BYTES],
    [bytes - EDGE_BYTES, bytes],
  ];
}

async function* readBlocks(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(BLOCK_BYTES);
  for (let position = start; position < end; ) {
    const { bytesRead } = await file.read(block, 0, Math.min(BLOCK_BYTES, end - position), position);
    if (bytesRead === 0) return;
    yield block.subarray(0, bytesRead);
    position += bytesRead;
  }
}
