import { type JsonDocument, type JsonLimits, JsonScanError, scanJson } from '../../base/json-scan.ts';
import { type SseReader, SseTooLarge } from '../../base/sse.ts';
import { Failure } from '../../generation/failure.ts';

/** What decoders of a provider's bytes have in common, whatever its words mean. */

/** Pushes bytes on; a frame that is too large is garbled. */
export function pushFrames(reader: SseReader, bytes: Uint8Array): void {
  try {
    reader.push(bytes);
  } catch (error) {
    if (error instanceof SseTooLarge) throw garbled(error.message);
    throw error;
  }
}

/** Any JSON; what is none is garbled. */
export function scanSent(bytes: Uint8Array, limits: JsonLimits): JsonDocument {
  try {
    return scanJson(bytes, limits);
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
    throw garbled('The provider sent unreadable JSON', error);
  }
}

/** JSON whose outermost value is an object; anything else is garbled. */
export function scanSentObject(bytes: Uint8Array, limits: JsonLimits): JsonDocument {
  const document = scanSent(bytes, limits);
  if (document.kind(0) === 'object') return document;
  throw garbled('The provider sent JSON that is no object');
}

/** What the provider calls its answer and its model; either may be missing. */
export function upstreamIdentity(
  document: JsonDocument,
  holder = 0,
  [idName, modelName]: readonly [string, string] = ['id', 'model'],
): { readonly upstreamId?: string; readonly upstreamModel?: string } {
  if (document.kind(holder) !== 'object') return {};
  const id = document.member(holder, idName);
  const model = document.member(holder, modelName);
  return {
    ...(document.stringBytes(id) > 0 && { upstreamId: (document.value(id!) as string).slice(0, 256) }),
    ...(document.stringBytes(model) > 0 && { upstreamModel: (document.value(model!) as string).slice(0, 256) }),
  };
}

/** `[DONE]`: the end marker of OpenAI's chat streams, which some servers send after streams of other formats as well. */
export function isDone(data: Uint8Array): boolean {
  return (
    data.length === 6 &&
    data[0] === 0x5b &&
    data[1] === 0x44 &&
    data[2] === 0x4f &&
    data[3] === 0x4e &&
    data[4] === 0x45 &&
    data[5] === 0x5d
  );
}

export function garbled(message: string, cause?: unknown): Failure {
  return new Failure('provider-garbled', { message, ...(cause !== undefined && { cause }) });
}

/** The provider's own word is that its answer came to no good end; `said`, what it says of it, may be empty. */
export function endedBadly(providerCode: string, said = ''): Failure {
  return new Failure('provider-error', {
    message: 'The provider ended its answer with an error',
    providerCode,
    ...(said !== '' && { providerMessage: said }),
  });
}

export function cutOff(message: string): Failure {
  return new Failure('provider-cut-off', { message });
}
