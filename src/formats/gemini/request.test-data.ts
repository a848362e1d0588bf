import type { JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import type { RequestTarget } from '../format.ts';
import gemini from '../gemini.ts';
import openaiChat from '../openai-chat.ts';

export const bytesOf = (value: object | string) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
export const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
export const decode = (body: object | string) =>
  gemini.server.decodeRequest(bytesOf(body), { model: 'demo/talker', stream: true });
export const user = (...parts: object[]) => ({ role: 'user', parts });
export const model = (...parts: object[]) => ({ role: 'model', parts });

export const target: RequestTarget = {
  upstreamModel: 'gemini-2.5-flash',
  stream: true,
  quirks: {},
  supportedParameters: ['tools', 'temperature', 'max_tokens', 'reasoning', 'response_format', 'top_p', 'seed', 'stop'],
};
export interface Sent {
  readonly contents: readonly { readonly role: string; readonly parts: readonly JsonObject[] }[];
  readonly generationConfig?: JsonObject;
  readonly [name: string]: unknown;
}
export function encode(request: ReturnType<typeof decode>, to: Partial<RequestTarget> = {}) {
  const losses: Loss[] = [];
  const body = gemini.client.encodeRequest(request, { ...target, ...to }, losses);
  return { body: JSON.parse(textOf(body)) as Sent, losses };
}
/** Through the canonical language, as when a plugin changed it. */
export function rebuild(body: object, to: Partial<RequestTarget> = {}) {
  const request = decode(body);
  return encode({ ...request, origin: { ...request.origin, isRevised: true } }, to);
}
export const chat = (body: object) =>
  openaiChat.server.decodeRequest(
    bytesOf({ model: 'demo/talker', messages: [{ role: 'user', content: 'Hi' }], ...body }),
  );
