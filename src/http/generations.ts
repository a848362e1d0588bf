import type { Caller } from '../accounts/caller.ts';
import type { AnswerEncoder, RequestAddress, WireFormat } from '../formats/format.ts';
import { applyPreset } from '../gateway/apply-preset.ts';
import type { ContentTap } from '../gateway/content-tap.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import { withDefaults } from '../gateway/policies.ts';
import { ServedGeneration } from '../gateway/serve-generation.ts';
import type { GenerationEvent } from '../generation/event.ts';
import { asFailure, Failure } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { NO_USAGE } from '../generation/usage.ts';
import { expectJson, readBody } from './request-body.ts';

/** Chat bodies may carry pictures and files. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;
/** So long a caller waits for a real status. Then the stream begins with comments, and errors travel inside it. */
const SILENT_MS_MAX = 8_000;

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
} as const;

export interface GenerationCall {
  readonly request: Request;
  readonly caller: Caller;
  readonly format: WireFormat;
  /** What the address says of the request, in formats that put the model there. */
  readonly address?: RequestAddress;
  readonly requestId: string;
  readonly parts: GatewayParts;
}

/** Answers one request for a generation: the first content, or the first failure, is awaited before a status is chosen. */
export async function answerGeneration(call: GenerationCall): Promise<Response> {
  const { request, caller, format, parts } = call;
  const receivedMs = parts.clock.monotonicMs();
  const decoded = await decodeCall(call);
  const { requestId } = call;
  const tap = parts.contents.open(caller.key, decoded.features.sessionId ?? requestId);
  const generation = new ServedGeneration(parts, decoded, caller, { requestId, receivedMs, tap });
  const answer = new Answer(call, decoded, { generation, tap });
  request.signal.addEventListener('abort', () => generation.cancel(), { once: true });
  if (request.signal.aborted) generation.cancel();
  try {
    return await (decoded.features.stream ? answer.stream() : answer.plain());
  } catch (error) {
    const failure = asFailure(error);
    const body = JSON.stringify(format.server.encodeFailure(failure, requestId));
    tap?.noteAnswer(Buffer.from(body));
    answer.keep(failure);
    return new Response(body, {
      status: statusOf(failure, format),
      headers: { 'content-type': 'application/json', 'x-generation-id': generation.id, ...retryAfter(failure) },
    });
  }
}

/** The caller's request, with what its headers, a preset, its key and its workspace say of it. */
export async function decodeCall(call: GenerationCall): Promise<GenerationRequest> {
  const { request, format, address, caller, parts } = call;
  expectJson(request);
  const body = await readBody(request, BODY_BYTES_MAX);
  const { policies } = parts;
  const { workspaceId } = caller.key;
  const own = format.server.decodeRequest(body, address);
  const filled = applyPreset(own, { format, address, workspaceId, policies });
  const plain = withSessionHeader(withDefaults(filled, caller.key, policies), request.headers);
  return withFormatHeaders(plain, format, request.headers);
}

export function retryAfter(failure: Failure): Record<string, string> {
  const seconds = failure.detail.retryAfterSeconds;
  return seconds === undefined ? {} : { 'retry-after': String(Math.ceil(seconds)) };
}

/** In the words of the caller's format. */
export function statusOf({ policy }: Failure, { server }: WireFormat): number {
  return server.statuses?.[policy.status] ?? policy.status;
}

/** What callers of a format say above the body. Longer words than any of theirs are nobody's. */
function withFormatHeaders(decoded: GenerationRequest, format: WireFormat, headers: Headers): GenerationRequest {
  const given = (format.server.headers ?? []).flatMap((name) => {
    const value = headers.get(name);
    return value !== null && value !== '' && value.length <= HEADER_MAX ? [[name, value] as const] : [];
  });
  if (given.length === 0) return decoded;
  return { ...decoded, origin: { ...decoded.origin, headers: Object.fromEntries(given) } };
}

const HEADER_MAX = 2_048;

/** `x-session-id` says the same as the body's `session_id`, which wins. */
function withSessionHeader(decoded: GenerationRequest, headers: Headers): GenerationRequest {
  const sessionId = headers.get('x-session-id');
  if (sessionId === null || decoded.features.sessionId !== undefined) return decoded;
  if (sessionId.length > 256) throw new Failure('invalid-request', { message: 'x-session-id: at most 256 characters' });
  return { ...decoded, features: { ...decoded.features, sessionId } };
}

class Answer {
  readonly #call: GenerationCall;
  readonly #request: GenerationRequest;
  readonly #generation: ServedGeneration;
  readonly #tap: ContentTap | undefined;
  readonly #wantsMetadata: boolean;
  #encoder: AnswerEncoder | undefined;

  constructor(
    call: GenerationCall,
    request: GenerationRequest,
    { generation, tap }: { readonly generation: ServedGeneration; readonly tap: ContentTap | undefined },
  ) {
    this.#call = call;
    this.#request = request;
    this.#generation = generation;
    this.#tap = tap;
    const { headers } = call.request;
    const level = headers.get('x-openrouter-metadata') ?? headers.get('x-openrouter-experimental-metadata');
    this.#wantsMetadata = level === 'enabled';
  }

  /** The answer has ended as far as the caller sees it: what passed is stored, where that is wanted. */
  keep(failure: Failure | undefined): void {
    const { id, createdAtMs, isSettled } = this.#generation;
    // What is in no log has no content either.
    if (isSettled) this.#tap?.close(this.#request, { id, createdAtMs, failure });
  }

  /** One body, folded from all events. Nothing is sent before the provider's answer is whole. */
  async plain(): Promise<Response> {
    const events = [...(await this.#generation.start())];
    while (!isWhole(events)) events.push(...(await this.#generation.next()));
    const healed = await this.#generation.heal(events);
    const usage = this.#generation.finish(this.#lossesOf(healed));
    const body = this.#open().encodeResult(healed, usage, this.#extra());
    this.#tap?.noteAnswer(body);
    this.keep(undefined);
    return new Response(body as Uint8Array<ArrayBuffer>, {
      headers: { 'content-type': 'application/json', 'x-generation-id': this.#generation.id },
    });
  }

  /** They stand in the generation's record, which is on disk before the answer is made: so it is made once more to find them. */
  #lossesOf(events: readonly GenerationEvent[]): readonly Loss[] {
    if (events.some(({ type }) => type === 'raw-result')) return [];
    const trial = this.#call.format.server.openEncoder(this.#generation.identity, this.#request);
    trial.encodeResult(events, FREE);
    return trial.losses ?? [];
  }

  async stream(): Promise<Response> {
    const started = this.#generation.start();
    const isLate = await this.#outlastsPatience(started);
    let next: Promise<readonly GenerationEvent[]> | undefined = started;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          if (isLate) controller.enqueue(this.#keepAlive());
        },
        // Pulled by the caller's socket: a slow reader asks less often, and the provider is read no faster.
        pull: async (controller) => {
          const events = next ?? this.#generation.next();
          next = undefined;
          await this.#forward(events, controller);
        },
        cancel: () => this.#leave(),
      },
      { highWaterMark: 0 },
    );
    const type = (isLate ? this.#waiting() : this.#open()).contentType;
    return new Response(stream, {
      headers: { ...STREAM_HEADERS, ...(type && { 'content-type': type }), 'x-generation-id': this.#generation.id },
    });
  }

  /** True when the first content takes so long that the caller must hear something. Throws what `started` throws before. */
  async #outlastsPatience(started: Promise<readonly GenerationEvent[]>): Promise<boolean> {
    const { wheel } = this.#call.parts;
    const { promise, resolve } = Promise.withResolvers<'late'>();
    const alarm = wheel.set(SILENT_MS_MAX, () => resolve('late'));
    try {
      return (await Promise.race([started, promise])) === 'late';
    } finally {
      wheel.clear(alarm);
    }
  }

  /** Sends at least one piece, or ends the stream. While the provider thinks in silence, comments keep the connection alive. */
  async #forward(
    first: Promise<readonly GenerationEvent[]>,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    const { wheel } = this.#call.parts;
    const alarm = wheel.set(SILENT_MS_MAX, () => {
      controller.enqueue(this.#keepAlive());
      wheel.move(alarm, SILENT_MS_MAX);
    });
    try {
      let events = await first;
      for (;;) {
        const encoder = this.#open();
        const frames = encoder.encodeEvents(events);
        // Settled before the end is reported: what the caller saw end is on disk.
        const end = isWhole(events)
          ? encoder.encodeEnd(this.#generation.finish(encoder.losses), this.#extra())
          : undefined;
        if (frames) this.#send(controller, frames);
        if (end) {
          this.#send(controller, end);
          controller.close();
          this.keep(undefined);
        }
        if (frames || end) return;
        events = await this.#generation.next();
      }
    } catch (error) {
      this.#fail(controller, error);
    } finally {
      wheel.clear(alarm);
    }
  }

  #send(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array): void {
    this.#tap?.noteAnswer(bytes);
    controller.enqueue(bytes);
  }

  #leave(): void {
    this.#generation.cancel();
    this.keep(new Failure('caller-left', { message: 'The caller closed the connection' }));
  }

  #keepAlive(): Uint8Array {
    return this.#waiting().encodeKeepAlive();
  }

  /** For what does not depend on who answers. */
  #waiting(): AnswerEncoder {
    return this.#encoder ?? this.#call.format.server.openEncoder(WAITING, this.#request);
  }

  #fail(controller: ReadableStreamDefaultController<Uint8Array>, error: unknown): void {
    const failure = asFailure(error);
    if (failure.kind === 'internal') this.#call.parts.log.write('error', 'A bug while answering', bugFields(failure));
    const encoder =
      this.#encoder ?? this.#call.format.server.openEncoder({ ...WAITING, id: this.#generation.id }, this.#request);
    try {
      // No end marker follows: a broken answer never looks whole.
      if (failure.kind !== 'caller-left') this.#send(controller, encoder.encodeStreamFailure(failure));
      controller.close();
    } catch {
      // The caller's side is gone already; the generation is settled.
    }
    this.keep(failure);
  }

  #open(): AnswerEncoder {
    this.#encoder ??= this.#call.format.server.openEncoder(this.#generation.identity, this.#request);
    return this.#encoder;
  }

  #extra(): { openrouter_metadata: ReturnType<ServedGeneration['metadata']> } | undefined {
    return this.#wantsMetadata ? { openrouter_metadata: this.#generation.metadata() } : undefined;
  }
}

const FREE = { usage: NO_USAGE, cost: { cost: 0, promptCost: 0, completionCost: 0, isByok: false } } as const;

/** Who answers is not known yet. */
const WAITING = { id: '', model: '', provider: '', created: 0 } as const;

function isWhole(events: readonly GenerationEvent[]): boolean {
  return events.at(-1)?.type === 'generation-end';
}

function bugFields(failure: Failure): Record<string, string> {
  const { cause } = failure.detail;
  return { stack: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
}
