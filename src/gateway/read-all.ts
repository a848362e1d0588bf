import { Failure } from '../generation/failure.ts';

export interface ReadAllOptions {
  readonly bytesMax: number;
  /** Of an error page the beginning is enough; an answer that is too large is none. */
  readonly beyond: 'cut' | 'fail';
  onWait(): void;
  onRead(): void;
  onTooMuch(): void;
}

/** The whole body of a plain answer. Throws `provider-cut-off` for one that is shorter than was announced. */
export async function readAll(response: Response, options: ReadAllOptions): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array(0);
  const reader = response.body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    options.onWait();
    const chunk = await reader.read();
    options.onRead();
    if (chunk.done) break;
    length += chunk.value.length;
    pieces.push(chunk.value);
    if (length <= options.bytesMax) continue;
    options.onTooMuch();
    if (options.beyond === 'cut') break;
    throw new Failure('provider-garbled', { message: 'The provider sent an answer that is too large' });
  }
  // The length of a compressed body says nothing of what was unpacked.
  const isPlain = !response.headers.has('content-encoding');
  const declared = Number(response.headers.get('content-length') ?? Number.NaN);
  if (options.beyond === 'fail' && isPlain && length < declared) {
    throw new Failure('provider-cut-off', { message: 'The provider sent less than it announced' });
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
