import type { Loss } from '../../generation/loss.ts';
import type { Message, Part } from '../../generation/request.ts';
import { countTokens, tokensOf } from './count-tokens.ts';

export interface CompressionLimit {
  readonly tokensMax: number;
  readonly messagesMax?: number;
}

export interface Compression {
  readonly messages: readonly Message[];
  readonly losses: readonly Loss[];
  /** Places of the messages that are gone. */
  readonly dropped: readonly number[];
  readonly cutTexts: number;
}

/** A message with what must not be torn from it: calls of tools with their results. */
interface Unit {
  readonly places: readonly number[];
  readonly tokens: number;
  readonly isSystem: boolean;
}

/**
 * A conversation without its middle. What the system says, the first turn, the last question and the last turn stay; of the rest,
 * turns are kept from both ends as long as they fit. Where even those are too long, their longest texts lose their own middle.
 * Undefined when no cut makes it fit.
 */
export function compress(messages: readonly Message[], limit: CompressionLimit): Compression | undefined {
  const units = groupUnits(messages);
  const kept = keepFromBothEnds(units, messages, limit);
  const dropped = units.filter((unit) => !kept.has(unit)).flatMap(({ places }) => places);
  const gone = new Set(dropped);
  if (limit.messagesMax !== undefined && messages.length - gone.size > limit.messagesMax) return undefined;
  const cut = cutTexts(messages, gone, limit.tokensMax);
  if (!cut) return undefined;
  const room = `the conversation was cut to ${limit.tokensMax} tokens`;
  return {
    messages: cut.messages.filter((_, place) => !gone.has(place)),
    losses: [
      ...dropped.map((place): Loss => ({ field: `messages.${place}`, outcome: 'dropped', reason: room })),
      ...cut.fields.map((field): Loss => ({ field, outcome: 'approximated', reason: `its middle: ${room}` })),
    ],
    dropped,
    cutTexts: cut.fields.length,
  };
}

export function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer';
}

function groupUnits(messages: readonly Message[]): readonly Unit[] {
  const units: { places: number[]; tokens: number; isSystem: boolean }[] = [];
  let last: (typeof units)[number] | undefined;
  for (const [place, message] of messages.entries()) {
    const tokens = countTokens(message);
    if (isSystem(message)) {
      units.push({ places: [place], tokens, isSystem: true });
      continue;
    }
    const answersCall = message.role === 'tool' || message.content.some(({ type }) => type === 'tool-result');
    if (answersCall && last) {
      last.places.push(place);
      last.tokens += tokens;
      continue;
    }
    last = { places: [place], tokens, isSystem: false };
    units.push(last);
  }
  return units;
}

function keepFromBothEnds(
  units: readonly Unit[],
  messages: readonly Message[],
  { tokensMax, messagesMax = Number.POSITIVE_INFINITY }: CompressionLimit,
): ReadonlySet<Unit> {
  const spoken = units.filter((unit) => !unit.isSystem);
  const question = spoken.findLast(({ places }) => messages[places[0]!]!.role === 'user');
  const kept = new Set(units.filter((unit) => unit.isSystem));
  for (const unit of [spoken.at(0), question, spoken.at(-1)]) if (unit) kept.add(unit);
  let tokens = 0;
  let count = 0;
  for (const unit of kept) {
    tokens += unit.tokens;
    count += unit.places.length;
  }
  const ends: [number, number][] = [
    [spoken.length - 1, -1],
    [0, 1],
  ];
  // Alternately from the end and from the beginning; a side ends at the first turn that does not fit.
  for (let turn = 0; ends.length > 0; turn++) {
    const end = ends[turn % ends.length]!;
    const unit = spoken[end[0]];
    end[0] += end[1];
    if (unit && kept.has(unit)) continue;
    if (unit && tokens + unit.tokens <= tokensMax && count + unit.places.length <= messagesMax) {
      kept.add(unit);
      tokens += unit.tokens;
      count += unit.places.length;
      continue;
    }
    ends.splice(ends.indexOf(end), 1);
  }
  return kept;
}

/** What stands where a text was cut. */
const GAP = '\n…\n';
/** Less of a text says nothing. */
const TEXT_TOKENS_MIN = 16;

/** Halves the longest text again and again until all fits. Undefined when there is none left to cut. */
function cutTexts(
  messages: readonly Message[],
  gone: ReadonlySet<number>,
  tokensMax: number,
): { readonly messages: readonly Message[]; readonly fields: readonly string[] } | undefined {
  const cut = [...messages];
  const fields = new Set<string>();
  let excess = -tokensMax;
  for (const [place, message] of messages.entries()) if (!gone.has(place)) excess += countTokens(message);
  while (excess > 0) {
    const longest = findLongest(cut, gone);
    if (!longest || longest.tokens <= TEXT_TOKENS_MIN) return undefined;
    const wanted = Math.max(Math.floor(longest.tokens / 2), longest.tokens - excess, TEXT_TOKENS_MIN);
    const before = countTokens(cut[longest.place]!);
    cut[longest.place] = { ...cut[longest.place]!, content: longest.replace(cutMiddle(longest.text, wanted)) };
    const saved = before - countTokens(cut[longest.place]!);
    if (saved <= 0) return undefined;
    excess -= saved;
    fields.add(longest.field);
  }
  return { messages: cut, fields: [...fields] };
}

interface LongText {
  readonly place: number;
  readonly field: string;
  readonly text: string;
  readonly tokens: number;
  replace(text: string): readonly Part[];
}

function findLongest(messages: readonly Message[], gone: ReadonlySet<number>): LongText | undefined {
  let longest: LongText | undefined;
  const visit = (
    parts: readonly Part[],
    path: string,
    at: { readonly place: number; rebuild(parts: readonly Part[]): readonly Part[] },
  ): void => {
    for (const [index, part] of parts.entries()) {
      const put = (changed: Part): readonly Part[] => at.rebuild(parts.with(index, changed));
      const field = `${path}.content.${index}`;
      if (part.type === 'tool-result') {
        visit(part.content, field, { place: at.place, rebuild: (content) => put({ ...part, content }) });
      } else if (part.type === 'text') {
        const tokens = tokensOf(part.text);
        if (tokens > (longest?.tokens ?? 0))
          longest = { place: at.place, field, text: part.text, tokens, replace: (text) => put({ ...part, text }) };
      }
    }
  };
  for (const [place, message] of messages.entries()) {
    if (gone.has(place) || isSystem(message)) continue;
    visit(message.content, `messages.${place}`, { place, rebuild: (parts) => parts });
  }
  return longest;
}

/** At most so many tokens: beginning and end of a text, cut between whole letters. */
function cutMiddle(text: string, tokens: number): string {
  const bytes = Buffer.from(text);
  const half = Math.floor((tokens * 4 - Buffer.byteLength(GAP)) / 2);
  let head = half;
  while (head > 0 && (bytes[head]! & 0xc0) === 0x80) head--;
  let tail = bytes.length - half;
  while (tail < bytes.length && (bytes[tail]! & 0xc0) === 0x80) tail++;
  return bytes.toString('utf8', 0, head) + GAP + bytes.toString('utf8', tail);
}
