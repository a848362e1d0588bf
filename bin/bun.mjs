#!/usr/bin/env node
/** Runs a script of ours with the Bun that npm installed: `node bin/bun.mjs bench/run.ts`. */
import { spawn } from 'node:child_process';
import { childEnvironment, findBun } from './trunkline.mjs';

// The script is no server of ours: it and what it starts should not stop with this launcher.
const { TRUNKLINE_LAUNCHER_PID: _, ...environment } = childEnvironment(process.env, process.pid);
const child = spawn(findBun() ?? 'bun', process.argv.slice(2), { stdio: 'inherit', env: environment });
child.on('exit', (code) => process.exit(code ?? 1));
