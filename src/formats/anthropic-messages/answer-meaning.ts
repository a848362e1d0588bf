import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { FORMAT } from './read-blocks.ts';
import { CLAUDE } from './seal-reasoning.ts';

interface OpenBlock {
  readonly block: JsonObject;
  /** Deltas of a tool's input. */
  json: string;
  /** Text of the whole answer before this block. */
  readonly textBefore: number;
  readonly citations: Json[];
}

/** Reads what blocks say, with the block's index as the part's number. Keeps what it must know of those that are open. */
export class AnswerMeaning {
  readonly #open = new Map<number, OpenBlock>();
  /** Characters of text so far: sources are cited by place. */
  #textLength = 0;

  start(index: number, block: JsonObject, events: GenerationEvent[]): void {
    this.stop(index, events);
    this.#open.set(index, { block, json: '', textBefore: this.#textLength, citations: listOf(block.citations) });
    switch (block.type) {
      case 'text':
        this.#text(index, block.text, events);
        return;
      case 'thinking':
        thought(index, block.thinking, events);
        signed(index, block.signature, events);
        return;
      case 'redacted_thinking': {
        const text = textOf(block.data);
        if (text !== '') events.push({ type: 'reasoning-delta', part: index, kind: 'encrypted', text, format: CLAUDE });
        return;
      }
      case 'tool_use':
        events.push({ type: 'tool-call-start', part: index, id: textOf(block.id), name: textOf(block.name) });
    }
  }

  delta(index: number, delta: JsonObject, events: GenerationEvent[]): void {
    const open = this.#open.get(index) ?? this.#openLate(index, delta, events);
    switch (delta.type) {
      case 'text_delta':
        this.#text(index, delta.text, events);
        return;
      case 'thinking_delta':
        thought(index, delta.thinking, events);
        return;
      case 'signature_delta':
        signed(index, delta.signature, events);
        return;
      case 'citations_delta':
        if (delta.citation !== undefined) open.citations.push(delta.citation);
        return;
      case 'input_json_delta': {
        const argumentsJson = textOf(delta.partial_json);
        open.json += argumentsJson;
        const isCall = open.block.type === 'tool_use' && argumentsJson !== '';
        if (isCall) events.push({ type: 'tool-call-delta', part: index, argumentsJson });
      }
    }
  }

  stop(index: number, events: GenerationEvent[]): void {
    const open = this.#open.get(index);
    if (!open) return;
    this.#open.delete(index);
    const { block, json } = open;
    if (block.type === 'tool_use') {
      // An input that came with the block itself, or none at all: a call without arguments.
      if (json === '')
        events.push({ type: 'tool-call-delta', part: index, argumentsJson: JSON.stringify(block.input ?? {}) });
    } else if (block.type === 'text') this.#cite(index, open, events);
    else if (block.type !== 'thinking' && block.type !== 'redacted_thinking') {
      events.push({ type: 'native', format: FORMAT, data: withInput(block, json) });
    }
    events.push({ type: 'part-end', part: index });
  }

  stopAll(events: GenerationEvent[]): void {
    for (const index of [...this.#open.keys()]) this.stop(index, events);
  }

  /** A server that leaves out the beginning of a block. */
  #openLate(index: number, delta: JsonObject, events: GenerationEvent[]): OpenBlock {
    const type = delta.type === 'thinking_delta' || delta.type === 'signature_delta' ? 'thinking' : 'text';
    this.start(index, { type }, events);
    return this.#open.get(index)!;
  }

  #text(index: number, value: Json | undefined, events: GenerationEvent[]): void {
    const text = textOf(value);
    this.#textLength += text.length;
    if (text !== '') events.push({ type: 'text-delta', part: index, text });
  }

  /** Sources with an address are annotations to everybody; places in the caller's own documents are told in this format only. */
  #cite(index: number, { citations, textBefore }: OpenBlock, events: GenerationEvent[]): void {
    for (const citation of citations) {
      const url = isJsonObject(citation) ? addressOf(citation) : undefined;
      if (!isJsonObject(citation) || url === undefined) {
        events.push({ type: 'native', format: FORMAT, data: { type: 'citations_delta', citation } });
        continue;
      }
      const cited = {
        url,
        ...(typeof citation.title === 'string' && { title: citation.title }),
        ...(typeof citation.cited_text === 'string' && { content: citation.cited_text }),
        start_index: textBefore,
        end_index: this.#textLength,
      };
      events.push({ type: 'annotation', part: index, annotation: { type: 'url_citation', url_citation: cited } });
    }
  }
}

function addressOf(citation: JsonObject): string | undefined {
  const address = citation.type === 'search_result_location' ? citation.source : citation.url;
  return typeof address === 'string' && /^https?:\/\//i.test(address) ? address : undefined;
}

function thought(part: number, value: Json | undefined, events: GenerationEvent[]): void {
  const text = textOf(value);
  if (text !== '') events.push({ type: 'reasoning-delta', part, kind: 'text', text, format: CLAUDE });
}

function signed(part: number, value: Json | undefined, events: GenerationEvent[]): void {
  const signature = textOf(value);
  if (signature !== '')
    events.push({ type: 'reasoning-delta', part, kind: 'text', text: '', signature, format: CLAUDE });
}

/** The input of a server's own tool, once its pieces are together. */
function withInput(block: JsonObject, json: string): JsonObject {
  if (json === '') return block;
  try {
    const input: unknown = JSON.parse(json);
    return { ...block, input: input as Json };
  } catch {
    return { ...block, input: json };
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? [...(value as readonly Json[])] : [];
}
