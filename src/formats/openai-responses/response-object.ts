import type { Json, JsonObject } from '../../base/json.ts';
import type { FinishReason } from '../../generation/event.ts';
import type { Failure } from '../../generation/failure.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { AnswerIdentity } from '../format.ts';
import { textFormatOf } from './request-fields.ts';

/** What a response repeats of its request: SDKs read these fields whether or not they were sent. */
export function responseFrame(identity: AnswerIdentity, request: GenerationRequest | undefined): JsonObject {
  const field = (name: string): Json => request?.field(name) ?? null;
  const own = (name: string): Json => ownField(request, name);
  const format = textFormatOf(request?.field('response_format')) ?? { type: 'text' };
  return {
    id: identity.id,
    object: 'response',
    created_at: identity.created,
    model: identity.model,
    provider: identity.provider,
    error: null,
    incomplete_details: null,
    instructions: own('instructions'),
    metadata: own('metadata'),
    max_output_tokens: field('max_tokens'),
    max_tool_calls: own('max_tool_calls'),
    parallel_tool_calls: request?.field('parallel_tool_calls') ?? true,
    previous_response_id: null,
    temperature: field('temperature'),
    top_p: field('top_p'),
    presence_penalty: field('presence_penalty'),
    frequency_penalty: field('frequency_penalty'),
    top_logprobs: request?.field('top_logprobs') ?? 0,
    tool_choice: own('tool_choice') ?? 'auto',
    tools: own('tools') ?? [],
    text: { format, ...(field('verbosity') !== null && { verbosity: field('verbosity') }) },
    reasoning: request?.field('reasoning') ?? null,
    truncation: own('truncation') ?? 'disabled',
    service_tier: field('service_tier'),
    user: null,
    store: false,
    background: false,
  };
}

/** A field of the caller's own body, where the caller speaks this format. */
function ownField(request: GenerationRequest | undefined, name: string): Json {
  if (request?.origin.format !== 'openai-responses') return null;
  const node = request.origin.fields.get(name);
  return node === undefined ? null : (request.origin.document.value(node) as Json);
}

/** How an answer ended, in this format's words. */
export function endOf(finishReason: FinishReason | undefined): JsonObject {
  if (finishReason === 'length') return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  if (finishReason === 'content_filter')
    return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
  return { status: 'completed', incomplete_details: null };
}

/** `response.error` has few codes (reference/openrouter.md a.5); the exact one stands in `error_type`. */
export function responseError(failure: Failure): JsonObject {
  const { errorType } = failure.policy;
  const code =
    errorType === 'rate_limit_exceeded'
      ? errorType
      : errorType === 'context_length_exceeded' || errorType === 'invalid_request'
        ? 'invalid_prompt'
        : errorType === 'image_download_failed'
          ? 'failed_to_download_image'
          : 'server_error';
  return { code, message: failure.detail.message };
}
