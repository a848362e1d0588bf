import { z } from 'zod';
import { redact } from '../../base/redact.ts';
import { Failure, type FailureDetail, type FailureKind } from '../../generation/failure.ts';

const KIND_OF_STATUS: Readonly<Record<number, FailureKind>> = {
  400: 'provider-rejected',
  401: 'provider-unauthorised',
  402: 'provider-unpaid',
  403: 'provider-forbidden',
  404: 'provider-model-missing',
  408: 'provider-error',
  409: 'provider-error',
  413: 'provider-payload-too-large',
  422: 'provider-unprocessable',
  424: 'provider-error',
  429: 'provider-rate-limited',
  498: 'provider-overloaded',
  503: 'provider-overloaded',
  529: 'provider-overloaded',
};

const KIND_OF_CODE: readonly (readonly [RegExp, FailureKind])[] = [
  [/context_length|context_window|string_too_long/, 'provider-context-too-long'],
  [/insufficient_quota|insufficient_balance|billing|payment/, 'provider-unpaid'],
  [/rate_?limit|too_many_requests|throttl/, 'provider-rate-limited'],
  [/overloaded|capacity|unavailable/, 'provider-overloaded'],
  [/invalid_api_key|authentication|unauthorized/, 'provider-unauthorised'],
  [/content_policy|content_filter|moderation|safety/, 'provider-moderated'],
  [/model_not_found|not_found/, 'provider-model-missing'],
  [/permission|forbidden/, 'provider-forbidden'],
  [/invalid_request|invalid_argument|bad_request|invalid_prompt/, 'provider-rejected'],
];

const TOO_LONG =
  /context (?:length|window)|maximum (?:context|prompt)|prompt is too long|too many (?:input )?tokens|reduce the length/i;
const FLAGGED = /flagged|moderation|content policy|safety (?:system|polic)/i;

/** What FastAPI says of a body that it refuses, and so Mistral, vLLM and many others: words, or a list of places. */
const detailSchema = z.union([
  z.string(),
  z
    .array(z.looseObject({ msg: z.string(), loc: z.array(z.union([z.string(), z.number()])).catch([]) }))
    .transform((list) => list.map(({ loc, msg }) => (loc.length > 0 ? `${loc.join('.')}: ${msg}` : msg)).join('; ')),
]);

const nestedDetail = z.looseObject({ detail: detailSchema }).transform(({ detail }) => detail);

const errorSchema = z.looseObject({
  message: z.union([z.string(), nestedDetail]).optional().catch(undefined),
  detail: detailSchema.optional().catch(undefined),
  code: z.union([z.string(), z.number()]).nullish().catch(undefined),
  type: z.string().nullish().catch(undefined),
  status: z.union([z.string(), z.number()]).nullish().catch(undefined),
  /** Azure's: which of its filters refused the prompt. */
  innererror: z
    .looseObject({ content_filter_result: z.record(z.string(), z.unknown()).optional().catch(undefined) })
    .nullish()
    .catch(undefined),
  metadata: z
    .looseObject({ raw: z.string().optional().catch(undefined) })
    .nullish()
    .catch(undefined),
});

/** What an error object means, wherever it stood: in a body, or in the stream of a 200. */
export function failureOfErrorObject(
  value: unknown,
  httpStatus: number | undefined,
  retryAfterSeconds?: number,
): Failure {
  const error = readError(value);
  const code = error.code ?? undefined;
  const numeric = typeof code === 'number' ? code : /^[45]\d\d$/.test(String(code)) ? Number(code) : undefined;
  const status = httpStatus ?? numeric ?? (typeof error.status === 'number' ? error.status : undefined);
  const words = [
    typeof code === 'string' ? code : '',
    error.type ?? '',
    typeof error.status === 'string' ? error.status : '',
  ]
    .join(' ')
    .toLowerCase();
  const message = error.metadata?.raw ?? error.message ?? error.detail ?? '';
  const reasons = filtersOf(error.innererror?.content_filter_result ?? {});
  const detail: FailureDetail = {
    message: 'Provider returned error',
    providerMessage: redact(message),
    ...(code !== undefined && { providerCode: redact(String(code), 100) }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(reasons.length > 0 && { metadata: { reasons } }),
  };
  return new Failure(kindOf(status, words, message), detail);
}

const filterSchema = z.looseObject({ filtered: z.literal(true) });

function filtersOf(results: Readonly<Record<string, unknown>>): readonly string[] {
  const names = Object.keys(results).filter((name) => filterSchema.safeParse(results[name]).success);
  return names.map((name) => name.slice(0, 100)).slice(0, 20);
}

function readError(value: unknown): z.infer<typeof errorSchema> {
  if (typeof value === 'string') return { message: value };
  const parsed = errorSchema.safeParse(value);
  return parsed.success ? parsed.data : {};
}

function kindOf(status: number | undefined, words: string, message: string): FailureKind {
  const isBadRequest = status === undefined || status === 400 || status === 413 || status === 422;
  if (isBadRequest && TOO_LONG.test(message)) return 'provider-context-too-long';
  if ((status === 400 || status === 403) && FLAGGED.test(message)) return 'provider-moderated';
  if (status === undefined || status === 400) {
    for (const [pattern, kind] of KIND_OF_CODE) if (pattern.test(words)) return kind;
  }
  if (status === undefined) return 'provider-error';
  if (status === 429 && /insufficient_quota/.test(words)) return 'provider-unpaid';
  return KIND_OF_STATUS[status] ?? (status >= 500 ? 'provider-error' : 'provider-rejected');
}

/** A non-2xx answer. Its body may be anything: an error object, plain text, a proxy's HTML page. */
export function decodeChatFailure(answer: { status: number; headers: Headers; body: Uint8Array }): Failure {
  const retryAfter = readRetryAfter(answer.headers);
  if (answer.status < 400) {
    return new Failure('provider-garbled', {
      message:
        answer.status >= 300 ? 'The provider answered with a redirect' : `The provider answered ${answer.status}`,
    });
  }
  const text = new TextDecoder().decode(answer.body.subarray(0, 65_536)).trim();
  if (/^<(?:!doctype|html)/i.test(text)) {
    return failureOfErrorObject('The provider answered with an HTML page', answer.status, retryAfter);
  }
  try {
    const body: unknown = JSON.parse(text);
    const inner = z.looseObject({ error: z.unknown() }).safeParse(Array.isArray(body) ? body[0] : body);
    const error = inner.success && inner.data.error ? inner.data.error : body;
    return failureOfErrorObject(error, answer.status, retryAfter);
  } catch {
    return failureOfErrorObject(text, answer.status, retryAfter);
  }
}

/** Seconds from `Retry-After` (seconds or a date, measured by the answer's own `Date`) or `retry-after-ms`. */
export function readRetryAfter(headers: Headers): number | undefined {
  const milliseconds = headers.get('retry-after-ms');
  if (milliseconds !== null && /^\d{1,12}(?:\.\d+)?$/.test(milliseconds)) return Number(milliseconds) / 1000;
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,12}(?:\.\d+)?$/.test(value)) return Number(value);
  const until = Date.parse(value);
  const now = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(until) || Number.isNaN(now)) return undefined;
  return Math.max(0, (until - now) / 1000);
}
