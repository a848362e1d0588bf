import { redact } from '../base/redact.ts';
import type { CheckGroup, CheckResult } from '../contract/verification.ts';
import type { EngineLine } from './engine-line.ts';

/** One thing to find out about a model. A `NoAnswer` that `run` throws fails it. */
export interface Check {
  readonly id: string;
  readonly group: CheckGroup;
  /** What is asked, for people. */
  readonly question: string;
  readonly expected: string;
  readonly required: boolean;
  run(session: CheckSession): Promise<Finding>;
}

export interface CheckSession {
  readonly line: EngineLine;
  /** What a request to this engine may hold; undefined where it does not say. */
  readonly contextTokens?: number;
  /** False where the engine says that it takes no pictures. */
  readonly vision?: boolean;
  /** Requests that the engine works on at once, where it says so. */
  readonly slots?: number;
  /** Makes the long texts of this run unlike those that the engine may have kept from an earlier one. */
  readonly salt: number;
}

/** `got` is a stranger's, `why` is ours: whoever may not see the first may see the second. */
export type Finding =
  | { readonly outcome: 'passed'; readonly got: string; readonly speed?: Speed }
  | { readonly outcome: 'failed' | 'skipped'; readonly got: string; readonly why: string; readonly speed?: Speed };

export interface Speed {
  readonly firstTokenMs?: number;
  readonly promptTokensPerSecond?: number;
  readonly generationTokensPerSecond?: number;
}

const GOT_LENGTH_MAX = 200;
const WORDS_LENGTH_MAX = 500;

export function passed(got: string, speed?: Speed): Finding {
  return { outcome: 'passed', got: shorten(got), ...(speed && { speed }) };
}

export function failed(got: string, why: string, speed?: Speed): Finding {
  return { outcome: 'failed', got: shorten(got), why, ...(speed && { speed }) };
}

export function skipped(why: string, got = ''): Finding {
  return { outcome: 'skipped', got: shorten(got), why };
}

/** A stranger's words as one line, fit to print and to keep. */
export function shorten(text: string): string {
  return redact(text, GOT_LENGTH_MAX).replace(/\s+/g, ' ').trim();
}

/** A name as one line. Those of weights look like keys (`Llama-4-Scout-17B-16E-Instruct-Q4_K_M`) and must stay readable. */
export function cleanName(name: string): string {
  return name
    .slice(0, GOT_LENGTH_MAX)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}

export function makeResult(check: Omit<Check, 'run'>, finding: Finding, ms = 0): CheckResult {
  const { id, group, question, expected, required } = check;
  return {
    ...{ id, group, question: question.slice(0, WORDS_LENGTH_MAX), expected, got: finding.got },
    outcome: finding.outcome,
    ...(finding.outcome !== 'passed' && { why: finding.why.slice(0, WORDS_LENGTH_MAX) }),
    ...{ required, ms },
  };
}
