import { useSyncExternalStore } from 'react';
import type { ModelListing } from '../../src/contract/model.ts';
import { useApi } from '../api/use-api.ts';
import { onPasted, pastedKey } from './pasted-key.ts';
import type { ChatRoom } from './room.ts';
import type { RoomStore } from './room-store.ts';

export function useRoom(store: RoomStore): ChatRoom {
  return useSyncExternalStore(store.listen, store.room);
}

/** The whole catalogue, as the palette asks for it too: one answer for all of the page. */
export function useModels(): readonly ModelListing[] | undefined {
  return useApi<{ readonly data: readonly ModelListing[] }>('/api/v1/models').data?.data;
}

export function usePastedKey(): string | undefined {
  return useSyncExternalStore(onPasted, pastedKey);
}
