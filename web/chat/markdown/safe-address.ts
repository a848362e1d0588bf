/** Where a link of a model leads, when it may lead there at all. */
export interface SafeAddress {
  readonly href: string;
  /** The real host in its own (ASCII) spelling, or the address of a mail. */
  readonly host: string;
}

const LENGTH_MAX = 4_096;

/**
 * Only whole http, https and mailto addresses. A path of our own site, an address with a name and password before its host (it
 * reads as another host), and every other scheme in every spelling are refused: the link is then shown as text.
 */
export function readAddress(address: string): SafeAddress | undefined {
  if (address.length > LENGTH_MAX || !/^(?:https?:\/\/|mailto:)[^\s\p{Cc}\\]+$/iu.test(address)) return undefined;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol === 'mailto:') {
    const to = url.pathname;
    return /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(to) ? { href: `mailto:${to}`, host: to } : undefined;
  }
  if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  return { href: url.href, host: url.host };
}

/** Does the text of a link already say where it leads? Then the host isn't repeated. */
export function namesHost(text: string, { href, host }: SafeAddress): boolean {
  const said = text.trim().toLowerCase();
  const bare = (address: string) =>
    address
      .toLowerCase()
      .replace(/^(?:https?:\/\/|mailto:)/, '')
      .replace(/\/$/, '');
  return bare(said) === bare(href) || bare(said) === host;
}
