import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { GenerationEvent } from '../generation/event.ts';
import type { Loss } from '../generation/loss.ts';
import type { GenerationRequest, Message, Part } from '../generation/request.ts';
import { readPdf, unreadable } from './file-parser/read-pdf.ts';
import type { FitTarget, Plugin, PluginDeed, PluginRun, PluginTools, Revision } from './plugin.ts';

const ENGINES = ['native', 'pdf-text', 'cloudflare-ai', 'mistral-ocr'] as const;
type Engine = (typeof ENGINES)[number];

const settings = z.looseObject({ pdf: z.looseObject({ engine: z.enum(ENGINES).nullish() }).nullish() });

/**
 * Files as text, for endpoints that take no files. It is there for every request with a file, since a PDF that is sent to a model
 * is meant to be read; `native` leaves files to endpoints that take them, any other engine reads them here for every endpoint.
 */
export default {
  id: 'file-parser',
  settings: settings as unknown as z.ZodType<JsonObject>,
  askedBy: ({ features }) => (features.inputModalities.includes('file') ? {} : undefined),
  open({ request, settings: given, tools }) {
    const engine = settings.parse(given).pdf?.engine ?? undefined;
    if (engine === 'native' || !request.features.inputModalities.includes('file')) return undefined;
    return new ParserRun(tools, engine);
  },
} satisfies Plugin;

interface ReadFile {
  readonly name: string;
  readonly hash: string;
  readonly text: string;
  readonly pages?: number;
  readonly isCut: boolean;
  /** It came back with an earlier answer. */
  readonly isKnown: boolean;
}

interface Given {
  readonly base64: string;
  readonly mediaType?: string;
}

type FilePart = Part & { readonly type: 'media' };

class ParserRun implements PluginRun {
  readonly adapts = { modalities: ['file'] as const };
  readonly #tools: PluginTools;
  readonly #engine: Engine | undefined;
  readonly #read = new Map<FilePart, Promise<ReadFile>>();
  #used: readonly ReadFile[] = [];
  #isTold = false;

  constructor(tools: PluginTools, engine: Engine | undefined) {
    this.#tools = tools;
    this.#engine = engine;
  }

  did(): PluginDeed | undefined {
    const files = this.#used;
    if (files.length === 0) return undefined;
    return {
      summary: `read ${files.length === 1 ? 'a file' : `${files.length} files`} as text`,
      data: {
        // Whatever engine was asked for: pictures of text are not recognised.
        engine: 'pdf-text',
        ...(this.#engine && { asked: this.#engine }),
        files: files.map(({ hash, text, pages, isCut, isKnown }) => ({
          hash,
          characters: text.length,
          ...(pages !== undefined && { pages }),
          ...(isCut && { cut: true }),
          ...(isKnown && { known: true }),
        })),
      },
    };
  }

  async fit(request: GenerationRequest, endpoint: FitTarget, signal: AbortSignal): Promise<Revision | undefined> {
    this.#used = [];
    if (this.#engine === undefined && endpoint.inputModalities.includes('file')) return undefined;
    const content = request.content();
    const known = listKnown(content.messages);
    const losses: Loss[] = [];
    const used: ReadFile[] = [];
    const convert = async (parts: readonly Part[], path: string): Promise<readonly Part[]> => {
      const converted: Part[] = [];
      for (const [place, part] of parts.entries()) {
        const field = `${path}.content.${place}`;
        if (part.type === 'tool-result') converted.push({ ...part, content: await convert(part.content, field) });
        else if (part.type === 'media' && part.modality === 'file') {
          const file = await this.#file(part, known, signal);
          used.push(file);
          losses.push({ field, outcome: 'emulated', reason: 'read as text: pictures and layout are not in it' });
          converted.push({ type: 'text', text: `<file name=${JSON.stringify(file.name)}>\n${file.text}\n</file>` });
        } else converted.push(part);
      }
      return converted;
    };
    const messages: Message[] = [];
    for (const [index, message] of content.messages.entries()) {
      messages.push({ ...withoutAnnotations(message), content: await convert(message.content, `messages.${index}`) });
    }
    if (used.length === 0) return undefined;
    this.#used = used;
    return { content: { ...content, messages }, losses };
  }

  /** The texts go back with the answer: a caller who returns them has no file read twice. */
  watch(events: readonly GenerationEvent[]): readonly GenerationEvent[] {
    const fresh = this.#used.filter(({ isKnown }) => !isKnown);
    const end = events.findIndex(({ type }) => type === 'finish' || type === 'generation-end');
    if (fresh.length === 0 || this.#isTold || end < 0) return events;
    this.#isTold = true;
    const annotations = fresh.map(({ name, hash, text }): GenerationEvent => {
      const file = { hash, name, content: [{ type: 'text', text }] };
      return { type: 'annotation', part: 0, annotation: { type: 'file', file } };
    });
    const told = [...events.slice(0, end), ...annotations, ...events.slice(end)];
    return told.filter(({ type }) => type !== 'raw-result');
  }

  #file(part: FilePart, known: ReadonlyMap<string, string>, signal: AbortSignal): Promise<ReadFile> {
    let reading = this.#read.get(part);
    if (!reading) {
      reading = this.#readFile(part, known, signal);
      this.#read.set(part, reading);
    }
    return reading;
  }

  async #readFile(part: FilePart, known: ReadonlyMap<string, string>, signal: AbortSignal): Promise<ReadFile> {
    const { source } = part;
    const name = part.name ?? ('url' in source ? (source.url.split(/[?#]/)[0]!.split('/').at(-1) ?? 'file') : 'file');
    if ('file' in source) throw unreadable(name, 'it is kept by one provider, which alone can open it');
    const given: Given = 'base64' in source ? source : await this.#fetch(source.url, name, signal);
    const mediaType = given.mediaType ?? part.mediaType ?? '';
    const bytes = Buffer.from(given.base64, 'base64');
    if (bytes.length === 0) throw unreadable(name, 'it is empty');
    const hash = createHash('sha256').update(bytes).digest('hex');
    const before = known.get(hash);
    if (before !== undefined) return { name, hash, text: before, isCut: false, isKnown: true };
    if (bytes.subarray(0, 1024).includes('%PDF-')) {
      const { text, pageCount, isCut } = await readPdf(bytes, name, signal);
      return { name, hash, text, pages: pageCount, isCut, isKnown: false };
    }
    return { name, hash, text: readText(bytes, mediaType, name), isCut: false, isKnown: false };
  }

  async #fetch(url: string, name: string, signal: AbortSignal): Promise<Given> {
    if (!/^https?:/i.test(url)) throw unreadable(name, 'it is neither a data URL in base64 nor an address on the web');
    return this.#tools.fetchMedia(url, signal);
  }
}

const TEXT_TYPES =
  /^(?:text\/|application\/(?:json|xml|x?yaml|toml|javascript|sql|x-ndjson|[\w.+-]+\+(?:json|xml))(?:;|$))/i;
const TEXT_NAMES =
  /\.(?:txt|md|csv|tsv|json|jsonl|xml|ya?ml|toml|ini|log|html?|css|[cm]?[jt]sx?|py|rs|go|java|c|h|cpp|sh|sql)$/i;

function readText(bytes: Uint8Array, mediaType: string, name: string): string {
  const type = mediaType === '' ? 'of an unknown type' : `of the type ${mediaType.slice(0, 60)}`;
  if (!TEXT_TYPES.test(mediaType) && !TEXT_NAMES.test(name)) {
    const isNoPdf = mediaType.startsWith('application/pdf');
    throw unreadable(
      name,
      isNoPdf
        ? 'it is said to be a PDF and does not begin as one'
        : `it is ${type}: only PDFs and texts can be turned into text here`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(name, 'it is not text in UTF-8');
  }
}

/** Texts that the caller sends back from earlier answers, by the hash of their file. */
function listKnown(messages: readonly Message[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const message of messages) {
    const annotations = message.extra?.fields.annotations;
    for (const annotation of Array.isArray(annotations) ? annotations : []) {
      const file = isJsonObject(annotation) && annotation.type === 'file' ? annotation.file : undefined;
      if (!isJsonObject(file) || typeof file.hash !== 'string' || !Array.isArray(file.content)) continue;
      const texts = file.content.flatMap((part) =>
        isJsonObject(part) && typeof part.text === 'string' ? part.text : [],
      );
      if (texts.length > 0) known.set(file.hash, texts.join('\n'));
    }
  }
  return known;
}

/** They were for us. */
function withoutAnnotations(message: Message): Message {
  if (message.extra?.fields.annotations === undefined) return message;
  const { annotations: _, ...fields } = message.extra.fields;
  const { extra, ...rest } = message;
  return Object.keys(fields).length === 0 ? rest : { ...rest, extra: { ...extra, fields } };
}
