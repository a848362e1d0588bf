/** Writes docs/capabilities.md: `npm run capabilities`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeMatrix, printMatrix } from './matrix.ts';

const page = printMatrix(await makeMatrix());
writeFileSync(join(import.meta.dir, '..', '..', 'docs', 'capabilities.md'), page);
process.stdout.write(page);
