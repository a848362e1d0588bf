import type { ApiKey } from '../accounts/api-key.ts';
import type { ContentMode, ContentPolicy } from '../accounts/content-policy.ts';
import { SECRET_LENGTH_MAX } from '../accounts/redact-secrets.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { Failure } from '../generation/failure.ts';
import type { GenerationRequest } from '../generation/request.ts';

/** Takes in what callers sent and were answered, where their workspace wants it stored. */
export interface ContentIntake {
  /** Undefined where nothing is stored: nothing is then kept anywhere. `sample`: the name of the session, or of the request. */
  open(key: ApiKey, sample: string): ContentTap | undefined;
}

/** The beginning of a body, in the pieces that passed. */
export interface BodyDraft {
  readonly pieces: readonly Uint8Array[];
  /** Of the whole body. */
  readonly totalBytes: number;
}

export interface SentDraft extends BodyDraft {
  readonly endpointId: string;
  readonly providerName: string;
}

/** Raw texts of one generation that has ended, to be cut, redacted and sealed by and by. */
export interface ContentDraft {
  readonly id: string;
  readonly createdAtMs: number;
  readonly key: ApiKey;
  readonly policy: ContentPolicy;
  readonly format: string;
  readonly streamed: boolean;
  readonly request: BodyDraft;
  readonly answer: BodyDraft;
  readonly sent: readonly SentDraft[];
  readonly failure?: { readonly kind: string; readonly status: number; readonly message: string };
}

export interface TapOptions {
  readonly key: ApiKey;
  readonly policy: ContentPolicy;
  readonly mode: Exclude<ContentMode, 'off'>;
  keep(draft: ContentDraft): void;
}

/** Keeps references to the bytes of one generation as they pass, up to the policy's size. Nothing is read or copied on the way. */
export class ContentTap {
  readonly #options: TapOptions;
  readonly #answer: Uint8Array[] = [];
  readonly #sent: SentDraft[] = [];
  #answerBytes = 0;
  #keptBytes = 0;
  #isClosed = false;

  constructor(options: TapOptions) {
    this.#options = options;
  }

  /** What a provider was sent: the body alone, never a header. */
  readonly noteSent = ({ id, providerName }: Endpoint, body: Uint8Array): void => {
    this.#sent.push({ endpointId: id, providerName, ...this.#begin(body) });
  };

  /** What the caller was sent. */
  noteAnswer(bytes: Uint8Array): void {
    this.#answerBytes += bytes.length;
    if (this.#keptBytes >= this.#lookAtMax) return;
    this.#keptBytes += bytes.length;
    this.#answer.push(bytes);
  }

  /** The answer has ended. A second end of the same answer is none. */
  close(
    { features, origin }: GenerationRequest,
    end: { readonly id: string; readonly createdAtMs: number; readonly failure: Failure | undefined },
  ): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { key, policy, mode, keep } = this.#options;
    const { id, createdAtMs, failure } = end;
    if (mode === 'errors' && (failure === undefined || failure.kind === 'caller-left')) return;
    keep({
      ...{ id, createdAtMs, key, policy, format: origin.format, streamed: features.stream },
      request: this.#begin(origin.received ?? origin.body),
      answer: { pieces: this.#answer, totalBytes: this.#answerBytes },
      sent: this.#sent,
      ...(failure && {
        failure: { kind: failure.kind, status: failure.policy.status, message: failure.detail.message },
      }),
    });
  }

  #begin(body: Uint8Array): BodyDraft {
    // A copy of the beginning, so that the whole of a large body is not held any longer.
    const piece = body.length > this.#lookAtMax ? body.slice(0, this.#lookAtMax) : body;
    return { pieces: [piece], totalBytes: body.length };
  }

  /** More than is stored, so that a secret across the cut is seen whole. */
  get #lookAtMax(): number {
    return this.#options.policy.bytesMax + SECRET_LENGTH_MAX;
  }
}
