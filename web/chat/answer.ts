import { add } from '../text/numbers.ts';

/** What one model said in one place of a room, and how far it got. */
export interface Answer {
  /** The slug that was asked for. */
  readonly asked: string;
  /** Only this endpoint was asked. */
  readonly pinned?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly generation?: string;
  readonly text: string;
  readonly reasoning: string;
  readonly details: readonly Fields[];
  readonly refusal: string;
  readonly calls: readonly ToolCall[];
  readonly images: readonly string[];
  readonly sources: readonly Source[];
  readonly state: AnswerState;
  readonly finish?: string;
  readonly error?: AnswerError;
  readonly usage?: AnswerUsage;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly firstContentMs?: number;
  readonly totalMs?: number;
}

/** `done` is set by the stream's own end marker and by nothing else. */
export type AnswerState = 'waiting' | 'streaming' | 'done' | 'stopped' | 'broken';

export type Fields = Readonly<Record<string, unknown>>;

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsJson: string;
}

export interface Source {
  readonly url: string;
  readonly title: string;
}

export interface AnswerError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** What the provider said, as text. */
  readonly raw?: string;
  readonly requestId?: string;
  readonly retryAfterSeconds?: number;
}

export interface AnswerUsage {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly reasoning: number;
  /** US dollars, as the server wrote it. */
  readonly cost: string;
  /** `counted` or `estimated` where the provider reported nothing. */
  readonly provenance?: string;
}

export function startAnswer(asked: string, startedAtMs: number, pinned?: string): Answer {
  return {
    asked,
    ...(pinned !== undefined && { pinned }),
    text: '',
    reasoning: '',
    details: [],
    refusal: '',
    calls: [],
    images: [],
    sources: [],
    state: 'waiting',
    startedAtMs,
  };
}

export function isRunning({ state }: Answer): boolean {
  return state === 'waiting' || state === 'streaming';
}

/** An answer and one frame of its stream. Frames come from the network: every field is looked at before it is used. */
export function applyFrame(answer: Answer, frame: unknown, nowMs: number): Answer {
  if (!isFields(frame)) return answer;
  const choice = listOf(frame.choices)[0];
  const delta = isFields(choice?.delta) ? choice.delta : {};
  const next: Answer = {
    ...answer,
    ...text('model', frame.model),
    ...text('provider', frame.provider),
    ...text('generation', frame.id),
    ...text('finish', choice?.finish_reason),
    text: answer.text + textOf(delta.content),
    reasoning: answer.reasoning + textOf(delta.reasoning),
    refusal: answer.refusal + textOf(delta.refusal),
    details: mergeDetails(answer.details, listOf(delta.reasoning_details)),
    calls: mergeCalls(answer.calls, listOf(delta.tool_calls)),
    images: [...answer.images, ...listOf(delta.images).flatMap(readImage)],
    sources: [...answer.sources, ...listOf(delta.annotations).flatMap(readSource)],
    ...(isFields(frame.usage) && { usage: addUsage(answer.usage, readUsage(frame.usage)) }),
    ...(isFields(frame.error) && { error: readError(frame.error) }),
  };
  if (answer.firstContentMs !== undefined || !hasContent(next)) return next;
  return { ...next, state: 'streaming', firstContentMs: nowMs - answer.startedAtMs };
}

function hasContent(answer: Answer): boolean {
  const { text, reasoning, refusal, calls, images } = answer;
  return text !== '' || reasoning !== '' || refusal !== '' || calls.length > 0 || images.length > 0;
}

function text<Name extends string>(name: Name, value: unknown): { readonly [N in Name]?: string } {
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as { readonly [N in Name]: string }) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** Calls come in pieces, by their place. */
function mergeCalls(calls: readonly ToolCall[], pieces: readonly Fields[]): readonly ToolCall[] {
  if (pieces.length === 0) return calls;
  const merged = [...calls];
  for (const piece of pieces) {
    const place =
      typeof piece.index === 'number' && piece.index >= 0 && piece.index <= merged.length ? piece.index : merged.length;
    const known = merged[place] ?? { id: '', name: '', argumentsJson: '' };
    const call = isFields(piece.function) ? piece.function : {};
    merged[place] = {
      id: known.id || textOf(piece.id),
      name: known.name || textOf(call.name),
      argumentsJson: known.argumentsJson + textOf(call.arguments),
    };
  }
  return merged;
}

/** What a provider wants back unchanged with the next question; pieces of one detail belong together. */
function mergeDetails(details: readonly Fields[], pieces: readonly Fields[]): readonly Fields[] {
  if (pieces.length === 0) return details;
  const merged = [...details];
  for (const piece of pieces) {
    const place = merged.findIndex(({ index, type }) => index === piece.index && type === piece.type);
    if (place < 0 || piece.index === undefined) {
      merged.push(piece);
      continue;
    }
    const known = merged[place]!;
    const joined: Record<string, unknown> = { ...known, ...piece };
    for (const name of ['text', 'summary', 'data']) {
      if (typeof known[name] === 'string') joined[name] = known[name] + textOf(piece[name]);
    }
    merged[place] = joined;
  }
  return merged;
}

/** Pictures that travel inside the answer. An address elsewhere is not loaded. */
const PICTURE = /^data:image\/(?:png|jpeg|webp|gif|avif);base64,[A-Za-z0-9+/=]+$/;

function readImage(piece: Fields): readonly string[] {
  const url = isFields(piece.image_url) ? piece.image_url.url : undefined;
  return typeof url === 'string' && PICTURE.test(url) ? [url] : [];
}

function readSource(piece: Fields): readonly Source[] {
  const citation = isFields(piece.url_citation) ? piece.url_citation : {};
  const url = textOf(citation.url);
  return url === '' ? [] : [{ url, title: textOf(citation.title) }];
}

export function readUsage(usage: Fields): AnswerUsage {
  const prompt = isFields(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const completion = isFields(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  return {
    prompt: countOf(usage.prompt_tokens),
    completion: countOf(usage.completion_tokens),
    cached: countOf(prompt.cached_tokens),
    reasoning: countOf(completion.reasoning_tokens),
    // The shortest text that reads as this number: the one that the server wrote.
    cost: typeof usage.cost === 'number' ? String(usage.cost) : textOf(usage.cost),
    ...text('provenance', usage.usage_source),
  };
}

/** An answer that was resumed was paid for twice. */
function addUsage(before: AnswerUsage | undefined, now: AnswerUsage): AnswerUsage {
  if (!before) return now;
  return {
    ...now,
    prompt: before.prompt + now.prompt,
    completion: before.completion + now.completion,
    cached: before.cached + now.cached,
    reasoning: before.reasoning + now.reasoning,
    cost: add(before.cost, now.cost),
  };
}

export function readError(error: Fields, requestId?: string): AnswerError {
  const metadata = isFields(error.metadata) ? error.metadata : {};
  const raw = typeof metadata.raw === 'string' ? metadata.raw : undefined;
  const retryAfter = typeof metadata.retry_after === 'number' ? metadata.retry_after : undefined;
  return {
    status: countOf(error.code),
    code: textOf(metadata.error_type) || 'unmapped',
    message: textOf(error.message) || 'The answer broke off without a reason',
    ...(raw !== undefined && { raw }),
    ...(requestId !== undefined && { requestId }),
    ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
  };
}
