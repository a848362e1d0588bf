import type { ModelListing } from '../../src/contract/model.ts';
import { type ChatRoom, type Column, type ContentPart, isOfColumn } from './room.ts';

/** What a conversation asks of its model, in the words of the catalogue. */
const KINDS = { image_url: 'image', file: 'file', input_audio: 'audio' } as const;

const WORDS: Readonly<Record<string, string>> = { image: 'pictures', file: 'files', audio: 'sound' };

/**
 * Why a column's model can't go on with what the room holds, as sentences; empty when it can. A catalogue changes while a room is open:
 * a model loses an ability when the last endpoint that had it goes.
 */
export function findMissing(
  room: ChatRoom,
  column: Column,
  models: readonly ModelListing[] | undefined,
): readonly Missing[] {
  if (!models) return [];
  // What a preset stands for is decided where the request arrives.
  if (column.model.includes('@preset/')) return [];
  const model = findModel(models, column.model);
  if (!model) return [{ what: 'model', sentence: `${column.model} is not in the catalogue (any more).` }];
  const parts = room.messages.flatMap((message): readonly ContentPart[] =>
    message.role === 'user' && isOfColumn(message, column.id) ? message.parts : [],
  );
  const kinds = new Set(parts.flatMap((part) => (part.type === 'text' ? [] : [KINDS[part.type]])));
  const taken = new Set(model.architecture.input_modalities);
  const supported = new Set(model.supported_parameters);
  const missing: Missing[] = [];
  for (const kind of column.isTextOnly ? [] : kinds) {
    // Files are read by the exchange itself where a model takes none.
    if (kind === 'file' || taken.has(kind)) continue;
    missing.push({
      what: 'media',
      sentence: `No endpoint of ${column.model} takes ${WORDS[kind]} now, and this room holds some.`,
    });
  }
  if (room.options.tools && !supported.has('tools')) {
    missing.push({
      what: 'tools',
      sentence: `No endpoint of ${column.model} takes tools now; requests with them will be refused.`,
    });
  }
  for (const name of Object.keys(column.parameters)) {
    if (!supported.has(name))
      missing.push({ what: 'parameter', sentence: `No endpoint of ${column.model} takes ${name} now.`, name });
  }
  return missing;
}

export interface Missing {
  readonly what: 'model' | 'media' | 'tools' | 'parameter';
  readonly sentence: string;
  readonly name?: string;
}

/** By slug; a variant such as `:free` that is not listed itself is its model. */
export function findModel(models: readonly ModelListing[], slug: string): ModelListing | undefined {
  return models.find(({ id }) => id === slug) ?? models.find(({ id }) => id === slug.replace(/:[\w-]+$/, ''));
}
