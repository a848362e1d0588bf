let key: string | undefined;
const listeners = new Set<() => void>();

/** An API key that was pasted for this tab: in memory only, gone with the tab, never in any storage. */
export function pastedKey(): string | undefined {
  return key;
}

export function pasteKey(next: string | undefined): void {
  key = next;
  for (const listener of listeners) listener();
}

export function onPasted(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
