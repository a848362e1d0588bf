#!/usr/bin/env node
/** Runs a script of ours with the Bun that npm installed: `node bin/bun.mjs bench/run.ts`. */
import { spawn } from 'node:child_process';
import { childEnvironment, findBun } from './trunkline.mjs';

const child = spawn(findBun() ?? 'bun', process.argv.slice(2), {
  stdio: 'inherit',
  env: childEnvironment(process.env, process.pid),
});
child.on('exit', (code) => process.exit(code ?? 1));
