import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

/** How hard a model is asked to think, from most to least (reference/openrouter.md b.4). */
export const EFFORTS = ['max', 'xhigh', 'high', 'medium', 'low', 'minimal', 'none'] as const;
export type Effort = (typeof EFFORTS)[number];

/** What a piece of reasoning is: `encrypted` is for the provider's own eyes and goes back to it unchanged. */
export type ReasoningKind = 'text' | 'summary' | 'encrypted' | 'server_tool_call';

/** What the caller asked of the model's thinking, whichever way it was said. */
export interface ReasoningWish {
  readonly effort?: Effort;
  /** Tokens for thinking. */
  readonly tokensMax?: number;
  /** Thinks, but the text is not sent. */
  readonly isExcluded: boolean;
  readonly summary?: string;
}

/** Shares of the output limit that a budget gets for an effort (reference/openrouter.md b.4). */
const SHARES: Readonly<Record<Effort, number>> = {
  max: 0.95,
  xhigh: 0.95,
  high: 0.8,
  medium: 0.5,
  low: 0.2,
  minimal: 0.1,
  none: 0,
};

/** The wish in a request's fields, by OpenRouter's names; undefined when nothing was said. */
export function readReasoningWish(fields: Readonly<Record<string, Json>>): ReasoningWish | undefined {
  const given = isJsonObject(fields.reasoning) ? fields.reasoning : undefined;
  const shorthand = effortOf(fields.reasoning_effort);
  const legacy = fields.include_reasoning;
  if (given === undefined && shorthand === undefined && typeof legacy !== 'boolean') return undefined;
  const tokensMax = given?.max_tokens;
  const isOff = given?.enabled === false || tokensMax === 0;
  const effort = isOff ? 'none' : (effortOf(given?.effort) ?? shorthand);
  const isBare = effort === undefined && typeof tokensMax !== 'number';
  return {
    ...(effort !== undefined ? { effort } : isBare && given?.enabled === true ? { effort: 'medium' as const } : {}),
    ...(typeof tokensMax === 'number' && tokensMax > 0 && { tokensMax }),
    isExcluded: given?.exclude === true || (given === undefined && legacy === false),
    ...(typeof given?.summary === 'string' && { summary: given.summary }),
  };
}

/** The model may think, but the caller wants to see none of it. `field` gives a request's fields by OpenRouter's names. */
export function wantsNoThoughts(request: { field(name: string): Json | undefined }): boolean {
  const fields = Object.fromEntries(
    ['reasoning', 'include_reasoning'].flatMap((name) => {
      const value = request.field(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return readReasoningWish(fields)?.isExcluded ?? false;
}

/** A budget for an effort: a share of the output limit, within `least` and `most` tokens. */
export function budgetOfEffort(effort: Effort, outputTokensMax: number, least = 1024, most = 128_000): number {
  return Math.max(least, Math.min(most, Math.floor(outputTokensMax * SHARES[effort])));
}

/** The effort whose share of the output limit lies nearest to a budget. */
export function effortOfBudget(tokens: number, outputTokensMax: number): Effort {
  if (tokens <= 0) return 'none';
  const share = tokens / Math.max(1, outputTokensMax);
  const ranked = (['high', 'medium', 'low', 'minimal'] as const).toSorted(
    (a, b) => Math.abs(SHARES[a] - share) - Math.abs(SHARES[b] - share),
  );
  return ranked[0]!;
}

/** A piece of reasoning as OpenRouter prints it in `reasoning_details`, and reads it back unchanged. */
export interface ReasoningPiece {
  readonly kind: ReasoningKind;
  /** The text, the summary, or the encrypted data. */
  readonly text: string;
  readonly signature?: string;
  readonly id?: string;
  /** Whose reasoning it is, such as `anthropic-claude-v1`: only its own family can read a signature. */
  readonly format?: string;
}

const TEXT_FIELDS: Readonly<Record<ReasoningKind, string>> = {
  text: 'text',
  summary: 'summary',
  encrypted: 'data',
  server_tool_call: 'data',
};

export function encodeReasoningDetail(piece: ReasoningPiece, index: number): JsonObject {
  const isSealOnly = piece.text === '' && piece.signature !== undefined;
  return {
    type: `reasoning.${piece.kind}`,
    ...(!isSealOnly && { [TEXT_FIELDS[piece.kind]]: piece.text }),
    ...(piece.signature !== undefined && { signature: piece.signature }),
    ...(piece.id !== undefined && { id: piece.id }),
    format: piece.format ?? 'unknown',
    index,
  };
}

/** Undefined for what is no detail of a known type. */
export function readReasoningDetail(value: Json | undefined): ReasoningPiece | undefined {
  if (!isJsonObject(value) || typeof value.type !== 'string') return undefined;
  const kind = value.type.replace(/^reasoning\./, '') as ReasoningKind;
  if (!Object.hasOwn(TEXT_FIELDS, kind)) return undefined;
  const text = value[TEXT_FIELDS[kind]];
  return {
    kind,
    text: typeof text === 'string' ? text : '',
    ...(typeof value.signature === 'string' && { signature: value.signature }),
    ...(typeof value.id === 'string' && { id: value.id }),
    ...(typeof value.format === 'string' && value.format !== 'unknown' && { format: value.format }),
  };
}

function effortOf(value: Json | undefined): Effort | undefined {
  return EFFORTS.find((effort) => effort === value);
}
