import { createDeflate, deflateSync } from 'node:zlib';

/** PDFs as an attacker writes them. */

/** Objects in order, the first of which is the catalogue; `trailer` is added to what a trailer needs. */
function assemble(objects: readonly (string | Uint8Array)[], trailer = ''): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const add = (piece: string | Uint8Array): void => {
    const bytes = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
    pieces.push(bytes);
    length += bytes.length;
  };
  add('%PDF-1.5\n');
  const offsets = objects.map((body, at) => {
    const offset = length;
    add(`${at + 1} 0 obj\n`);
    add(body);
    add('\nendobj\n');
    return offset;
  });
  const start = length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`);
  add(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`);
  return new Uint8Array(Buffer.concat(pieces));
}

const CATALOG = '<< /Type /Catalog /Pages 2 0 R >>';
const FONT = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>';
const PAGE =
  '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>';

function onePage(filters: string, content: Uint8Array, trailer?: string): Uint8Array {
  const head = Buffer.from(`<< /Length ${content.length} ${filters} >>\nstream\n`, 'latin1');
  const stream = Buffer.concat([head, content, Buffer.from('\nendstream', 'latin1')]);
  return assemble([CATALOG, '<< /Type /Pages /Kids [3 0 R] /Count 1 >>', PAGE, FONT, stream], trailer);
}

/** Locked by a password that is not the empty one. */
export function encryptedPdf(): Uint8Array {
  const key = (byte: string): string => byte.repeat(32);
  const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${key('a1')}> /U <${key('b2')}> >>`;
  return onePage('', Buffer.from('BT /F1 24 Tf (x) Tj ET'), `${encrypt} /ID [<${key('c3')}> <${key('c3')}>]`);
}

/** A page whose content unpacks twice, into so many bytes of `filler` between a beginning and an end. */
export async function bombPdf(megabytes: number, filler: string): Promise<Uint8Array> {
  const deflate = createDeflate({ level: 9 });
  const packed: Buffer[] = [];
  deflate.on('data', (piece: Buffer) => packed.push(piece));
  const done = new Promise((resolve) => deflate.on('end', resolve));
  const million = Buffer.from(filler.repeat(Math.ceil(1_000_000 / filler.length)));
  deflate.write('BT /F1 24 Tf 50 700 Td ');
  for (let at = 0; at < megabytes; at++) {
    if (!deflate.write(million)) await new Promise((resolve) => deflate.once('drain', resolve));
  }
  deflate.end(' ET');
  await done;
  return onePage('/Filter [/FlateDecode /FlateDecode]', deflateSync(Buffer.concat(packed), { level: 9 }));
}

/** A tree of pages whose branch is its own root, and that claims to have many. */
export function loopingPdf(): Uint8Array {
  return assemble([CATALOG, '<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 100000 >>']);
}
