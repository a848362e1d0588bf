/** What a caller may ask of this engine: OpenAI's chat completions, less what this engine cannot do, which it says. */
import { z } from 'zod';
import { invalid, Rejection, unsupported } from './rejection.ts';

/** OpenAI clients send null for "not given". */
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.union([z.string().transform((url) => ({ url })), z.object({ url: z.string() })]),
});
const message = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart]))]),
});

const body = z.object({
  messages: z.array(message).min(1).max(512),
  stream: optional(z.boolean()),
  stream_options: optional(z.object({ include_usage: optional(z.boolean()) })),
  max_tokens: optional(z.int().min(1)),
  max_completion_tokens: optional(z.int().min(1)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().gt(0).max(1)),
  top_k: optional(z.int().min(0).max(1_000_000)),
  min_p: optional(z.number().min(0).max(1)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  repetition_penalty: optional(z.number().gt(0).max(2)),
  seed: optional(z.int()),
  stop: optional(z.union([z.string().transform((stop) => [stop]), z.array(z.string()).max(16)])),
  response_format: optional(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: z.unknown() }) }),
    ]),
  ),
});

/** Asked for by name, refused by name: silence here would be a wrong answer that looks right. */
const refused: readonly {
  readonly param: string;
  readonly isAsked: (value: unknown) => boolean;
  readonly why: string;
}[] = [
  { param: 'n', isAsked: (value) => value !== 1, why: 'this engine gives one answer per request' },
  { param: 'logprobs', isAsked: (value) => value !== false, why: 'this engine reports no log-probabilities' },
  { param: 'top_logprobs', isAsked: (value) => value !== 0, why: 'this engine reports no log-probabilities' },
  { param: 'logit_bias', isAsked: (value) => !isEmpty(value), why: 'this engine takes no logit bias' },
  { param: 'tools', isAsked: (value) => !isEmpty(value), why: 'this model cannot call tools' },
  { param: 'functions', isAsked: (value) => !isEmpty(value), why: 'this model cannot call functions' },
];

export type ChatRequest = z.infer<typeof body>;
export type ChatMessage = z.infer<typeof message>;

export function decodeChatRequest(text: string): ChatRequest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Rejection(400, 'invalid_json', 'the body is not JSON');
  }
  if (typeof json !== 'object' || json === null) throw new Rejection(400, 'invalid_json', 'the body is not an object');
  const fields = json as Readonly<Record<string, unknown>>;
  for (const { param, isAsked, why } of refused) {
    const value = fields[param];
    // With `tool_choice: "none"` no call may be made, so a list of tools changes nothing.
    if (param === 'tools' && fields.tool_choice === 'none') continue;
    if (value !== undefined && value !== null && isAsked(value)) throw unsupported(param, why);
  }
  const decoded = body.safeParse(json);
  if (decoded.success) return decoded.data;
  const issue = decoded.error.issues[0];
  throw invalid(
    issue?.path.join('.') ?? 'body',
    `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not valid'}`,
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
