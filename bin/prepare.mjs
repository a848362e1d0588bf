#!/usr/bin/env node
/** Runs after `npm install`. An install never fails because of it: what is missing here is made at the first start. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBun } from './trunkline.mjs';

const bun = findBun();
const script = join(dirname(fileURLToPath(import.meta.url)), 'build-catalogue.ts');
const built = bun && spawnSync(bun, [script], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
if (built?.status !== 0)
  process.stdout.write(`The catalogue will be built at the first start. ${built?.stderr ?? 'Bun is not there yet.'}\n`);
