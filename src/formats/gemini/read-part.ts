import type { Json, JsonObject } from '../../base/json.ts';
import { isJsonObject } from '../../base/json.ts';
import type { Extra, Modality, Part } from '../../generation/request.ts';
import { camelFields, FORMAT, listOf, REASONING_FORMAT, textOf } from './proto-json.ts';

/** Words about a part that stand beside its data. */
const TRAITS: ReadonlySet<string> = new Set(['videoMetadata', 'mediaResolution', 'partMetadata', 'mediaProcessing']);

export function modalityOfType(mediaType: string): Modality {
  const family = mediaType.split('/')[0];
  return family === 'image' || family === 'audio' || family === 'video' ? family : 'file';
}

/** Ids for calls that came without: a conversation's k-th call is `call_k`, and results answer calls of their name in order. */
export class CallIds {
  #count = 0;
  readonly #open: { readonly id: string; readonly name: string }[] = [];

  call(given: string, name: string): string {
    const id = given === '' ? `call_${this.#count}` : given;
    this.#count++;
    this.#open.push({ id, name });
    return id;
  }

  result(given: string, name: string): string {
    const at = this.#open.findIndex((call) => (given === '' ? call.name === name : call.id === given));
    if (at < 0) return given === '' ? `call_of_${name}` : given;
    return this.#open.splice(at, 1)[0]!.id;
  }
}

/** One part in the canonical language: itself, with the signature that sat on it before it. */
export function readParts(data: JsonObject, ids: CallIds): readonly Part[] {
  const part = camelFields(data);
  const signature = textOf(part.thoughtSignature);
  const read = readPart(part, data, ids);
  if (signature === '' || read.type === 'native') return [read];
  if (read.type === 'reasoning') return [{ ...read, signature }];
  const id = read.type === 'tool-call' ? { id: read.id } : {};
  return [{ type: 'reasoning', kind: 'encrypted', text: signature, ...id, format: REASONING_FORMAT }, read];
}

function readPart(part: JsonObject, data: JsonObject, ids: CallIds): Part {
  const extra = traitsOf(part);
  if (typeof part.text === 'string') {
    if (part.thought === true) return { type: 'reasoning', kind: 'text', text: part.text, format: REASONING_FORMAT };
    return { type: 'text', text: part.text, ...extra };
  }
  if (isJsonObject(part.inlineData)) {
    const { data: base64, mimeType, displayName } = camelFields(part.inlineData);
    return { ...mediaOf(textOf(mimeType), displayName), source: { base64: textOf(base64) }, ...extra };
  }
  if (isJsonObject(part.fileData)) {
    const { fileUri, mimeType, displayName } = camelFields(part.fileData);
    const uri = textOf(fileUri);
    const source = isKeptFile(uri) ? { file: uri } : { url: uri };
    return { ...mediaOf(textOf(mimeType) || typeOfAddress(uri), displayName), source, ...extra };
  }
  if (isJsonObject(part.functionCall)) {
    const { id, name, args } = camelFields(part.functionCall);
    const argumentsJson = JSON.stringify(isJsonObject(args) ? args : {});
    return { type: 'tool-call', id: ids.call(textOf(id), textOf(name)), name: textOf(name), argumentsJson };
  }
  if (isJsonObject(part.functionResponse)) return readResponse(camelFields(part.functionResponse), ids);
  return { type: 'native', format: FORMAT, data };
}

/** `output` and `error` alone are envelopes; any other response is the output as a whole. */
function readResponse({ id, name, response, parts, ...rest }: JsonObject, ids: CallIds): Part {
  const fields = isJsonObject(response) ? response : {};
  const [only, ...others] = Object.keys(fields);
  const isEnvelope = others.length === 0 && (only === 'output' || only === 'error');
  const value = isEnvelope ? fields[only]! : fields;
  const media = listOf(parts).map((part) => readPart(camelFields(part), part, ids));
  return {
    type: 'tool-result',
    callId: ids.result(textOf(id), textOf(name)),
    content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }, ...media],
    ...(isEnvelope && only === 'error' && { isError: true }),
    ...extraOf(rest),
  };
}

function mediaOf(mediaType: string, name: Json | undefined): Omit<Part & { type: 'media' }, 'source'> {
  return {
    type: 'media',
    modality: modalityOfType(mediaType),
    ...(mediaType !== '' && { mediaType }),
    ...(typeof name === 'string' && name !== '' && { name }),
  };
}

const KEPT = /^https:\/\/generativelanguage\.googleapis\.com\/(?:[\w.]+\/)?files\/|^files\//;
const VIDEO_SITE = /^https?:\/\/(?:(?:www|m)\.)?(?:youtube\.com\/(?:watch|shorts|live|embed)|youtu\.be\/)/i;

function isKeptFile(uri: string): boolean {
  return KEPT.test(uri);
}

/** Addresses that Gemini opens itself: files it keeps, buckets of Google Cloud, films on YouTube. */
export function isReadByGemini(address: string): boolean {
  return KEPT.test(address) || VIDEO_SITE.test(address) || address.startsWith('gs://');
}

const ENDINGS: Readonly<Record<string, string>> = {
  ...{
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    webp: 'image/webp',
    gif: 'image/gif',
    heic: 'image/heic',
  },
  ...{
    mp4: 'video/mp4',
    mov: 'video/quicktime',
    webm: 'video/webm',
    mp3: 'audio/mp3',
    wav: 'audio/wav',
    flac: 'audio/flac',
  },
  ...{ pdf: 'application/pdf', txt: 'text/plain' },
};

/** Where nobody says what an address holds, its ending does; a film site holds films. Empty when nothing tells. */
export function typeOfAddress(address: string): string {
  if (VIDEO_SITE.test(address)) return 'video/mp4';
  return ENDINGS[/\.(\w{2,4})(?:[?#]|$)/.exec(address)?.[1]?.toLowerCase() ?? ''] ?? '';
}

function traitsOf(part: JsonObject): { readonly extra?: Extra } {
  return extraOf(Object.fromEntries(Object.entries(part).filter(([name]) => TRAITS.has(name))));
}

export function extraOf(fields: JsonObject): { readonly extra?: Extra } {
  return Object.keys(fields).length === 0 ? {} : { extra: { format: FORMAT, fields } };
}
