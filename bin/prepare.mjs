#!/usr/bin/env node
/** Runs after `npm install`. An install never fails because of it: what is missing here is made when it is first needed. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBun } from './trunkline.mjs';

const SCRIPTS = {
  'build-catalogue.ts': 'The catalogue',
  'build-browser-engine.ts': 'The engine for the browser',
  'build-web.ts': 'The pages',
};

const bun = findBun();
for (const [script, what] of Object.entries(SCRIPTS)) {
  const path = join(dirname(fileURLToPath(import.meta.url)), script);
  const built = bun && spawnSync(bun, [path], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (built?.status !== 0)
    process.stdout.write(
      `${what} will be built when it is first needed. ${built?.stderr ?? 'Bun is not there yet.'}\n`,
    );
}
