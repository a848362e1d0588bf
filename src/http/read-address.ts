/** Where a request came from: the socket's other end, or what our own proxies say stood before them. Nobody else is believed. */
export function readAddress(
  peer: string | undefined,
  headers: Headers,
  trustedProxies: readonly string[],
): string | undefined {
  if (peer === undefined || !trustedProxies.includes(peer)) return peer;
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim());
  return hops.findLast((hop) => hop !== '' && hop.length <= 64 && !trustedProxies.includes(hop)) ?? peer;
}
