import type { Room, RoomBody, RoomListing } from '../../src/contract/room.ts';
import { fetchApi } from '../api/fetch-api.ts';
import { type ChatRoom, type Column, type Message, type RoomOptions, titleOf } from './room.ts';
import { asLeft } from './stream-answer.ts';

/** A room in a list, without its messages. */
export interface RoomEntry {
  readonly id: string;
  readonly title: string;
  readonly place: ChatRoom['place'];
  readonly models: readonly string[];
  readonly updatedAtMs: number;
}

/** Where rooms are kept. `save` gives the version that is there now. */
export interface RoomKeeper {
  list(): Promise<readonly RoomEntry[]>;
  find(id: string): Promise<ChatRoom | undefined>;
  save(room: ChatRoom): Promise<number>;
  remove(id: string): Promise<void>;
}

const ROOMS = '/api/x/rooms';

/** With the account, on every device of its person. */
export const serverRooms: RoomKeeper = {
  async list() {
    try {
      const { rooms } = await fetchApi<{ readonly rooms: readonly RoomListing[] }>(ROOMS);
      return rooms.map(entryOf);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  async find(id) {
    try {
      return readRoom(await fetchApi<Room>(`${ROOMS}/${id}`, { isVerbatim: true }));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  async save(room) {
    const body: RoomBody = {
      title: titleOf(room),
      version: room.version,
      models: room.columns.map(({ model }) => model),
      messages: room.messages as unknown as RoomBody['messages'],
      settings: { columns: room.columns, options: room.options, title: room.title },
    };
    const { version } = await fetchApi<{ readonly version: number }>(`${ROOMS}/${room.id}`, { method: 'PUT', body });
    return version;
  },
  async remove(id) {
    await fetchApi(`${ROOMS}/${id}`, { method: 'DELETE' });
  },
};

/** The room is not there, or this installation keeps none for its accounts. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 404;
}

function entryOf({ id, title, models, updated_at }: RoomListing): RoomEntry {
  return { id, title, models, place: 'server', updatedAtMs: Date.parse(updated_at) };
}

/** Rooms were written by this page, of this or an earlier release: what is not there is taken as empty. */
function readRoom(room: Room): ChatRoom {
  const {
    columns = [],
    options = {},
    title = '',
  } = room.settings as {
    readonly columns?: readonly Column[];
    readonly options?: RoomOptions;
    readonly title?: string;
  };
  const messages = (room.messages as unknown as readonly Message[]).map(wake);
  const updatedAtMs = Date.parse(room.updated_at);
  return { id: room.id, title, version: room.version, place: 'server', columns, options, messages, updatedAtMs };
}

/** What ran when the page was closed runs no more. */
function wake(message: Message): Message {
  return message.role === 'assistant' ? { ...message, tries: message.tries.map(asLeft) } : message;
}

const STORE = 'rooms';

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open('trunkline-chat', 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
  return settled(request);
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('This browser keeps no rooms'));
  });
}

async function inStore<Result>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<Result>) {
  const database = await openDatabase();
  try {
    return await settled(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** In this browser only: nobody else sees them, and they go with its data. */
export const browserRooms: RoomKeeper = {
  async list() {
    const rooms = await inStore<ChatRoom[]>('readonly', (store) => store.getAll());
    return rooms
      .map((room): RoomEntry => {
        const models = room.columns.map(({ model }) => model);
        return { id: room.id, title: titleOf(room), place: 'browser', models, updatedAtMs: room.updatedAtMs };
      })
      .sort((a, b) => b.updatedAtMs - a.updatedAtMs);
  },
  async find(id) {
    const room = await inStore<ChatRoom | undefined>('readonly', (store) => store.get(id));
    return room && { ...room, messages: room.messages.map(wake) };
  },
  async save(room) {
    await inStore('readwrite', (store) => store.put(room));
    return room.version;
  },
  async remove(id) {
    await inStore('readwrite', (store) => store.delete(id));
  },
};

export function keeperOf(place: ChatRoom['place']): RoomKeeper {
  return place === 'server' ? serverRooms : browserRooms;
}
