import { browserRooms, serverRooms } from './keep-rooms.ts';
import { type ChatRoom, makeRoom } from './room.ts';
import { RoomStore } from './room-store.ts';

const open = new Map<string, RoomStore>();

/** Rooms stay open while one looks at other pages: their answers go on. */
export function openRoom(room: ChatRoom): RoomStore {
  const known = open.get(room.id);
  if (known) return known;
  const store = new RoomStore(room);
  open.set(room.id, store);
  return store;
}

export function closeRoom(id: string): void {
  open.get(id)?.stop();
  open.delete(id);
}

/** A room by its id: open already, in this browser, or with the account. Undefined when it is nowhere. */
export async function findRoom(id: string, isSignedIn: boolean): Promise<RoomStore | undefined> {
  const known = open.get(id);
  if (known) return known;
  const kept =
    (await browserRooms.find(id).catch(() => undefined)) ?? (isSignedIn ? await serverRooms.find(id) : undefined);
  return kept && openRoom(kept);
}

const LAST = 'trunkline-chat-models';

/** With the models that were used last in this browser, or those that the address names. */
export function newRoom(asked: readonly string[], isSignedIn: boolean): RoomStore {
  const models = asked.length > 0 ? asked : lastModels();
  return openRoom(makeRoom(models, isSignedIn ? 'server' : 'browser', Date.now()));
}

function lastModels(): readonly string[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(LAST) ?? '[]');
    const models = Array.isArray(read) ? read.filter((slug): slug is string => typeof slug === 'string') : [];
    return models.length > 0 ? models : ['trunkline/mini'];
  } catch {
    return ['trunkline/mini'];
  }
}

export function rememberModels(models: readonly string[]): void {
  localStorage.setItem(LAST, JSON.stringify(models));
}
