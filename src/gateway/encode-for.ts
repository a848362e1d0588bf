import { assert } from '../base/assert.ts';
import type { RequestTarget, WireFormat } from '../formats/format.ts';
import { Failure } from '../generation/failure.ts';
import { foldLosses, isLossy, type Loss } from '../generation/loss.ts';
import type { Task } from '../generation/request.ts';
import type { FittedRequest } from './plugin-work.ts';

export interface EncodedRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  /** What the provider will not see as the caller sent it. */
  readonly losses: readonly Loss[];
}

/** The format in which a provider is asked: its own, or, for another task than an answer, the one that its own names. */
export function formatFor(formats: ReadonlyMap<string, WireFormat>, id: string, task: Task | undefined): WireFormat {
  const own = formats.get(id);
  assert(own, `no wire format ${id}`);
  if (task === undefined) return own;
  const other = formats.get(own.tasks?.[task] ?? '');
  if (!other) throw new Failure('provider-unprocessable', { message: `This provider can't be asked for ${task}` });
  return other;
}

/** The provider's body. `losses` of the request are those that plugins left before. Throws `provider-lossy` for a strict caller whose request this endpoint would not see whole. */
export function encodeFor(
  format: WireFormat,
  { request, losses: before }: FittedRequest,
  target: RequestTarget,
): EncodedRequest {
  const losses: Loss[] = [...before];
  const body = format.client.encodeRequest(request, target, losses);
  const lost = request.features.isStrict ? losses.filter(isLossy) : [];
  if (lost.length > 0) throw tooLossy(lost);
  return { body: body as Uint8Array<ArrayBuffer>, losses: foldLosses(losses) };
}

/** The caller asked for all or nothing: the list says what would be lost. */
function tooLossy(losses: readonly Loss[]): Failure {
  const fields = [...new Set(losses.map(({ field }) => field))];
  const shown = fields.slice(0, 5).join(', ') + (fields.length > 5 ? ` and ${fields.length - 5} more` : '');
  return new Failure('provider-lossy', {
    message: `strict: translating the request would lose ${shown}`,
    metadata: { losses: foldLosses(losses).map((loss) => ({ ...loss })) },
  });
}
