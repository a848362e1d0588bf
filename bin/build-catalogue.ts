/** Makes the catalogue's snapshot, the notices of its sources, and the lists that a person looks through. Run by `npm install`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSnapshot } from '../src/catalog/build-snapshot.ts';
import { DATA_FOLDER, SNAPSHOT_FILE, writeSnapshot } from '../src/catalog/load-catalog.ts';
import { readOverlay } from '../src/catalog/sources/read-overlay.ts';

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

const startedMs = performance.now();
const snapshot = await writeSnapshot();
const folder = dirname(SNAPSHOT_FILE);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'NOTICE'), notices());
if (process.argv.includes('--review')) writeReview();
const active = snapshot.models.length;
process.stdout.write(
  `catalogue ${snapshot.version}: ${active} models, ${snapshot.endpoints.length} endpoints, ` +
    `${Math.round(performance.now() - startedMs)} ms\n`,
);

function notices(): string {
  return readOverlay(DATA_FOLDER)
    .notices.map(
      (notice) => `${notice.package}\n${notice.homepage}\n${notice.licence} licence\n${notice.copyright}\n\n${MIT}`,
    )
    .join('\n');
}

/** Every match made by rule and every row that is offered nowhere. A diff of these two shows what a new source version changes. */
function writeReview(): void {
  const { matches, refused } = buildSnapshot(DATA_FOLDER, '');
  const lines = (rows: readonly object[]) =>
    `${[...new Set(rows.map((row) => Object.values(row).join('\t')))].sort().join('\n')}\n`;
  writeFileSync(join(folder, 'catalogue.matches.tsv'), lines(matches));
  writeFileSync(join(folder, 'catalogue.refused.tsv'), lines(refused));
}
