import type { Actor, AuditStore } from '../accounts/audit.ts';
import type { Caller } from '../accounts/caller.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/** What a route tells of what it did; the door knows the rest. */
export interface AuditNote {
  /** What it was done to; the ids of the address unless given. */
  target?: string;
  detail?: string;
  /** Who a sign-in turned out to be. */
  actor?: Actor;
}

export interface Deed {
  readonly action: string;
  readonly note: AuditNote;
  readonly caller: Caller | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly status: number;
  readonly address: string | undefined;
}

const MINUTE_MS = 60_000;
/** Refusals of strangers that are kept in one minute; the rest is counted, so that nobody can fill the disk. */
const STRANGERS_MAX = 60;
const TEXT_MAX = 200;

/** Writes one entry for each change, done or refused. */
export class AuditLog {
  readonly store: AuditStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #minute = 0;
  #strangers = 0;
  #skipped = 0;

  constructor(store: AuditStore, clock: Clock, log: Log) {
    this.store = store;
    this.#clock = clock;
    this.#log = log;
  }

  async record({ action, note, caller, params, status, address }: Deed): Promise<void> {
    const actor = note.actor ?? actorOf(caller, address);
    const outcome = status < 400 ? 'done' : status === 401 || status === 403 || status === 429 ? 'denied' : 'failed';
    if (actor.kind === 'nobody' && outcome !== 'done' && !this.#hasRoomForStranger()) return;
    const skipped = this.#skipped;
    this.#skipped = 0;
    const details = [
      note.detail,
      skipped > 0 ? `${skipped} refusals of strangers before were only counted` : undefined,
    ];
    const draft = {
      atMs: this.#clock.nowMs(),
      actor,
      action,
      target: (note.target ?? Object.values(params).join(' ')).slice(0, TEXT_MAX),
      outcome,
      detail: details.filter((text) => text !== undefined).join('; '),
    } as const;
    try {
      const { sequence, hash } = await this.store.append(draft);
      // The hash in the log, which goes elsewhere, is what a changed table is held against.
      this.#log.write('info', 'Audit', { sequence, action, outcome, actor: actor.id, target: draft.target, hash });
    } catch (error) {
      // It is done already, so the log is the last place to say it.
      this.#log.write('error', 'Not in the audit log', {
        ...{ action, outcome, actor: actor.id, target: draft.target },
        error: String(error),
      });
    }
  }

  #hasRoomForStranger(): boolean {
    const minute = Math.floor(this.#clock.monotonicMs() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#strangers = 0;
    }
    this.#strangers++;
    if (this.#strangers <= STRANGERS_MAX) return true;
    this.#skipped++;
    return false;
  }
}

function actorOf(caller: Caller | undefined, address: string | undefined): Actor {
  if (caller?.session) return { kind: 'user', id: caller.session.userId, name: caller.session.name };
  if (caller) return { kind: 'key', id: caller.key.hash, name: caller.key.name };
  return { kind: 'nobody', id: address ?? '', name: '' };
}
