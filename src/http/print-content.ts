import { z } from 'zod';
import type { StoredContent } from '../accounts/stored-content.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { GenerationContent } from '../contract/stored-content.ts';
import type { FoldedAnswer } from '../gateway/fold-answer.ts';
import { FAILURES, type FailureKind } from '../generation/failure.ts';

/** Stored content as OpenRouter shows it: the messages or the prompt, the answer's words, and what failed. */
export function printContent(
  record: GenerationRecord,
  content: StoredContent,
  words: FoldedAnswer | undefined,
): GenerationContent {
  return {
    input: printInput(content.request.text),
    output: { completion: words?.completion ?? null, reasoning: words?.reasoning ?? null },
    error: content.failure ? printError(record, content.failure) : null,
  };
}

const list = z.array(z.unknown());
/** Where the wire formats keep what is asked; the first that is there counts. */
const body = z.object({
  messages: list.optional().catch(undefined),
  input: z.union([z.string(), list]).optional().catch(undefined),
  contents: list.optional().catch(undefined),
  prompt: z.union([z.string(), list]).optional().catch(undefined),
  query: z.string().optional().catch(undefined),
});

/** A body that was cut is JSON no more, and shown as it is. */
function printInput(text: string): GenerationContent['input'] {
  const parsed = readBody(text);
  const asked = parsed?.messages ?? parsed?.input ?? parsed?.contents ?? parsed?.prompt ?? parsed?.query;
  if (asked === undefined) return { prompt: text };
  return typeof asked === 'string' ? { prompt: asked } : { messages: asked };
}

function readBody(text: string): z.infer<typeof body> | undefined {
  try {
    return body.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function printError(
  { attempts }: GenerationRecord,
  { status, message }: NonNullable<StoredContent['failure']>,
): GenerationContent['error'] {
  const failed = attempts.filter(({ failure }) => failure !== undefined);
  const last = failed.at(-1);
  return {
    status,
    message,
    provider_name: last?.providerName ?? null,
    raw: null,
    previous_errors: failed.slice(0, -1).map((attempt) => ({
      code: attempt.status ?? FAILURES[attempt.failure as FailureKind]?.status ?? 502,
      message: attempt.failureMessage ?? '',
      provider_name: attempt.providerName,
      raw: null,
    })),
  };
}
