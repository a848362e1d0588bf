import { assert } from '../base/assert.ts';
import type { JsonObject } from '../base/json.ts';
import { redact } from '../base/redact.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { AnswerDecoder, Continuation, RequestTarget, WireFormat } from '../formats/format.ts';
import { type FinishReason, type GenerationEvent, isContent, keepEvent } from '../generation/event.ts';
import { asFailure, Failure, type FailureKind } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { Usage } from '../generation/usage.ts';
import { addressOf, connectionOf, type ProviderConnection } from './connection.ts';
import type { Alarm, Deadlines } from './deadlines.ts';
import { decodePlain } from './decode-plain.ts';
import { drain } from './drain.ts';
import { encodeFor, formatFor } from './encode-for.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { InlineMedia } from './inline-media.ts';
import { isClosedSocket, isNetworkError } from './network-error.ts';
import { quirksFor } from './quirks-for.ts';
import { readAll } from './read-all.ts';
import { requestHeaders } from './request-headers.ts';
import type { SealedTenant } from './tenant.ts';

/** A plain answer may hold pictures; an error page needs no more than its beginning. */
const PLAIN_BYTES_MAX = 64 * 1024 * 1024;
const ERROR_BYTES_MAX = 64 * 1024;

export interface CallOrder {
  readonly endpoint: Endpoint;
  readonly connection: ProviderConnection;
  readonly continuation?: Continuation;
  readonly media?: InlineMedia;
  /** What plugins took out of the request before. */
  readonly losses?: readonly Loss[];
  /** Somebody reads the answer's text on its way: frames must not pass unread. */
  readonly readsMeaning?: boolean;
  readonly tenant: SealedTenant;
  /** Told the body that the provider is sent. */
  readonly noteSent?: (endpoint: Endpoint, body: Uint8Array) => void;
}

/** One try at one endpoint: provider bytes become events, under five deadlines. */
export class EndpointCall {
  readonly endpoint: Endpoint;
  readonly startedMs: number;
  status: number | undefined;
  upstreamId: string | undefined;
  firstContentMs: number | undefined;
  contentBytes = 0;
  usage: Usage | undefined;
  reported: JsonObject | undefined;
  finishReason: FinishReason | undefined;
  nativeFinishReason: string | undefined;
  hasEnded = false;
  /** Set on a call that goes on where another one broke off. */
  readonly continuation: Continuation | undefined;
  /** What the provider did not see as the caller sent it. */
  losses: readonly Loss[] = [];

  readonly #parts: GatewayParts;
  readonly #request: GenerationRequest;
  #connection: ProviderConnection;
  readonly #order: CallOrder;
  readonly #tenant: SealedTenant;
  readonly #endUser: string | undefined;
  #media: RequestTarget['media'];
  #release: (() => void) | undefined;
  readonly #format: WireFormat;
  readonly #controller = new AbortController();
  readonly #alarms: Alarm[] = [];
  readonly #silence: Alarm;
  #firstContent: Alarm | undefined;
  #failure: Failure | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #decoder: AnswerDecoder | undefined;
  #waitedMs = 0;
  #bytesInWindow = 0;

  constructor(parts: GatewayParts, request: GenerationRequest, order: CallOrder) {
    const { endpoint, connection, continuation, tenant } = order;
    this.#parts = parts;
    this.#request = request;
    this.endpoint = endpoint;
    this.continuation = continuation;
    this.#order = order;
    this.#tenant = tenant;
    this.#connection = connectionOf(connection, endpoint.upstreamModel);
    this.#format = formatFor(parts.formats, this.#connection.provider.format, request.features.task);
    const user = request.field('user');
    this.#endUser = typeof user === 'string' ? parts.hashUser(user) : undefined;
    this.startedMs = parts.clock.monotonicMs();
    this.#silence = { dueMs: 0, ring: () => this.#giveUp('provider-silent', 'The provider fell silent') };
  }

  /** Waits for the first content, or for the whole of a plain answer. The events so far are the caller's to keep. */
  async open(): Promise<readonly GenerationEvent[]> {
    try {
      return await this.#open();
    } catch (error) {
      throw this.#end(error);
    }
  }

  /** The next events, pulled: nothing is read from the provider until somebody asks. Not to be called after the end. */
  async next(): Promise<readonly GenerationEvent[]> {
    try {
      return await this.#read();
    } catch (error) {
      throw this.#end(error);
    }
  }

  /** Closes the connection to the provider at once. */
  cancel(failure: Failure): void {
    if (this.hasEnded) return;
    this.#failure ??= failure;
    this.#controller.abort();
    this.#clear();
  }

  async #open(): Promise<readonly GenerationEvent[]> {
    const { deadlines } = this.#parts;
    if (this.#connection.wake) await this.#wake();
    const url = this.#url();
    const check = this.#parts.egress.check(url, this.#connection.allowPrivateNetwork);
    if (check) await check;
    if (this.#takesInlineMediaOnly()) {
      this.#media = await this.#order.media?.fetch(this.#controller.signal, this.#format.client.opensAddress);
    }
    this.#arm(deadlines.totalMs, 'provider-total-timeout', 'The answer took too long');
    this.#firstContent = this.#arm(
      deadlines.firstContentMs,
      'provider-first-content-timeout',
      'The provider sent no content in time',
    );
    const response = await this.#fetch(url, deadlines);
    this.status = response.status;
    if (response.status < 200 || response.status > 299) {
      const body = await this.#readAll(response, ERROR_BYTES_MAX, 'cut');
      throw this.#format.client.decodeFailure({ status: response.status, headers: response.headers, body });
    }
    const type = response.headers.get('content-type') ?? '';
    if (/text\/html/i.test(type))
      throw new Failure('provider-garbled', { message: 'The provider answered with an HTML page' });
    const isStream = this.#request.features.stream && !/application\/json/i.test(type);
    return isStream ? this.#openStream(response) : this.#plain(response);
  }

  /** Loading weights takes as long as it takes: the deadlines of the call begin after it. */
  async #wake(): Promise<void> {
    const awake = await this.#connection.wake!(this.#controller.signal);
    this.#release = () => awake.release();
    if (this.#failure) throw this.#failure;
    const { provider, allowPrivateNetwork } = this.#connection;
    this.#connection = {
      provider,
      allowPrivateNetwork,
      baseUrl: awake.baseUrl,
      ...(awake.secret && { secret: awake.secret }),
    };
  }

  async #plain(response: Response): Promise<readonly GenerationEvent[]> {
    const body = await this.#readAll(response, PLAIN_BYTES_MAX, 'fail');
    const isOwnFormat = this.#isOwnFormat() && !this.#request.features.stream;
    const { readsMeaning = false } = this.#order;
    const quirks = this.#connection.provider.quirks ?? {};
    const events = decodePlain(this.#format, { body, quirks, isOwnFormat, readsMeaning });
    for (const event of events) this.#note(event);
    this.#finish();
    return events;
  }

  async #openStream(response: Response): Promise<readonly GenerationEvent[]> {
    if (!response.body) throw new Failure('provider-empty', { message: 'The provider sent an empty answer' });
    this.#reader = response.body.getReader();
    const quirks = this.#connection.provider.quirks ?? {};
    this.#decoder = this.#format.client.openDecoder({
      passThrough: this.#isOwnFormat() && !this.#order.readsMeaning,
      quirks,
    });
    const kept: GenerationEvent[] = [];
    while (this.firstContentMs === undefined && !this.hasEnded) {
      const events = await this.#read();
      if (this.firstContentMs !== undefined && kept.length === 0) return events;
      for (const event of events) kept.push(keepEvent(event));
    }
    return kept;
  }

  async #read(): Promise<readonly GenerationEvent[]> {
    const reader = this.#reader;
    const decoder = this.#decoder;
    assert(reader && decoder && !this.hasEnded, 'reading an answer that is not open');
    if (this.#failure) throw this.#failure;
    const { clock, wheel, deadlines } = this.#parts;
    const waitFromMs = clock.monotonicMs();
    wheel.move(this.#silence, deadlines.silenceMs);
    const chunk = await reader.read();
    wheel.clear(this.#silence);
    if (this.#failure) throw this.#failure;
    const events = chunk.done ? decoder.end() : decoder.push(chunk.value);
    for (const event of events) this.#note(event);
    if (this.hasEnded) {
      this.#finish();
      if (!chunk.done) void drain(reader, wheel, () => this.#controller.abort());
    } else this.#checkSpeed(clock.monotonicMs() - waitFromMs);
    return events;
  }

  /** Only time spent waiting for the provider counts: a caller who reads slowly does not make the provider slow. */
  #checkSpeed(waitedMs: number): void {
    if (this.firstContentMs === undefined) return;
    const { bytesPerSecondMin, speedWindowMs } = this.#parts.deadlines;
    this.#waitedMs += waitedMs;
    if (this.#waitedMs < speedWindowMs) return;
    const bytesPerSecond = (this.contentBytes - this.#bytesInWindow) / (this.#waitedMs / 1000);
    if (bytesPerSecond < bytesPerSecondMin)
      throw new Failure('provider-too-slow', { message: 'The provider became too slow' });
    this.#waitedMs = 0;
    this.#bytesInWindow = this.contentBytes;
  }

  #note(event: GenerationEvent): void {
    switch (event.type) {
      case 'generation-start':
        this.upstreamId ??= event.upstreamId;
        return;
      case 'usage':
        // Some servers send a last frame that counts nothing, after the one that counts.
        if (this.usage && event.usage.promptTokens + event.usage.completionTokens === 0) return;
        this.usage = event.usage;
        this.reported = event.reported;
        return;
      case 'finish':
        this.finishReason ??= event.finishReason;
        this.nativeFinishReason ??= event.nativeFinishReason;
        return;
      case 'generation-end':
        this.hasEnded = true;
        return;
      default:
        if (isContent(event)) this.#noteContent(event);
    }
  }

  #noteContent(event: GenerationEvent): void {
    if (event.type === 'raw-content') this.contentBytes += event.contentBytes;
    else if (event.type === 'tool-call-delta') this.contentBytes += event.argumentsJson.length;
    else if (event.type === 'text-delta' || event.type === 'reasoning-delta') this.contentBytes += event.text.length;
    if (this.firstContentMs !== undefined) return;
    this.firstContentMs = this.#parts.clock.monotonicMs() - this.startedMs;
    if (this.#firstContent) this.#parts.wheel.clear(this.#firstContent);
  }

  /** An answer without any content and without tokens is no answer, whatever its status says. */
  #finish(): void {
    this.#clear();
    // Where an answer broke off just before its end, there is nothing to add.
    if (this.continuation) return;
    if (this.firstContentMs === undefined && (this.usage?.completionTokens ?? 0) === 0) {
      throw new Failure('provider-empty', { message: 'The provider sent an empty answer' });
    }
  }

  async #fetch(url: URL, deadlines: Deadlines): Promise<Response> {
    const { clock } = this.#parts;
    // `fetch` does not say when the connection stands. Where headers are late, a second connection tells a busy machine
    // from one that is not there.
    let arrived = false;
    const probe = this.#parts.wheel.set(deadlines.connectMs / 2, () => {
      this.#parts.probe(url, deadlines.connectMs / 2).then((answers) => {
        if (!answers && !arrived) this.#giveUp('provider-connect-timeout', 'The provider could not be reached in time');
      });
    });
    this.#alarms.push(probe);
    const init = await this.#init(url);
    try {
      return await this.#parts.fetch(url, init);
    } catch (error) {
      const isStale =
        isClosedSocket(error) && !this.#failure && clock.monotonicMs() - this.startedMs < deadlines.connectMs;
      if (!isStale) throw error;
      // A kept-alive socket that the provider closed meanwhile is nobody's failure: once more, on a fresh one.
      return await this.#parts.fetch(url, { ...init, headers: { ...init.headers, connection: 'close' } });
    } finally {
      arrived = true;
      this.#parts.wheel.clear(probe);
    }
  }

  async #init(url: URL): Promise<RequestInit & { readonly headers: Record<string, string> }> {
    const target = this.#target();
    const quirks = this.#tenant.quirks(target.quirks);
    const encoded = encodeFor(
      this.#format,
      { request: this.#request, losses: this.#order.losses ?? [] },
      { ...target, quirks },
    );
    this.losses = encoded.losses;
    const { body } = encoded;
    this.#order.noteSent?.(this.endpoint, body);
    const unsigned = { method: 'POST', url, body };
    const { userAgent, clock } = this.#parts;
    const call = { request: this.#request, userAgent, tenant: this.#tenant, unsigned, nowMs: clock.nowMs() };
    return {
      method: 'POST',
      headers: await requestHeaders(this.#connection, this.#format.client, call),
      body,
      redirect: 'manual',
      signal: this.#controller.signal,
    };
  }

  get formatId(): string {
    return this.#format.id;
  }

  #url(): URL {
    const target = this.#target();
    return addressOf(this.#connection, this.#format.client.path(target), target.upstreamModel);
  }

  #target(): RequestTarget {
    const { upstreamModel, outputTokensMax } = this.endpoint;
    return {
      upstreamModel,
      stream: this.#request.features.stream,
      quirks: quirksFor(this.#connection.provider.quirks, upstreamModel),
      supportedParameters: this.endpoint.supportedParameters,
      contextTokensMax: this.endpoint.contextTokensMax,
      ...(outputTokensMax !== undefined && { outputTokensMax }),
      ...(this.continuation?.text && { continuation: this.continuation }),
      ...(this.#media && { media: this.#media }),
      ...(this.#endUser !== undefined && { endUser: this.#endUser }),
    };
  }

  #takesInlineMediaOnly(): boolean {
    const { inlineMediaOnly } = this.#connection.provider.quirks ?? {};
    return inlineMediaOnly ?? this.#format.client.takesInlineMediaOnly ?? false;
  }

  /** An answer that goes on has another beginning in its frames: only its meaning is used. */
  #isOwnFormat(): boolean {
    return this.continuation === undefined && this.#request.origin.format === this.#format.id;
  }

  #readAll(response: Response, bytesMax: number, beyond: 'cut' | 'fail'): Promise<Uint8Array> {
    const { wheel, deadlines } = this.#parts;
    return readAll(response, {
      bytesMax,
      beyond,
      onWait: () => wheel.move(this.#silence, Math.max(deadlines.silenceMs, deadlines.firstContentMs)),
      onRead: () => wheel.clear(this.#silence),
      onTooMuch: () => this.#controller.abort(),
    });
  }

  #arm(afterMs: number, kind: FailureKind, message: string): Alarm {
    const alarm = this.#parts.wheel.set(afterMs, () => this.#giveUp(kind, message));
    this.#alarms.push(alarm);
    return alarm;
  }

  #giveUp(kind: FailureKind, message: string): void {
    this.#failure ??= new Failure(kind, { message });
    this.#controller.abort();
  }

  #clear(): void {
    for (const alarm of this.#alarms) this.#parts.wheel.clear(alarm);
    this.#parts.wheel.clear(this.#silence);
    this.#release?.();
    this.#release = undefined;
  }

  /** Closes everything and says what the error was, in the provider's name and without its secret. */
  #end(error: unknown): Failure {
    this.#clear();
    this.#controller.abort();
    const failure = this.#failure ?? this.#translate(error);
    const secrets = this.#connection.secret?.pieces() ?? [];
    const message = failure.detail.providerMessage;
    return new Failure(failure.kind, {
      ...failure.detail,
      providerName: this.endpoint.providerName,
      ...(message !== undefined && secrets.length > 0 && { providerMessage: redact(message, 2_000, ...secrets) }),
    });
  }

  #translate(error: unknown): Failure {
    if (error instanceof Failure) return error;
    if (!isNetworkError(error)) return asFailure(error);
    return this.status === undefined
      ? new Failure('provider-unreachable', { message: 'The provider could not be reached', cause: error })
      : new Failure('provider-cut-off', { message: 'The provider closed the connection', cause: error });
  }
}
