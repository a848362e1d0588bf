import { playInto } from '../../../test/support/play-answer.ts';
import type { JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { NO_USAGE } from '../../generation/usage.ts';
import type { AnswerUsage } from '../format.ts';
import gemini from '../gemini.ts';
import { mergeTexts } from './answer-parts.ts';

export const bytesOf = (value: object | string) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
export const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

export const IDENTITY = { id: 'gen-1', model: 'demo/talker', provider: 'Acme', created: 1_700_000_000 };
export const COST = { cost: 0.5, promptCost: 0.2, completionCost: 0.3, isByok: false };
export const REQUEST = {
  contents: [{ parts: [{ text: 'Hi' }] }],
  generationConfig: { thinkingConfig: { includeThoughts: true } },
};
export const ask = (body: object = REQUEST, framing?: 'json-array') =>
  gemini.server.decodeRequest(bytesOf(body), { model: 'demo/talker', stream: true, ...(framing && { framing }) });

export const said = (parts: readonly object[], more: object = {}): JsonObject =>
  ({ candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }] }) as unknown as JsonObject;
export const USAGE = {
  promptTokenCount: 12,
  cachedContentTokenCount: 4,
  candidatesTokenCount: 9,
  thoughtsTokenCount: 3,
  totalTokenCount: 24,
  promptTokensDetails: [{ modality: 'TEXT', tokenCount: 12 }],
};
export const IDS = { modelVersion: 'gemini-2.5-flash', responseId: 'theirs' };

/** A stream as the API sends it: thinking, a text with a source, two calls of which the first is signed. */
export const CHUNKS: readonly JsonObject[] = [
  {
    ...said([{ text: 'I think ', thought: true }]),
    usageMetadata: { promptTokenCount: 12, totalTokenCount: 12 },
    ...IDS,
  },
  { ...said([{ text: 'so.', thought: true }]), ...IDS },
  { ...said([{ text: 'Hé said ' }]), ...IDS },
  { xNew: { anything: [1.5] }, ...IDS },
  {
    ...said([{ text: '"hi" 🐕' }], {
      groundingMetadata: {
        groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
        groundingSupports: [{ segment: { startIndex: 0, endIndex: 3, text: 'Hé' }, groundingChunkIndices: [0] }],
      },
    }),
    ...IDS,
  },
  {
    ...said([
      { functionCall: { name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'c2VhbA==' },
      { functionCall: { id: 'theirs-2', name: 'weather', args: { city: 'Oslo' } } },
    ]),
    ...IDS,
  },
];
export const END: JsonObject = {
  ...said([{ text: '' }], { finishReason: 'STOP' }),
  usageMetadata: { ...USAGE, xKept: [1.0] },
  ...IDS,
};
export const streamOf = (chunks: readonly object[], lineEnd = '\r\n') =>
  bytesOf(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}${lineEnd}${lineEnd}`).join(''));
export const STREAM = streamOf([...CHUNKS, END]);

export interface PlayOptions {
  readonly server?: typeof gemini;
  readonly request?: ReturnType<typeof ask>;
}

export function play(
  pieces: readonly Uint8Array[],
  passThrough: boolean,
  { server = gemini, request = ask() }: PlayOptions = {},
) {
  const decoder = gemini.client.openDecoder({ passThrough, quirks: {} });
  const encoder = server.server.openEncoder(IDENTITY, request);
  const { bytes, events, failure } = playInto(pieces, decoder, encoder, usageOf);
  const text = textOf(bytes) + (failure ? textOf(encoder.encodeStreamFailure(failure)) : '');
  return { text, events, failure, chunks: server === gemini && !text.startsWith('[') ? chunksOf(text) : [] };
}

export function usageOf(events: readonly GenerationEvent[]): AnswerUsage {
  const last = events.findLast((event) => event.type === 'usage');
  const reported = last?.reported ? { reported: last.reported, reportedFormat: 'gemini' } : {};
  return { usage: last?.usage ?? NO_USAGE, cost: COST, ...reported };
}

export interface Chunk {
  readonly candidates?: readonly {
    readonly content?: { readonly parts: JsonObject[] };
    readonly finishReason?: string | null;
  }[];
  readonly error?: JsonObject;
  readonly usageMetadata?: JsonObject;
  readonly responseId?: string;
  readonly modelVersion?: string;
}

export function chunksOf(text: string): Chunk[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('data: '))
    .map((block) => JSON.parse(block.slice(6)) as Chunk);
}

export const rawPartsIn = (chunks: readonly Chunk[]) =>
  chunks.flatMap(({ candidates = [] }) => candidates.flatMap(({ content }) => content?.parts ?? []));
/** Texts side by side as one: how many chunks they come in is the network's affair. */
export const partsIn = (chunks: readonly Chunk[]) => mergeTexts(rawPartsIn(chunks)).filter(({ text }) => text !== '');
export const finishesIn = (chunks: readonly Chunk[]) =>
  chunks.flatMap(({ candidates = [] }) => candidates.flatMap(({ finishReason }) => finishReason ?? []));
