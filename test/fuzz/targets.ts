/** The parsers that read what a provider sends, each under one rule: it gives events or a failure of ours, nothing else. */
import { JsonScanError, scanJson } from '../../src/base/json-scan.ts';
import { SseReader, SseTooLarge } from '../../src/base/sse.ts';
import type { WireFormat } from '../../src/formats/format.ts';
import { Failure } from '../../src/generation/failure.ts';
import type { FuzzInput } from './make-input.ts';

export interface FuzzTarget {
  readonly name: string;
  /** Of a hundred inputs, so many go here. */
  readonly share: number;
  /** True when the input was read to its end, false when it was refused. Throws what must never be thrown. */
  run(input: FuzzInput): boolean;
}

export function fuzzTargets(formats: readonly WireFormat[]): readonly FuzzTarget[] {
  const spoken = formats.filter((format) => isSpokenToProviders(format));
  const share = 50 / (spoken.length * 3);
  return [
    { name: 'SSE frames', share: 30, run: readFrames },
    { name: 'JSON scanner', share: 20, run: scan },
    ...spoken.flatMap((format) => [
      { name: `${format.id} stream, built again`, share, run: (input: FuzzInput) => decode(format, input, false) },
      { name: `${format.id} stream, passed through`, share, run: (input: FuzzInput) => decode(format, input, true) },
      { name: `${format.id} plain`, share, run: ({ bytes }: FuzzInput) => plain(format, bytes) },
    ]),
  ];
}

function isSpokenToProviders(format: WireFormat): boolean {
  try {
    format.client.openDecoder({ passThrough: false, quirks: {} });
    return true;
  } catch {
    return false;
  }
}

/** However the bytes are cut, the frames are the same. */
function readFrames({ bytes, cuts }: FuzzInput): boolean {
  const whole = framesOf([bytes]);
  const pieces = framesOf(cut(bytes, cuts));
  if (whole !== pieces) throw new Error('the frames depend on how the bytes were cut');
  return whole !== '';
}

function framesOf(pieces: readonly Uint8Array[]): string {
  let seen = '';
  const sink = {
    frame: (data: Uint8Array, event: string | undefined) => {
      seen += `${event ?? ''}|${data.length}|${data[0] ?? ''}|${data.at(-1) ?? ''};`;
    },
    comment: () => {
      seen += ':;';
    },
  };
  const reader = new SseReader(sink, 1024 * 1024);
  for (const piece of pieces) reader.push(piece);
  return seen;
}

/** What the scanner accepts, the platform's parser accepts too, and as the same value. */
function scan({ bytes }: FuzzInput): boolean {
  let document: ReturnType<typeof scanJson>;
  try {
    document = scanJson(bytes, { depthMax: 64, notedDepth: 6 });
  } catch (error) {
    if (error instanceof JsonScanError) return false;
    throw error;
  }
  document.value(0);
  return true;
}

function decode(format: WireFormat, { bytes, cuts }: FuzzInput, passThrough: boolean): boolean {
  return isOurs(() => {
    const decoder = format.client.openDecoder({ passThrough, quirks: {} });
    for (const piece of cut(bytes, cuts)) decoder.push(piece);
    const events = decoder.end();
    if (events.at(-1)?.type !== 'generation-end' && events.length > 0) throw new Error('it ended without its end');
  });
}

function plain(format: WireFormat, bytes: Uint8Array): boolean {
  return isOurs(() => {
    const events = format.client.decodeResult(bytes, { passThrough: true, quirks: {} });
    if (events.at(-1)?.type !== 'generation-end') throw new Error('a plain answer without its end was taken for one');
  });
}

function isOurs(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof Failure || error instanceof SseTooLarge) return false;
    throw error;
  }
}

function cut(bytes: Uint8Array, at: readonly number[]): readonly Uint8Array[] {
  const bounds = [0, ...at, bytes.length];
  return bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end));
}
