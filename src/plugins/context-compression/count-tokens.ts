import type { Message, Part, RequestContent } from '../../generation/request.ts';

/** As everywhere before a provider has counted: a token for four bytes, and a fixed share for a picture or file. */
const BYTES_PER_TOKEN = 4;
const MEDIA_TOKENS = 1_000;
/** The words around a message: its role, its marks. */
const MESSAGE_TOKENS = 4;

export function countTokens(message: Message): number {
  return MESSAGE_TOKENS + countParts(message.content);
}

/** Tools are part of every prompt. */
export function countToolTokens(content: RequestContent): number {
  const { tools, nativeTools = [] } = content;
  if (tools.length === 0 && nativeTools.length === 0) return 0;
  return tokensOf(JSON.stringify([tools, nativeTools]));
}

export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

function countParts(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + countPart(part), 0);
}

function countPart(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return tokensOf(part.text);
    case 'media':
      return MEDIA_TOKENS;
    case 'tool-call':
      return tokensOf(part.name) + tokensOf(part.argumentsJson);
    case 'tool-result':
      return countParts(part.content);
    case 'native':
      return tokensOf(JSON.stringify(part.data));
  }
}
