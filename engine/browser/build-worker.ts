/** Makes what a page needs to run the engine: the script of a module worker, the kernels and the picture codecs. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readInstalledCodec } from '../pictures/read-installed-codec.ts';

/** Writes `worker.js`, `kernels.wasm`, `jpeg.wasm` and `webp.wasm` into a folder. */
export async function buildWorker(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'worker.js'), await bundle('worker.ts'));
  const kernels = Bun.file(join(import.meta.dir, '..', 'kernels', 'kernels.wasm'));
  await writeFile(join(folder, 'kernels.wasm'), await kernels.bytes());
  for (const codec of ['jpeg', 'webp'] as const) {
    await writeFile(join(folder, `${codec}.wasm`), await readInstalledCodec(codec));
  }
}

async function bundle(entry: string): Promise<string> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, entry)],
    target: 'browser',
    format: 'esm',
    minify: true,
    // Bun would put a stand-in for a module of Node into the bundle; left as they are, a test finds them.
    external: ['node:*'],
  });
  const [script] = built.outputs;
  if (!script) throw new Error(`${entry} was not built`);
  return script.text();
}
