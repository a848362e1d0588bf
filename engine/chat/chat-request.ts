/** What a caller may ask of this engine: OpenAI's chat completions, less what this engine cannot do, which it says. */
import { z } from 'zod';
import { invalid, Rejection, unsupported } from '../rejection.ts';

/** OpenAI clients send null for "not given". */
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const TOOLS_MAX = 128;
const STOPS_MAX = 16;
const BIASES_MAX = 1_024;
const TOP_LOGPROBS_MAX = 20;

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.union([z.string().transform((url) => ({ url })), z.object({ url: z.string() })]),
});
const content = z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart]))]);
const toolCall = z.object({
  id: z.string(),
  type: z.literal('function').optional(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});
const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer', 'user']), content }),
  z.object({ role: z.literal('assistant'), content: optional(content), tool_calls: optional(z.array(toolCall)) }),
  z.object({ role: z.literal('tool'), content, tool_call_id: optional(z.string()) }),
]);
const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().regex(/^[\w.-]{1,64}$/, 'a name has 1 to 64 letters, digits, and _ . -'),
    description: optional(z.string()),
    parameters: optional(z.record(z.string(), z.unknown())),
    strict: optional(z.boolean()),
  }),
});

const body = z.object({
  messages: z.array(message).min(1).max(2_048),
  stream: optional(z.boolean()),
  stream_options: optional(z.object({ include_usage: optional(z.boolean()) })),
  max_tokens: optional(z.int().min(1)),
  max_completion_tokens: optional(z.int().min(1)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().gt(0).max(1)),
  top_k: optional(z.int().min(0).max(1_000_000)),
  min_p: optional(z.number().min(0).max(1)),
  top_a: optional(z.number().min(0).max(1)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  repetition_penalty: optional(z.number().gt(0).max(2)),
  logit_bias: optional(
    // Counted first: a million entries, checked one by one, would keep every answer waiting for seconds.
    z
      .custom<unknown>((biases) => !(biases instanceof Object) || Object.keys(biases).length <= BIASES_MAX, {
        error: `at most ${BIASES_MAX} tokens`,
        abort: true,
      })
      .pipe(z.record(z.string().regex(/^\d{1,9}$/, 'a token id is a whole number'), z.number().min(-100).max(100))),
  ),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.int().min(0).max(TOP_LOGPROBS_MAX)),
  seed: optional(z.int()),
  stop: optional(z.union([z.string().transform((stop) => [stop]), z.array(z.string()).max(STOPS_MAX)])),
  tools: optional(z.array(tool).max(TOOLS_MAX)),
  tool_choice: optional(
    z.union([
      z.enum(['none', 'auto', 'required']),
      z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
    ]),
  ),
  parallel_tool_calls: optional(z.boolean()),
  response_format: optional(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: z.unknown().optional() }) }),
    ]),
  ),
  user: optional(z.string().max(512)),
  cache_salt: optional(z.string().max(512)),
});

/** Asked for by name, refused by name: silence here would be a wrong answer that looks right. */
const refused: readonly {
  readonly param: string;
  readonly isAsked: (value: unknown) => boolean;
  readonly why: string;
}[] = [
  { param: 'n', isAsked: (value) => value !== 1, why: 'this engine gives one answer per request' },
  { param: 'functions', isAsked: (value) => !isEmpty(value), why: 'this engine takes functions as "tools"' },
];

export type ChatRequest = z.infer<typeof body>;
export type ChatMessage = z.infer<typeof message>;
export type ChatTool = z.infer<typeof tool>;

export function decodeChatRequest(json: unknown): ChatRequest {
  if (typeof json !== 'object' || json === null) throw new Rejection(400, 'invalid_json', 'the body is not an object');
  const fields = json as Readonly<Record<string, unknown>>;
  for (const { param, isAsked, why } of refused) {
    const value = fields[param];
    if (value !== undefined && value !== null && isAsked(value)) throw unsupported(param, why);
  }
  const decoded = body.safeParse(json);
  if (!decoded.success) {
    const issue = decoded.error.issues[0];
    const path = issue?.path.join('.') || 'body';
    throw invalid(path, `${path}: ${issue ? wordsFor(issue) : 'not valid'}`);
  }
  const { top_logprobs, logprobs } = decoded.data;
  if (top_logprobs && !logprobs) throw invalid('top_logprobs', 'top_logprobs: only with "logprobs": true');
  return decoded.data;
}

function wordsFor({ message }: z.core.$ZodIssue): string {
  return message.endsWith('received undefined') ? 'Required' : message;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
