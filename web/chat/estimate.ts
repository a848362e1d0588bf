import { add, multiply } from '../text/numbers.ts';
import type { Answer } from './answer.ts';
import { answerOf, type ChatRoom, type Column, type ContentPart, isOfColumn } from './room.ts';

/** What a question may cost before it is sent: from lengths, so never more than an estimate. */
export interface Estimate {
  readonly tokens: number;
  /** US dollars of the prompt; undefined when the price isn't known. */
  readonly cost: string | undefined;
}

/** English text by most tokenizers; other languages need more tokens. */
const CHARACTERS_PER_TOKEN = 4;
/** A picture of a usual size in most models; they differ by a factor of three either way. */
const PICTURE_TOKENS = 1_000;
const MESSAGE_TOKENS = 4;
/** Base64 of compressed sound or paper says little about its length; a guess of the right size. */
const FILE_CHARACTERS_PER_TOKEN = 64;

export function estimateTokens(parts: readonly ContentPart[]): number {
  const tokens = parts.map((part) => {
    if (part.type === 'text') return Math.ceil(part.text.length / CHARACTERS_PER_TOKEN);
    if (part.type === 'image_url') return PICTURE_TOKENS;
    const data = part.type === 'file' ? part.file.file_data : part.input_audio.data;
    return Math.ceil(data.length / FILE_CHARACTERS_PER_TOKEN);
  });
  return tokens.reduce((sum, one) => sum + one, MESSAGE_TOKENS);
}

/** Everything that one column would be sent: its whole conversation and the new parts. */
export function estimatePrompt(room: ChatRoom, column: Column, parts: readonly ContentPart[]): number {
  const before = room.messages.filter((message) => isOfColumn(message, column.id));
  const told = before.map((message) => {
    if (message.role === 'user') return estimateTokens(message.parts);
    if (message.role === 'tool') return estimateTokens([{ type: 'text', text: message.text }]);
    const { usage, text } = answerOf(message);
    return MESSAGE_TOKENS + (usage?.completion ?? Math.ceil(text.length / CHARACTERS_PER_TOKEN));
  });
  const system = Math.ceil((column.system ?? '').length / CHARACTERS_PER_TOKEN);
  return told.reduce((sum, one) => sum + one, 0) + system + estimateTokens(parts);
}

/** Of all columns that will be asked. `priceOf` gives dollars per prompt token. */
export function estimateRoom(
  room: ChatRoom,
  columns: readonly Column[],
  parts: readonly ContentPart[],
  priceOf: (model: string) => string | undefined,
): Estimate {
  const each = columns.map((column) => {
    const tokens = estimatePrompt(room, column, parts);
    const price = priceOf(column.model);
    return { tokens, cost: price === undefined ? undefined : multiply(price, tokens) };
  });
  const costs = each.flatMap(({ cost }) => (cost === undefined || cost === '' ? [] : [cost]));
  return {
    tokens: each.reduce((sum, { tokens }) => sum + tokens, 0),
    cost: costs.length === each.length ? add(...costs) : undefined,
  };
}

/** What all answers of a room have cost so far, exactly; tries that were replaced were paid for as well. */
export function spentInRoom(room: ChatRoom): string {
  const answers = room.messages.flatMap((message): readonly Answer[] =>
    message.role === 'assistant' ? message.tries : [],
  );
  return add(...answers.flatMap(({ usage }) => (usage && usage.cost !== '' ? [usage.cost] : [])));
}
