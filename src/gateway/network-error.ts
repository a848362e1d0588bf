/** What `fetch` and its streams throw for sockets, TLS and protocol errors; a programming error is none of these. */
export function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DOMException) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code !== '') return true;
  return error instanceof TypeError
    ? /fetch|network|socket|connect|terminated/i.test(error.message)
    : error.name !== 'AssertionError';
}

/** A kept-alive connection that the other side had closed before we used it. */
export function isClosedSocket(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'ECONNRESET' || code === 'ConnectionClosed' || code === 'EPIPE';
}
