/** The page that sets these models side by side. */
export function compareAddress(ids: readonly string[]): string {
  return `/compare?${ids.map((id) => `m=${encodeURIComponent(id)}`).join('&')}`;
}
