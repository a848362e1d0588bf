import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundledWeights } from '../engines/bundled.ts';
import type { EngineFiles } from '../http/engine-files.ts';

/** `npm install` builds the engine for browsers; where that did not happen, the first page that needs it does. */
export function browserEngine(installation: string): EngineFiles {
  const folder = join(installation, 'dist', 'browser-engine');
  let built: Promise<string> | undefined;
  const build = async (): Promise<string> => {
    if (!existsSync(join(folder, 'worker.js'))) {
      await promisify(execFile)(process.execPath, [join(installation, 'bin', 'build-browser-engine.ts')]);
    }
    return folder;
  };
  const { model, projector } = bundledWeights(installation);
  return {
    browserFolder() {
      // A build that failed is tried again by the next page.
      built ??= build().catch((error: unknown) => {
        built = undefined;
        throw error;
      });
      return built;
    },
    weights: model,
    projector,
  };
}
