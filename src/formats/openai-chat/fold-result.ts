import type { JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { encodeReasoningDetail, type ReasoningPiece } from '../../generation/reasoning.ts';
import type { AnswerIdentity } from '../format.ts';

/** What the events of an answer amount to, in the fields of a chat message. */
interface Folded {
  content: string;
  refusal: string;
  /** By part; the pieces of one part are one detail. */
  readonly reasoning: Map<number, ReasoningPiece>;
  readonly calls: Map<number, { id: string; name: string; arguments: string }>;
  readonly images: JsonObject[];
  sound: string;
  transcript: string;
  readonly annotations: JsonObject[];
  readonly logprobs: JsonObject[];
  finish: JsonObject;
}

/** One plain answer from the events of another format. */
export function foldResult(
  events: readonly GenerationEvent[],
  identity: AnswerIdentity,
  extra: JsonObject,
): JsonObject {
  const folded = fold(events);
  const toolCalls = [...folded.calls.values()].map((call, index) => ({
    id: callId(call.id, index, identity),
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const pieces = [...folded.reasoning.values()];
  const thoughts = pieces
    .flatMap((piece) => (piece.kind === 'text' || piece.kind === 'summary' ? [piece.text] : []))
    .join('');
  const hasSound = folded.sound !== '' || folded.transcript !== '';
  const message = {
    role: 'assistant',
    content: folded.content === '' && (toolCalls.length > 0 || folded.refusal !== '') ? null : folded.content,
    refusal: folded.refusal === '' ? null : folded.refusal,
    ...(thoughts !== '' && { reasoning: thoughts }),
    ...(pieces.length > 0 && { reasoning_details: pieces.map(encodeReasoningDetail) }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    ...(folded.images.length > 0 && { images: folded.images }),
    ...(hasSound && { audio: { data: folded.sound, transcript: folded.transcript } }),
    ...(folded.annotations.length > 0 && { annotations: folded.annotations }),
  };
  const logprobs = folded.logprobs.length > 0 ? { content: folded.logprobs, refusal: null } : null;
  const { id, model, provider, created } = identity;
  const head = { id, object: 'chat.completion', created, model, provider, system_fingerprint: null };
  return { ...head, choices: [{ index: 0, message, logprobs, ...folded.finish }], ...extra };
}

/** Some providers give a call no id, by which its result must be told later. */
export function callId(given: string, index: number, { id }: AnswerIdentity): string {
  return given === '' ? `call_${id}_${index}` : given;
}

function fold(events: readonly GenerationEvent[]): Folded {
  const folded: Folded = {
    content: '',
    refusal: '',
    reasoning: new Map(),
    calls: new Map(),
    images: [],
    sound: '',
    transcript: '',
    annotations: [],
    logprobs: [],
    finish: {},
  };
  for (const event of events) add(folded, event);
  return folded;
}

function add(folded: Folded, event: GenerationEvent): void {
  switch (event.type) {
    case 'text-delta':
      folded.content += event.text;
      return;
    case 'refusal-delta':
      folded.refusal += event.text;
      return;
    case 'reasoning-delta':
      addReasoning(folded.reasoning, event);
      return;
    case 'tool-call-start':
      folded.calls.set(event.part, { id: event.id, name: event.name, arguments: '' });
      return;
    case 'tool-call-delta': {
      const call = folded.calls.get(event.part);
      if (call) call.arguments += event.argumentsJson;
      return;
    }
    case 'annotation':
      folded.annotations.push(event.annotation);
      return;
    case 'logprobs':
      folded.logprobs.push(...event.content);
      return;
    case 'media-delta':
      addMedia(folded, event);
      return;
    case 'finish':
      folded.finish = { finish_reason: event.finishReason, native_finish_reason: event.nativeFinishReason };
  }
}

function addReasoning(
  pieces: Map<number, ReasoningPiece>,
  { part, kind = 'text', text, signature, id, format }: GenerationEvent & { readonly type: 'reasoning-delta' },
): void {
  const before = pieces.get(part);
  pieces.set(part, {
    ...before,
    kind: before?.kind ?? kind,
    text: (before?.text ?? '') + text,
    ...(signature !== undefined && { signature }),
    ...(id !== undefined && { id }),
    ...(format !== undefined && { format }),
  });
}

function addMedia(folded: Folded, event: GenerationEvent & { readonly type: 'media-delta' }): void {
  if (event.modality === 'image') {
    const url = `data:${event.mediaType};base64,${event.base64}`;
    folded.images.push({ type: 'image_url', image_url: { url } });
    return;
  }
  folded.sound += event.base64;
  folded.transcript += event.transcript ?? '';
}
