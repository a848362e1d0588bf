import { type QueryClient, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ApiCall, type ApiError, fetchApi } from './fetch-api.ts';

export interface ApiOptions {
  /** False waits: for what another answer must give first. */
  readonly enabled?: boolean;
  /** Asked again after so long while the page is looked at. */
  readonly everyMs?: number;
  /** Keeps the last answer on show while the next one, of another address, is on its way. */
  readonly keepsLast?: boolean;
  /** Never asked again by itself, where each reading is written down. */
  readonly isOnce?: boolean;
}

/** The answer of `GET path`. The address is the key: what the server sent with the page is there at once. */
export function useApi<Answer>(path: string, options: ApiOptions = {}): UseQueryResult<Answer, ApiError> {
  const { enabled = true, everyMs = false, keepsLast = false, isOnce = false } = options;
  const query = useQuery<unknown, ApiError>({
    queryKey: [path],
    queryFn: ({ signal }) => fetchApi(path, { signal }),
    enabled,
    refetchInterval: everyMs,
    ...(isOnce && { staleTime: Number.POSITIVE_INFINITY }),
    placeholderData: (last: unknown) => (keepsLast ? last : undefined),
  });
  return query as UseQueryResult<Answer, ApiError>;
}

/** A change: calls the API, then asks again for every address that begins with one of `touches`. */
export function useApiChange<Change, Answer = unknown>(
  makeCall: (change: Change) => { readonly path: string } & ApiCall,
  touches: readonly string[],
) {
  const client = useQueryClient();
  return useMutation<Answer, ApiError, Change>({
    mutationFn: (change) => {
      const { path, ...call } = makeCall(change);
      return fetchApi<Answer>(path, call);
    },
    onSuccess: () => refresh(client, touches),
  });
}

/** Asks again for every address that begins with one of these. */
export function refresh(client: QueryClient, touches: readonly string[]): Promise<void> {
  return client.invalidateQueries({
    predicate: ({ queryKey: [path] }) => typeof path === 'string' && touches.some((touch) => path.startsWith(touch)),
  });
}
