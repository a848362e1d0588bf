/** A conversation of the chat page that its person keeps on the server. */
export interface RoomFacts {
  readonly id: string;
  readonly title: string;
  /** 1 for the first; one more with each change. */
  readonly version: number;
  readonly models: readonly string[];
  readonly messageCount: number;
  readonly bytes: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface StoredRoom extends RoomFacts {
  /** JSON of the messages and settings. */
  readonly body: string;
}

export interface RoomDraft {
  readonly id: string;
  readonly title: string;
  readonly models: readonly string[];
  readonly messageCount: number;
  readonly body: string;
}

export interface RoomStore {
  /** Newest first. */
  list(userId: string): Promise<readonly RoomFacts[]>;
  find(userId: string, id: string): Promise<StoredRoom | undefined>;
  /**
   * Keeps a room that was made from `version` (0: there is none yet). `changed` when another one is there, `full` when the person
   * has as many rooms or bytes as they may.
   */
  save(
    userId: string,
    draft: RoomDraft,
    at: { readonly version: number; readonly nowMs: number },
  ): Promise<RoomFacts | 'changed' | 'full'>;
  delete(userId: string, id: string): Promise<boolean>;
}

export const ROOM_BYTES_MAX = 2 * 1024 * 1024;
export const ROOMS_MAX = 500;
/** Of all rooms of one person. */
export const ALL_ROOMS_BYTES_MAX = 100 * 1024 * 1024;
