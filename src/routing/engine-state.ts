import type { RequestFeatures } from '../generation/request.ts';

/** One engine as routing sees it for one request. Recorded with the decision: small numbers, nothing of the prompt. */
export interface EngineState {
  /** Requests it works on, ours and other people's, as far as they are known. */
  readonly running: number;
  readonly waiting: number;
  /** Requests it runs at once. */
  readonly parallel: number;
  /** Prompt tokens that were sent there and whose answers have not begun: work that stands before ours. */
  readonly backlogTokens: number;
  /** Share of the key-value memory that is held by requests under way. */
  readonly kvUse?: number;
  /** Share of this prompt that its cache likely holds. */
  readonly cached: number;
  /** The session's last request went there. */
  readonly hasSession: boolean;
  /** It would have to load the model first. */
  readonly isCold: boolean;
  /** It will tell its load and has not yet: then `running` and `waiting` are our own alone. */
  readonly isUnread?: true;
}

/** Above this the cache is short of memory: it would drop the very beginning that we came for. */
const KV_USE_MAX = 0.9;
/** What a session's engine is worth beyond its cache: enough between equals, too little to wait for. */
const SESSION = 0.1;
/** Loading a model takes as long as several answers. */
const COLD = 2;
/** A short prompt is answered in a moment: waiting for others is then not measured by its own length. */
const PROMPT_TOKENS_MIN = 512;

/** A prompt's cached beginning is worth nothing where the request would have to wait for it, unless it has to wait anywhere. */
export function isSaturated({ waiting, kvUse }: EngineState): boolean {
  return waiting > 0 || (kvUse ?? 0) > KV_USE_MAX;
}

/**
 * How good it is to go there; only differences count. In units of this request's own prompt: what is cached of it, less what
 * waits before it, less how busy the engine is with answers, and how full its memory.
 */
export function scoreEngine(
  state: EngineState,
  { promptTokensEstimate }: RequestFeatures,
  isNobodyFree: boolean,
): number {
  const { running, waiting, parallel, backlogTokens, kvUse = 0, cached, hasSession, isCold } = state;
  const affinity = isSaturated(state) && !isNobodyFree ? 0 : cached + (hasSession ? SESSION : 0);
  const queue = Math.max(waiting, backlogTokens / Math.max(PROMPT_TOKENS_MIN, promptTokensEstimate));
  return affinity - queue - running / Math.max(1, parallel) - kvUse - (isCold ? COLD : 0);
}

/** For people, such as `83 % of the prompt is cached there, 3 of 8 running, queue 2`. */
export function explainEngine(state: EngineState): string {
  const { running, waiting, parallel, kvUse, cached, hasSession, isCold, isUnread } = state;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const words = [
    ...(cached > 0 ? [`${percent(cached)} of the prompt is cached there`] : []),
    ...(hasSession ? ['the session is there'] : []),
    ...(affinityIsLost(state) ? ['but it is full'] : []),
    ...(isCold ? ['must load the model'] : []),
    `${running} of ${parallel} running`,
    ...(waiting > 0 ? [`queue ${waiting}`] : []),
    ...(isUnread ? ['its load is not read yet'] : []),
    ...(kvUse !== undefined ? [`memory ${percent(kvUse)}`] : []),
  ];
  return words.join(', ');
}

function affinityIsLost(state: EngineState): boolean {
  return isSaturated(state) && (state.cached > 0 || state.hasSession);
}
