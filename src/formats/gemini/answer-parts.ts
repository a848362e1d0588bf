import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { type Loss, lossOfNative, noteLoss } from '../../generation/loss.ts';
import { argumentsObject } from '../openai-chat/call-arguments.ts';
import { FORMAT, REASONING_FORMAT } from './proto-json.ts';

/** What a candidate says beside its parts. */
interface Beside {
  readonly chunks: JsonObject[];
  readonly supports: JsonObject[];
  readonly chosen: JsonObject[];
  readonly top: JsonObject[];
}

/**
 * Builds the parts of a candidate from events. A call is told whole: it waits for its last argument. A signature waits for the
 * part that it sits on.
 */
export class AnswerParts {
  readonly losses: Loss[] = [];
  /** Why a call could not be told, in Google's own way: the words of the call. */
  malformedCall: string | undefined;
  readonly #showsThoughts: boolean;
  readonly #calls = new Map<number, { readonly id: string; readonly name: string; json: string }>();
  readonly #seals = new Map<string, string>();
  #seal: string | undefined;
  /** Google gives places in its bytes. */
  #said = '';
  readonly #beside: Beside = { chunks: [], supports: [], chosen: [], top: [] };

  constructor(showsThoughts: boolean) {
    this.#showsThoughts = showsThoughts;
  }

  add(event: GenerationEvent, parts: JsonObject[]): void {
    switch (event.type) {
      case 'text-delta':
        this.#text(event.text, parts);
        return;
      case 'refusal-delta':
        this.#note('candidates.0.content.refusal', 'approximated', 'a refusal is a text here');
        this.#text(event.text, parts);
        return;
      case 'reasoning-delta':
        this.#reasoning(event, parts);
        return;
      case 'tool-call-start':
        this.#calls.set(event.part, { id: event.id, name: event.name, json: '' });
        return;
      case 'tool-call-delta': {
        const call = this.#calls.get(event.part);
        if (call) call.json += event.argumentsJson;
        return;
      }
      case 'part-end':
        this.#closeCall(event.part, parts);
        return;
      case 'media-delta':
        this.#media(event, parts);
        return;
      case 'native':
        if (event.format === FORMAT && isJsonObject(event.data)) parts.push(event.data);
        else noteLoss(this.losses, lossOfNative('candidates.0.content.parts', event.format, event.data));
        return;
      case 'annotation':
        this.#annotation(event.annotation);
        return;
      case 'logprobs':
        this.#logprobs(event.content);
        return;
      case 'finish':
        this.close(parts);
    }
  }

  /** Calls that nobody closed are whole at the answer's end. */
  close(parts: JsonObject[]): void {
    for (const part of [...this.#calls.keys()]) this.#closeCall(part, parts);
    if (this.#seal !== undefined) parts.push({ text: '', ...this.#sealed() });
  }

  /** Fields of the candidate beside its content, once, at its end. */
  beside(): JsonObject {
    const { chunks, supports, chosen, top } = this.#beside;
    const sum = chosen.reduce((total, { logProbability }) => total + (logProbability as number), 0);
    return {
      ...(chunks.length > 0 && { groundingMetadata: { groundingChunks: chunks, groundingSupports: supports } }),
      ...(chosen.length > 0 && {
        avgLogprobs: sum / chosen.length,
        logprobsResult: { topCandidates: top, chosenCandidates: chosen },
      }),
    };
  }

  #text(text: string, parts: JsonObject[]): void {
    this.#said += text;
    if (text !== '' || this.#seal !== undefined) parts.push({ text, ...this.#sealed() });
  }

  #reasoning(event: GenerationEvent & { readonly type: 'reasoning-delta' }, parts: JsonObject[]): void {
    const { kind = 'text', text, signature, id, format } = event;
    const isOwn = format === REASONING_FORMAT;
    if (kind === 'encrypted') {
      if (!isOwn)
        this.#note(
          'candidates.0.content.parts.thoughtSignature',
          'dropped',
          'another family’s reasoning has no place here',
        );
      else if (id === undefined) this.#seal = text;
      else this.#seals.set(id, text);
      return;
    }
    if (kind === 'server_tool_call') return;
    const seal = isOwn && signature !== undefined ? { thoughtSignature: signature } : {};
    if (this.#showsThoughts && (text !== '' || isOwn)) parts.push({ text, thought: true, ...seal });
  }

  #closeCall(part: number, parts: JsonObject[]): void {
    const call = this.#calls.get(part);
    if (!call) return;
    this.#calls.delete(part);
    const args = argumentsObject(call.json);
    if (!args) {
      this.malformedCall ??= `Malformed function call: ${call.name}(${call.json.slice(0, 2_000)})`;
      return;
    }
    const signature = this.#seals.get(call.id);
    const seal = signature === undefined ? {} : { thoughtSignature: signature };
    const id = call.id === '' ? {} : { id: call.id };
    parts.push({ functionCall: { ...id, name: call.name, args }, ...seal });
  }

  #media(event: GenerationEvent & { readonly type: 'media-delta' }, parts: JsonObject[]): void {
    if (event.base64 === '') return;
    parts.push({ inlineData: { mimeType: event.mediaType, data: event.base64 }, ...this.#sealed() });
    if (event.transcript)
      this.#note('candidates.0.content.parts.transcript', 'dropped', 'sound has no transcript here');
  }

  #annotation({ url_citation: cited }: JsonObject): void {
    if (!isJsonObject(cited) || typeof cited.url !== 'string') {
      this.#note('candidates.0.groundingMetadata', 'dropped', 'only sources on the web have a place here');
      return;
    }
    const { chunks, supports } = this.#beside;
    const title = typeof cited.title === 'string' ? { title: cited.title } : {};
    chunks.push({ web: { uri: cited.url, ...title } });
    const { start_index: startIndex, end_index: endIndex, content } = cited;
    if (typeof endIndex !== 'number' || endIndex === 0) return;
    const bytesBefore = (place: number): number => Buffer.byteLength(this.#said.slice(0, place));
    const start = typeof startIndex === 'number' ? bytesBefore(startIndex) : 0;
    const segment = {
      startIndex: start,
      endIndex: bytesBefore(endIndex),
      ...(typeof content === 'string' && { text: content }),
    };
    supports.push({ segment, groundingChunkIndices: [chunks.length - 1] });
  }

  #logprobs(content: readonly JsonObject[]): void {
    for (const entry of content) {
      this.#beside.chosen.push(candidateOf(entry));
      const tops = Array.isArray(entry.top_logprobs) ? entry.top_logprobs.filter(isJsonObject) : [];
      this.#beside.top.push({ candidates: tops.map(candidateOf) });
    }
  }

  #sealed(): JsonObject {
    const seal = this.#seal;
    this.#seal = undefined;
    return seal === undefined ? {} : { thoughtSignature: seal };
  }

  #note(field: string, outcome: Loss['outcome'], reason: string): void {
    noteLoss(this.losses, { field, outcome, reason });
  }
}

function candidateOf({ token, logprob }: JsonObject): JsonObject {
  return { token: typeof token === 'string' ? token : '', logProbability: typeof logprob === 'number' ? logprob : 0 };
}

/** Texts side by side are one part of a plain answer, thoughts likewise; what is signed stays by itself. */
export function mergeTexts(parts: readonly JsonObject[]): readonly JsonObject[] {
  const merged: Record<string, Json>[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    const continues =
      last !== undefined &&
      typeof last.text === 'string' &&
      typeof part.text === 'string' &&
      last.thought === part.thought &&
      last.thoughtSignature === undefined;
    if (continues)
      merged[merged.length - 1] = { ...last, ...part, text: `${last.text as string}${part.text as string}` };
    else merged.push({ ...part });
  }
  return merged;
}
