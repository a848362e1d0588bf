import { z } from 'zod';

/**
 * What a check of a model on this machine showed, as `doctor scout` makes it, a file keeps it and
 * `GET /api/v1/trunkline/verification/{author}/{slug}` prints it. Ours: OpenRouter has nothing like it.
 */

/** Groups that `--only` takes, in the order in which they are run. */
export const CHECK_GROUPS = [
  'header',
  'memory',
  'identity',
  'facts',
  'arithmetic',
  'translation',
  'tools',
  'schema',
  'stop',
  'streaming',
  'cancel',
  'seed',
  'logprobs',
  'pictures',
  'needles',
] as const;
export type CheckGroup = (typeof CHECK_GROUPS)[number];

/** Longer words of a stranger are cut before they come here. */
const short = z.string().max(600);
const milliseconds = z.number().min(0);
const count = z.number().int().min(0);

export const checkResultSchema = z.object({
  /** Unique in a report, such as `facts-capital`. */
  id: z.string().max(60),
  group: z.enum(CHECK_GROUPS),
  question: short,
  expected: short,
  /** What came, in the engine's or the file's own words; empty where nothing did. For the administrator only. */
  got: short,
  outcome: z.enum(['passed', 'failed', 'skipped']),
  /** Why it failed or was skipped, in our words: fit for anybody. */
  why: short.optional(),
  /** One that is not required may fail without harm to the whole. */
  required: z.boolean(),
  ms: milliseconds,
});
export type CheckResult = Readonly<z.infer<typeof checkResultSchema>>;

export const verificationSchema = z.object({
  id: z.string().max(60),
  /** Slug of the model that was asked for, whatever it turned out to be. */
  model: z.string().max(200),
  created_at: z.iso.datetime(),
  /**
   * `passed`: every required check passed. `failed`: it is the model, but some did not. `incomplete`: none failed, and some could not
   * be asked. `other-model`: what answered is another model, or nothing shows that it is this one. `unreached`: nothing
   * answered. `file-only`: the files are right, and nothing was asked of them.
   */
  outcome: z.enum(['passed', 'failed', 'incomplete', 'other-model', 'unreached', 'file-only']),
  /** The same in words, ours: fit for anybody. */
  verdict: z.string().max(2_000),
  /** False when only some groups were asked: such a run never makes a model verified. */
  whole: z.boolean(),
  /** Ran on this machine or a neighbour of it; a run at a hosted provider says nothing about this machine. */
  here: z.boolean(),
  score: z.object({ passed: count, failed: count, skipped: count }),
  /** What ran the model, by what it answered: `llama-server`, `vLLM`, …. */
  engine: z.object({
    name: z.string().max(200),
    version: z.string().max(200).optional(),
    /** The engine's own name of the model. */
    model: z.string().max(600).optional(),
  }),
  /** Host and port that was asked, or the file's folder. For the administrator only. */
  place: z.string().max(4_100),
  files: z
    .array(
      z.object({
        name: z.string().max(300),
        bytes: count,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        /** `edges`: only of the first and the last 16 MiB, since the whole of 65 GB takes minutes. */
        covers: z.enum(['whole', 'edges']),
      }),
    )
    .max(1_001)
    .readonly(),
  /** Version of Trunkline that asked. */
  trunkline: z.string().max(40),
  speed: z.object({
    first_token_ms: milliseconds.optional(),
    prompt_tokens_per_second: z.number().min(0).optional(),
    generation_tokens_per_second: z.number().min(0).optional(),
  }),
  checks: z.array(checkResultSchema).max(100).readonly(),
});
export type Verification = Readonly<z.infer<typeof verificationSchema>>;

export type VerificationState = 'not-verified' | 'verified' | 'failing';

/** A run as anybody may see it: without places, paths and strangers' words. */
export interface PrintedVerification extends Omit<Verification, 'place' | 'checks'> {
  /** For the administrator only. */
  readonly place?: string;
  readonly checks: readonly (Omit<CheckResult, 'got'> & { readonly got?: string })[];
}

/** What a model's page says of the model on this machine. */
export interface ModelVerification {
  readonly model: string;
  readonly state: VerificationState;
  /** One line for people. */
  readonly summary: string;
  /** The newest run of each engine, newest first. */
  readonly runs: readonly PrintedVerification[];
}
