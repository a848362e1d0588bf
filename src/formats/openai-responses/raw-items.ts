import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { OutputItems } from './output-items.ts';

/** An answer longer than this is not gone on from. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024;
const decoder = new TextDecoder();

/**
 * What frames that went through as they came have opened and not closed: if the answer breaks off, the rest is told inside
 * the same item, with the same ids, and the item's end repeats the whole text.
 */
export class RawItems {
  /** Of the last frame. */
  sequence = -1;
  /** Items that are closed, by index. */
  readonly #done: JsonObject[] = [];
  #open: { readonly index: number; readonly item: JsonObject } | undefined;
  #part: { readonly index: number; readonly value: JsonObject } | undefined;
  /** The open text, with its escapes. */
  #json = new Uint8Array(1024);
  #length = 0;

  note(document: JsonDocument, type: string): void {
    const number = document.member(0, 'sequence_number');
    if (number !== undefined && document.kind(number) === 'number') this.sequence = Number(document.value(number));
    else this.sequence++;
    switch (type) {
      case 'response.output_text.delta':
        this.#add(document);
        return;
      case 'response.output_item.added':
        this.#open = readItem(document);
        this.#part = undefined;
        return;
      case 'response.output_item.done': {
        const done = readItem(document);
        if (done) this.#done[done.index] = done.item;
        this.#open = undefined;
        return;
      }
      case 'response.content_part.added':
        this.#part = readPart(document);
        this.#length = 0;
        return;
      case 'response.content_part.done':
        this.#part = undefined;
    }
  }

  resumeIn(items: OutputItems): void {
    for (const [index, item] of this.#done.entries()) items.output[index] = { ...item };
    if (this.#open?.item.type !== 'message') return;
    const text = z.string().parse(JSON.parse(`"${decoder.decode(this.#json.subarray(0, this.#length))}"`));
    const part = this.#part && {
      index: this.#part.index,
      value: { annotations: [], logprobs: [], ...this.#part.value, text },
    };
    items.resume(this.#open.index, this.#open.item, part);
  }

  #add(document: JsonDocument): void {
    const delta = document.member(0, 'delta');
    if (delta === undefined || document.kind(delta) !== 'string') return;
    const json = document.bytes.subarray(document.start(delta) + 1, document.end(delta) - 1);
    const length = this.#length + json.length;
    if (length > TEXT_BYTES_MAX) return;
    if (length > this.#json.length) {
      const grown = new Uint8Array(Math.max(length, this.#json.length * 2));
      grown.set(this.#json.subarray(0, this.#length));
      this.#json = grown;
    }
    this.#json.set(json, this.#length);
    this.#length = length;
  }
}

function readItem(document: JsonDocument): { readonly index: number; readonly item: JsonObject } | undefined {
  const event = document.value(0);
  if (!isJsonObject(event) || !isJsonObject(event.item)) return undefined;
  const index = typeof event.output_index === 'number' ? event.output_index : 0;
  return index >= 0 && index < 10_000 ? { index, item: event.item } : undefined;
}

function readPart(document: JsonDocument): { readonly index: number; readonly value: JsonObject } | undefined {
  const event = document.value(0);
  if (!isJsonObject(event) || !isJsonObject(event.part)) return undefined;
  return { index: typeof event.content_index === 'number' ? event.content_index : 0, value: event.part };
}
