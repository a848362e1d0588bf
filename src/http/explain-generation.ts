import { plural } from '../base/plural.ts';
import type { Attempt, GenerationRecord } from '../billing/generation-record.ts';
import { REJECTION_WORDS } from '../routing/rejection-words.ts';
import type { RouteFacts } from './route-candidates.ts';

/** So many reasons for leaving endpoints out are named; the list has them all. */
const REASONS_MAX = 3;

/** One sentence: who answered, why it was asked, what failed before, and why others were not asked. */
export function explainGeneration(record: GenerationRecord, { byId }: RouteFacts): string {
  const { route, attempts } = record;
  if (!route) return 'No plan was recorded.';
  const nameOf = (id: string) => byId.get(id)?.providerName ?? id.slice(id.lastIndexOf('|') + 1);
  const clauses: string[] = [];
  const last = attempts.at(-1);
  const answered = last && last.failure === undefined ? last : undefined;
  if (answered) {
    const step = route.steps.find(({ endpointId }) => endpointId === answered.endpointId);
    const reason = step?.reason.replace(/^fallback: /, '');
    const eligible = `${plural(route.steps.length, 'eligible endpoint')}`;
    clauses.push(`${answered.providerName} was chosen of ${eligible}${reason ? ` (${reason})` : ''}`);
  } else if (record.cancelled) clauses.push('The caller left before the answer was whole');
  else clauses.push(`None of ${plural(route.steps.length, 'eligible endpoint')} answered`);
  for (const attempt of attempts.filter(({ failure }) => failure !== undefined)) clauses.push(explainFailure(attempt));
  const reasons = Map.groupBy(route.rejected, ({ reason }) => reason);
  const named = [...reasons].sort(([, a], [, b]) => b.length - a.length).slice(0, REASONS_MAX);
  for (const [code, rejected] of named) {
    const who = rejected.length === 1 ? nameOf(rejected[0]!.endpointId) : plural(rejected.length, 'endpoint');
    clauses.push(
      `${who} ${rejected.length === 1 ? 'was' : 'were'} left out (${rejected.length === 1 ? 'it' : 'each'} ${REJECTION_WORDS[code]})`,
    );
  }
  return `${clauses.join('; ')}.`;
}

function explainFailure({ providerName, failure, status, durationMs }: Attempt): string {
  const what = status !== undefined && status >= 400 ? `got ${status}` : `failed (${failure})`;
  return `a try at ${providerName} ${what} after ${Math.round(durationMs)} ms`;
}
