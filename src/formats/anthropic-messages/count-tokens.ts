import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import type { GenerationRequest } from '../../generation/request.ts';
import type { PromptCount, RequestTarget } from '../format.ts';
import { encodeMessagesRequest } from './encode-request.ts';

/** What Anthropic counts; anything else beside it is refused. */
const COUNTED = [
  ...['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'cache_control'],
  ...['output_config', 'output_format', 'context_management', 'mcp_servers'],
] as const;

const countSchema = z.looseObject({ input_tokens: z.number().int().min(0).max(1_000_000_000) });

/** The count in Anthropic's words; one that is our own says so. */
export function encodeCount({ tokens, provenance }: PromptCount): JsonObject {
  return { input_tokens: tokens, ...(provenance !== 'reported' && { usage_source: provenance }) };
}

export function encodeCountRequest(request: GenerationRequest, target: RequestTarget): Uint8Array {
  const encoded = new TextDecoder().decode(encodeMessagesRequest(request, target, []));
  const body = z.record(z.string(), z.unknown()).parse(JSON.parse(encoded));
  const counted = COUNTED.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]] as const]));
  return new TextEncoder().encode(JSON.stringify(Object.fromEntries(counted)));
}

export function decodeCount(body: Uint8Array): number | undefined {
  try {
    const count = countSchema.safeParse(JSON.parse(new TextDecoder().decode(body)));
    return count.success ? count.data.input_tokens : undefined;
  } catch {
    return undefined;
  }
}
