/**
 * The link that makes the owner: its token works once. There is no default account and no default password; whoever reads the terminal
 * of a fresh installation, or may run its CLI, is its owner.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Clock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';

export interface SignIn {
  readonly store: AccountStore;
  readonly clock: Clock;
}

const CLAIM_LASTS_MS = 30 * 60_000;
/** 22 base-62 characters carry 131 bits. */
const TOKEN_LENGTH = 22;

const CLAIM = 'claim-token';
const CLAIMED_AT = 'claimed-at';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const pendingClaim = z.object({ hash: sha256, expiresAtMs: z.number() });

/** A link's token for an installation that nobody has claimed; undefined once somebody has. An earlier token ends. */
export async function makeClaim(signIn: SignIn): Promise<{ readonly token: string } | undefined> {
  return (await isClaimed(signIn.store)) ? undefined : renewClaim(signIn);
}

/** A new token, also for a claimed installation: for its operator's CLI, when all sessions have ended. */
export async function renewClaim({ store, clock }: SignIn): Promise<{ readonly token: string }> {
  const token = randomText(TOKEN_LENGTH);
  const claim = { hash: digest(token).toString('hex'), expiresAtMs: clock.nowMs() + CLAIM_LASTS_MS };
  await inTurn(store, () => store.saveSetting(CLAIM, JSON.stringify(claim)));
  return { token };
}

/** Uses the token up; false when it is wrong, used or too old. Of many at once, one succeeds. */
export function useClaim({ store, clock }: SignIn, token: string): Promise<boolean> {
  return inTurn(store, async () => {
    const claim = readSetting(pendingClaim, await store.getSetting(CLAIM));
    // Without a pending claim a digest is still compared, with one that nothing hashes to.
    const isSame = timingSafeEqual(digest(token), Buffer.from(claim?.hash ?? '0'.repeat(64), 'hex'));
    const nowMs = clock.nowMs();
    if (!claim || !isSame || nowMs >= claim.expiresAtMs) return false;
    await store.saveSetting(CLAIM, '');
    await store.saveSetting(CLAIMED_AT, String(nowMs));
    return true;
  });
}

export async function isClaimed(store: AccountStore): Promise<boolean> {
  return (await store.getSetting(CLAIMED_AT)) !== undefined;
}

function readSetting<Shape>(schema: z.ZodType<Shape>, text: string | undefined): Shape | undefined {
  if (text === undefined || text === '') return undefined;
  return schema.parse(JSON.parse(text));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const turns = new WeakMap<AccountStore, Promise<unknown>>();

/** One change of these settings at a time: reading and writing them are two steps in storage. */
function inTurn<Result>(store: AccountStore, task: () => Promise<Result>): Promise<Result> {
  const result = (turns.get(store) ?? Promise.resolve()).then(task, task);
  turns.set(
    store,
    result.catch(() => undefined),
  );
  return result;
}
