import { redactSecrets } from '../accounts/redact-secrets.ts';
import type { StoredBody, StoredContent } from '../accounts/stored-content.ts';
import type { WireFormat } from '../formats/format.ts';
import type { BodyDraft, ContentDraft } from './content-tap.ts';
import { foldAnswer } from './fold-answer.ts';

/** What the attempts' providers were sent is kept up to so many times the size of one body. */
const SENT_BODIES_MAX = 2;

/** What is stored of a generation: text, cut and redacted as its policy says. */
export async function finishContent(draft: ContentDraft, format: WireFormat | undefined): Promise<StoredContent> {
  const { policy, streamed, failure } = draft;
  let roomBytes = policy.bytesMax * SENT_BODIES_MAX;
  const sent = draft.sent.map(({ endpointId, providerName, ...body }) => {
    const cut = cutBody(body, Math.min(policy.bytesMax, roomBytes), policy.redactsSecrets);
    roomBytes -= Buffer.byteLength(cut.text);
    return { endpointId, providerName, ...cut };
  });
  return {
    ...{ format: draft.format, streamed, sent },
    request: cutBody(draft.request, policy.bytesMax, policy.redactsSecrets),
    answer: await cutAnswer(draft, format),
    ...(failure && { failure }),
  };
}

/** The texts' size, as it is counted for people. */
export function contentBytes({ request, answer, sent }: StoredContent): number {
  return [request, answer, ...sent].reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

/** A secret in a stream is spread over its frames: where the words of all frames together hold one, only the words are kept. */
async function cutAnswer(
  { answer, policy, streamed }: ContentDraft,
  format: WireFormat | undefined,
): Promise<StoredContent['answer']> {
  if (policy.redactsSecrets && streamed && format) {
    const folded = await foldAnswer(format, textOf(answer), streamed);
    const words = [folded?.reasoning, folded?.completion].filter((text) => text !== undefined).join('\n\n');
    if (redactSecrets(words).count > 0) {
      const bytes = Buffer.from(words);
      const isCut = keptOf(answer) < answer.totalBytes;
      const cut = cutBody({ pieces: [bytes], totalBytes: bytes.length }, policy.bytesMax, true);
      return { ...cut, isCut: cut.isCut || isCut, totalBytes: answer.totalBytes, isFolded: true };
    }
  }
  return { ...cutBody(answer, policy.bytesMax, policy.redactsSecrets), isFolded: false };
}

function cutBody(draft: BodyDraft, bytesMax: number, redacts: boolean): StoredBody {
  const whole = textOf(draft);
  const { text, count } = redacts ? redactSecrets(whole) : { text: whole, count: 0 };
  const bytes = Buffer.from(text);
  const isCut = bytes.length > bytesMax || keptOf(draft) < draft.totalBytes;
  return { text: beginning(bytes, bytesMax), totalBytes: draft.totalBytes, isCut, redacted: count };
}

/** At most so many bytes, and no half character. */
function beginning(bytes: Buffer, bytesMax: number): string {
  return new TextDecoder().decode(bytes.subarray(0, bytesMax), { stream: true });
}

function textOf({ pieces }: BodyDraft): string {
  return new TextDecoder().decode(Buffer.concat(pieces), { stream: true });
}

function keptOf({ pieces }: BodyDraft): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
