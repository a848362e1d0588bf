import type { Route } from './route.ts';

export interface HealthParts {
  /** False until everything is open, and again while stopping. */
  isReady(): boolean;
  isStopping(): boolean;
  /** Answers soon, also when the database hangs. */
  isStorageHere(): Promise<boolean>;
}

/**
 * Two questions of whoever watches over the process. Live: should it be killed? Ready: should requests go to it? Away storage does not
 * make it unready: the journal carries on, and all replicas would be unready at once.
 */
export function healthRoutes(parts: HealthParts): readonly Route[] {
  return [
    { method: 'GET', path: '/health/live', audience: 'public', answer: () => status({ status: 'live' }, 200) },
    {
      method: 'GET',
      path: '/health/ready',
      audience: 'public',
      async answer({ exchange }) {
        const isHere = await parts.isStorageHere();
        const isReady = parts.isReady() && !parts.isStopping();
        const word = isReady ? 'ready' : parts.isStopping() ? 'stopping' : 'starting';
        return status(
          { status: word, storage: isHere ? 'here' : 'away', version: exchange.version },
          isReady ? 200 : 503,
        );
      },
    },
  ];
}

function status(body: Readonly<Record<string, string>>, code: number): Response {
  return Response.json(body, { status: code, headers: { 'cache-control': 'no-store' } });
}
