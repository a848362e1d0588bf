import { cleanAnswer } from '../text/clean-text.ts';

/** An answer of the API that is no success. `code` is stable, `message` may be shown. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(status: number, code: string, message: string, requestId?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

let base = '';

/** The installation's path prefix; set once at the start. */
export function setApiBase(prefix: string): void {
  base = prefix;
}

/** `/api/…` or a page's path as the browser must ask for it. */
export function withBase(path: string): string {
  return path.startsWith('/') ? `${base}${path}` : path;
}

export interface ApiCall {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** The answer's texts go back as they came, such as a conversation: whoever shows them cleans them. */
  readonly isVerbatim?: boolean;
}

/** Calls our own API with the session's cookie. Throws an `ApiError`; `status` 0 when no answer came. */
export async function fetchApi<Answer>(path: string, call: ApiCall = {}): Promise<Answer> {
  const response = await sendApi(path, call);
  const text = await response.text();
  const read = readJson(text);
  const body = call.isVerbatim ? read : cleanAnswer(read);
  if (!response.ok) throw errorOf(response, body);
  return body as Answer;
}

/** The raw response, for streams. Its status is the caller's to look at. */
export async function sendApi(path: string, call: ApiCall = {}): Promise<Response> {
  const { method = 'GET', body, signal, headers } = call;
  try {
    return await fetch(withBase(path), {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'The server does not answer. Is it running, and is the network there?');
  }
}

/** Reads the body of a response that is no success. */
export function errorOf(response: Response, body: unknown): ApiError {
  const error = field(body, 'error');
  const message = field(error, 'message');
  const type = field(field(error, 'metadata'), 'error_type');
  return new ApiError(
    response.status,
    typeof type === 'string' ? type : `http-${response.status}`,
    typeof message === 'string' ? message : `The server answered with status ${response.status}.`,
    response.headers.get('x-request-id') ?? undefined,
  );
}

export function readJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
