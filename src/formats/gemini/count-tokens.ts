import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import { joinBytes } from '../../base/json-edits.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { PromptCount, RequestTarget } from '../format.ts';
import { encodeGeminiRequest, modelPath } from './encode-request.ts';

const encoder = new TextEncoder();

/** Google's answer to `:countTokens`. An estimate of ours is told to be one, as in usage. */
export function encodeCount({ tokens, provenance }: PromptCount): JsonObject {
  return { totalTokens: tokens, ...(provenance !== 'reported' && { usage_source: provenance }) };
}

export function countPath(target: RequestTarget): string {
  return `${modelPath(target)}:countTokens`;
}

/** The whole request, with its instructions and tools: the contents alone would count too little. */
export function encodeCountRequest(request: GenerationRequest, target: RequestTarget): Uint8Array {
  const body = encodeGeminiRequest(request, target, []);
  const model = `models/${target.upstreamModel.replace(/^models\//, '')}`;
  const start = encoder.encode(`{"generateContentRequest":{"model":${JSON.stringify(model)},`);
  return joinBytes([start, body.subarray(1), encoder.encode('}')]);
}

const countSchema = z.looseObject({ totalTokens: z.number().int().min(0).max(1_000_000_000) });

export function decodeCount(body: Uint8Array): number | undefined {
  try {
    return countSchema.safeParse(JSON.parse(new TextDecoder().decode(body))).data?.totalTokens;
  } catch {
    return undefined;
  }
}
