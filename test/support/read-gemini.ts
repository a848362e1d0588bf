import type { JsonObject } from '../../src/base/json.ts';

/** What a caller of Gemini has in hand after an answer, read without any code of ours. */
export interface GeminiAnswer {
  text: string;
  reasoning: string;
  readonly toolCalls: {
    readonly id: string;
    readonly name: string;
    readonly args: JsonObject;
    readonly seal?: string;
  }[];
  /** Parts that are neither text nor calls. */
  readonly others: JsonObject[];
  readonly finishReasons: string[];
  /** Usage of the chunk that carries a reason to finish, or comes after it. */
  usage: JsonObject | undefined;
  readonly errors: JsonObject[];
  readonly chunks: GeminiChunk[];
}

export interface GeminiChunk {
  readonly candidates?: readonly {
    readonly content?: { readonly parts?: readonly GeminiPart[] };
    readonly finishReason?: string | null;
  }[];
  readonly usageMetadata?: JsonObject;
  readonly error?: JsonObject;
  readonly responseId?: string;
  readonly modelVersion?: string;
}

interface GeminiPart {
  readonly text?: string;
  readonly thought?: boolean;
  readonly thoughtSignature?: string;
  readonly functionCall?: { readonly id: string; readonly name: string; readonly args: JsonObject };
}

/** Reads a stream as Google's own SDK does: blocks between empty lines, those that begin with `data:`. */
export function readGeminiStream(bytes: Uint8Array | string): GeminiAnswer {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const blocks = text.split('\n\n').map((block) => block.trim());
  const data = blocks.filter((block) => block.startsWith('data: ')).map((block) => block.slice(6));
  return readGemini(data.map((json) => JSON.parse(json) as GeminiChunk));
}

export function readGemini(chunks: readonly GeminiChunk[]): GeminiAnswer {
  const answer: GeminiAnswer = {
    text: '',
    reasoning: '',
    toolCalls: [],
    others: [],
    finishReasons: [],
    usage: undefined,
    errors: [],
    chunks: [...chunks],
  };
  for (const chunk of chunks) {
    const [candidate] = chunk.candidates ?? [];
    for (const part of candidate?.content?.parts ?? []) addPart(answer, part);
    if (candidate?.finishReason) answer.finishReasons.push(candidate.finishReason);
    if (answer.finishReasons.length > 0) answer.usage = chunk.usageMetadata;
    if (chunk.error) answer.errors.push(chunk.error);
  }
  return answer;
}

function addPart(answer: GeminiAnswer, part: GeminiPart): void {
  const { text, thought, functionCall, thoughtSignature: seal } = part;
  if (text !== undefined && thought) answer.reasoning += text;
  else if (text !== undefined) answer.text += text;
  else if (functionCall) answer.toolCalls.push({ ...functionCall, ...(seal !== undefined && { seal }) });
  else answer.others.push(part as JsonObject);
}
