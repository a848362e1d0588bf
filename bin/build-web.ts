/** Builds the pages below `dist`: files for browsers with their compressed twins, and the module that renders them here. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const ROOT = join(import.meta.dir, '..');
const COMPRESSED = /\.(?:js|css|svg|json)$/;

/** Without its tools (an installation of production packages only) what was built before stays. */
async function buildWeb(): Promise<void> {
  const { build } = await import('vite');
  const configFile = join(ROOT, 'web', 'vite.config.ts');
  await build({ configFile });
  await build({ configFile, build: { ssr: true } });
  await compress(join(ROOT, 'dist', 'web'));
}

async function compress(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !COMPRESSED.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    await writeFile(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  }
}

await buildWeb();
