import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { FinishReason, GenerationEvent } from '../../generation/event.ts';
import { normaliseGeminiFinish } from './finish-reason.ts';
import { FORMAT, listOf, REASONING_FORMAT, textOf } from './proto-json.ts';
import { readCitations } from './read-citations.ts';
import { modalityOfType } from './read-part.ts';

/** Reads what chunks of a stream, or a whole answer, say. Chunks hold new parts only: text goes on, calls come whole. */
export class GeminiMeaning {
  /** Seals have numbers of their own, below those of the parts that they sit on. */
  #part = -1;
  #seals = 0;
  #open: 'text' | 'thought' | 'none' = 'none';
  #calls = 0;
  #text = '';
  #answerId = '';
  readonly #cited = new Set<string>();

  /** Parts and sources of one chunk. Only the first candidate has a meaning; others are for callers of this format. */
  chunk(chunk: JsonObject, events: GenerationEvent[]): void {
    this.#answerId ||= textOf(chunk.responseId);
    const candidate = listOf(chunk.candidates).find(({ index }) => index === undefined || index === 0);
    if (!candidate) return;
    const content = isJsonObject(candidate.content) ? candidate.content : {};
    for (const part of listOf(content.parts)) this.#readPart(part, events);
    for (const annotation of readCitations(candidate, this.#text)) this.#annotation(annotation, events);
    const logprobs = readLogprobs(candidate.logprobsResult);
    if (logprobs.length > 0) events.push({ type: 'logprobs', content: logprobs });
  }

  finishReason(native: string): FinishReason | undefined {
    return normaliseGeminiFinish(native, this.#calls > 0);
  }

  #readPart(part: JsonObject, events: GenerationEvent[]): void {
    const signature = textOf(part.thoughtSignature);
    if (typeof part.text === 'string') this.#readText(part.text, part.thought === true, signature, events);
    else if (isJsonObject(part.functionCall) && !isPiece(part.functionCall))
      this.#call(part.functionCall, signature, events);
    else if (isJsonObject(part.inlineData)) this.#media(part, part.inlineData, signature, events);
    else this.#native(part, events);
  }

  #readText(text: string, isThought: boolean, signature: string, events: GenerationEvent[]): void {
    const kind = isThought ? 'thought' : 'text';
    if (isThought) {
      const part = this.#enter(kind);
      const seal = signature === '' ? {} : { signature };
      events.push({ type: 'reasoning-delta', part, kind: 'text', text, ...seal, format: REASONING_FORMAT });
      // What is signed is whole: the next thought is another piece.
      if (signature !== '') this.#open = 'none';
      return;
    }
    this.#seal(signature, undefined, events);
    this.#text += text;
    events.push({ type: 'text-delta', part: this.#enter(kind), text });
  }

  #call(call: JsonObject, signature: string, events: GenerationEvent[]): void {
    this.#open = 'none';
    const part = ++this.#part;
    const given = textOf(call.id);
    const id = given === '' ? `call_${this.#calls}_${this.#answerId || 'gemini'}` : given;
    this.#calls++;
    this.#seal(signature, id, events);
    events.push({ type: 'tool-call-start', part, id, name: textOf(call.name) });
    const argumentsJson = JSON.stringify(isJsonObject(call.args) ? call.args : {});
    events.push({ type: 'tool-call-delta', part, argumentsJson }, { type: 'part-end', part });
  }

  #media(part: JsonObject, { mimeType, data }: JsonObject, signature: string, events: GenerationEvent[]): void {
    const mediaType = textOf(mimeType);
    const modality = modalityOfType(mediaType);
    // What a model tries out while it thinks is no part of its answer.
    if ((modality !== 'image' && modality !== 'audio') || part.thought === true) {
      this.#native(part, events);
      return;
    }
    this.#open = 'none';
    this.#seal(signature, undefined, events);
    events.push({ type: 'media-delta', part: ++this.#part, modality, mediaType, base64: textOf(data) });
  }

  #native(data: JsonObject, events: GenerationEvent[]): void {
    this.#open = 'none';
    events.push({ type: 'native', format: FORMAT, data });
  }

  /** A signature is for Google's eyes: it goes back on the call with its id, or on the part after it. */
  #seal(signature: string, id: string | undefined, events: GenerationEvent[]): void {
    if (signature === '') return;
    const part = FIRST_SEAL - this.#seals++;
    const on = id === undefined ? {} : { id };
    events.push({ type: 'reasoning-delta', part, kind: 'encrypted', text: signature, ...on, format: REASONING_FORMAT });
  }

  #enter(kind: 'text' | 'thought'): number {
    if (this.#open !== kind) {
      this.#open = kind;
      this.#part++;
    }
    return this.#part;
  }

  /** Later chunks repeat the sources of earlier ones. */
  #annotation(annotation: JsonObject, events: GenerationEvent[]): void {
    const key = JSON.stringify(annotation);
    if (this.#cited.has(key)) return;
    this.#cited.add(key);
    events.push({ type: 'annotation', part: Math.max(0, this.#part), annotation });
  }
}

/** Only callers of this format can ask for calls in pieces, and only they can put them together. */
function isPiece({ partialArgs, willContinue }: JsonObject): boolean {
  return partialArgs !== undefined || willContinue !== undefined;
}

const FIRST_SEAL = -1;

/** Google's chosen and top candidates by step, as OpenAI's entry for each token. */
function readLogprobs(value: Json | undefined): readonly JsonObject[] {
  if (!isJsonObject(value)) return [];
  const tops = listOf(value.topCandidates);
  return listOf(value.chosenCandidates).map((chosen, step) => ({
    ...tokenOf(chosen),
    top_logprobs: listOf(tops[step]?.candidates).map(tokenOf),
  }));
}

function tokenOf({ token, logProbability }: JsonObject): JsonObject {
  const text = textOf(token);
  return {
    token: text,
    logprob: typeof logProbability === 'number' ? logProbability : 0,
    bytes: [...Buffer.from(text)],
  };
}
