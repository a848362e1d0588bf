import type { JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import anthropicMessages from '../anthropic-messages.ts';
import type { RequestTarget } from '../format.ts';
import openaiChat from '../openai-chat.ts';

export const bytesOf = (value: object | string) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
export const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const ASK = { model: 'demo/talker', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };

export function decode(body: object | string): GenerationRequest {
  return anthropicMessages.server.decodeRequest(bytesOf(typeof body === 'string' ? body : { ...ASK, ...body }));
}

export const TARGET: RequestTarget = {
  upstreamModel: 'native-model',
  stream: false,
  quirks: {},
  supportedParameters: ['max_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'tools', 'reasoning'],
};
export const MODERN = [...TARGET.supportedParameters, 'reasoning_effort', 'structured_outputs'];

export function encode(request: GenerationRequest, to: Partial<RequestTarget> = {}) {
  const losses: Loss[] = [];
  const text = textOf(anthropicMessages.client.encodeRequest(request, { ...TARGET, ...to }, losses));
  const told = losses.filter(({ outcome }) => outcome !== 'renamed').map(({ field, outcome }) => `${field} ${outcome}`);
  return { text, body: JSON.parse(text) as Record<string, JsonObject & never>, told, losses };
}

export function fromChat(body: object): GenerationRequest {
  return openaiChat.server.decodeRequest(bytesOf({ ...ASK, ...body }));
}

export function toChat(
  request: GenerationRequest,
  supportedParameters = TARGET.supportedParameters,
  quirks: RequestTarget['quirks'] = {},
) {
  const losses: Loss[] = [];
  const target = { ...TARGET, supportedParameters, quirks };
  const text = textOf(openaiChat.client.encodeRequest(request, target, losses));
  return { body: JSON.parse(text) as Record<string, JsonObject>, losses };
}
