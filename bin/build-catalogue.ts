/** Makes the catalogue's snapshot, the notices of its sources, and the lists that a person looks through. Run by `npm install`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSnapshot } from '../src/catalog/build-snapshot.ts';
import { DATA_FOLDER, SNAPSHOT_FILE, writeSnapshot } from '../src/catalog/load-catalog.ts';
import { readOverlay } from '../src/catalog/sources/read-overlay.ts';

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
    .notices.map((notice) => `${notice.package}\n${notice.homepage}\n${notice.licence} licence\n${notice.copyright}\n`)
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
