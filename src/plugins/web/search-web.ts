import { z } from 'zod';
import type { PluginTools } from '../plugin.ts';
import { isInDomains, SEARCH_ENGINES, type SearchOrder, searchFailed } from './search-engines.ts';

/** What `[web_search]` of the configuration says. */
export const installedSearchSchema = z.object({
  engine: z.enum(Object.keys(SEARCH_ENGINES) as [string, ...string[]]),
  url: z.string().optional(),
  apiKey: z.string().optional(),
  costPico: z.bigint().default(0n),
});
export type InstalledSearch = z.infer<typeof installedSearchSchema>;

/** A page that may be cited: its words are plain, short and without any mark that could end our fence around them. */
export interface Source {
  readonly url: string;
  readonly title: string;
  readonly text: string;
  /** `2026-11-26`. */
  readonly date?: string;
}

const SEARCH_MS = 12_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const URL_LENGTH_MAX = 2_000;
const TITLE_LENGTH_MAX = 200;
const TEXT_LENGTH_MAX = 1_500;

export async function searchWeb(
  installed: InstalledSearch,
  order: SearchOrder,
  tools: PluginTools,
  signal: AbortSignal,
): Promise<readonly Source[]> {
  const engine = SEARCH_ENGINES[installed.engine]!;
  const { path, init } = engine.request(order, installed.apiKey ?? '');
  const base = (installed.url ?? engine.url ?? '').replace(/\/$/, '');
  const answer = await ask(base + path, init, tools, signal);
  let found: ReturnType<typeof engine.read>;
  try {
    found = engine.read(answer);
  } catch (error) {
    throw searchFailed(`the search engine ${installed.engine} answered in an unknown form`, error);
  }
  const sources: Source[] = [];
  for (const { url: address, title, text, date } of found) {
    const url = readUrl(address);
    if (!url || sources.some((source) => source.url === url.href)) continue;
    if (order.includeDomains.length > 0 && !isInDomains(url, order.includeDomains)) continue;
    if (isInDomains(url, order.excludeDomains)) continue;
    const day = /^\d{4}-\d{2}-\d{2}/.exec(date ?? '')?.[0];
    const name = plain(title, TITLE_LENGTH_MAX) || url.hostname;
    sources.push({ url: url.href, title: name, text: plain(text, TEXT_LENGTH_MAX), ...(day && { date: day }) });
    if (sources.length >= order.resultsMax) break;
  }
  return sources;
}

async function ask(url: string, init: RequestInit, tools: PluginTools, signal: AbortSignal): Promise<unknown> {
  const limit = AbortSignal.timeout(SEARCH_MS);
  try {
    const bounded = AbortSignal.any([signal, limit]);
    const response = await tools.fetch(url, { ...init, redirect: 'manual', signal: bounded });
    const text = await readBounded(response);
    if (response.status !== 200) throw searchFailed(`the search engine answered ${response.status}`);
    const answer: unknown = JSON.parse(text);
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === 'Failure') throw error;
    if (limit.aborted) throw searchFailed(`the search engine took longer than ${SEARCH_MS / 1000} seconds`, error);
    throw searchFailed('the search engine could not be asked', error);
  }
}

async function readBounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > ANSWER_BYTES_MAX) throw searchFailed('the search engine’s answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function readUrl(address: string): URL | undefined {
  if (address.length > URL_LENGTH_MAX || !/^https?:\/\//i.test(address)) return undefined;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // A bracket in an address would end the link that cites it.
  return url && !/[()<>\s"]/.test(url.href) ? url : undefined;
}

/** Words alone: no markup, no line ends, none of the letters that are not seen, no angle brackets. */
function plain(text: string, lengthMax: number): string {
  return [
    ...text
      .replace(/<[^<>]{0,200}>/g, '')
      .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
      .replace(/</g, '‹')
      .replace(/>/g, '›')
      .replace(/\s+/g, ' ')
      .trim(),
  ]
    .slice(0, lengthMax)
    .join('');
}
