import { Failure } from '../generation/failure.ts';

/** Reads a body while counting, so that neither a lying length nor an endless body costs more memory than allowed. */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    throw new Failure('unsupported-media-type', { message: 'Compressed request bodies are not accepted' });
  }
  const declared = request.headers.get('content-length');
  if (declared !== null) {
    if (Number(declared) > bytesMax) throw tooLarge(bytesMax);
    // The server has checked the length against what was sent: one buffer, no copy.
    return new Uint8Array(await request.arrayBuffer());
  }
  if (!request.body) return new Uint8Array(0);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > bytesMax) throw tooLarge(bytesMax);
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

function tooLarge(bytesMax: number): Failure {
  return new Failure('payload-too-large', { message: `The request body is larger than ${bytesMax} bytes` });
}

/** JSON is what we read. A missing content type is forgiven, as curl's default form type is not. */
export function expectJson(request: Request): void {
  const type = request.headers.get('content-type');
  if (type === null || /^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) return;
  throw new Failure('unsupported-media-type', { message: 'Content-Type must be application/json' });
}
