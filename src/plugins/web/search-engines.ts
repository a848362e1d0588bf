import { z } from 'zod';
import { Failure } from '../../generation/failure.ts';

export interface SearchOrder {
  readonly query: string;
  readonly resultsMax: number;
  readonly includeDomains: readonly string[];
  readonly excludeDomains: readonly string[];
  /** About where the person is who asks. */
  readonly location?: SearchLocation;
}

/** Plain names, in letters that a header takes; the country as two capitals. */
export interface SearchLocation {
  readonly city?: string;
  readonly region?: string;
  readonly country?: string;
  readonly timezone?: string;
}

/** As the engine gave it: text of strangers. */
export interface FoundPage {
  readonly url: string;
  readonly title: string;
  readonly text: string;
  readonly date?: string;
}

export interface SearchEngine {
  /** Where it is, unless the operator runs it. */
  readonly url?: string;
  readonly needsKey: boolean;
  /** The parts of a location that it takes. */
  readonly takesLocation?: readonly (keyof SearchLocation)[];
  request(order: SearchOrder, key: string): { readonly path: string; readonly init: RequestInit };
  /** Throws for an answer of another shape. */
  read(answer: unknown): readonly FoundPage[];
}

/** Longer questions are refused by some engines and understood by none. */
export const QUERY_LENGTH_MAX = 400;
const TEXT_LENGTH_ASKED = 1_500;

const text = z.string().nullish();

/** Names in `web_search.engine`; each after its own documentation. */
export const SEARCH_ENGINES: Readonly<Record<string, SearchEngine>> = {
  // docs.searxng.org/dev/search_api: JSON has to be switched on in its settings.
  searxng: {
    needsKey: false,
    request: (order) => ({ path: `/search?${new URLSearchParams({ q: withSites(order), format: 'json' })}`, init: {} }),
    read: (answer) =>
      z
        .object({
          results: z.array(z.object({ url: z.string(), title: text, content: text, publishedDate: text })),
        })
        .parse(answer)
        .results.map(({ url, title, content, publishedDate }) => page(url, title, content, publishedDate)),
  },
  // api-dashboard.search.brave.com/app/documentation/web-search
  brave: {
    url: 'https://api.search.brave.com/res/v1',
    needsKey: true,
    takesLocation: ['city', 'region', 'country', 'timezone'],
    request: (order, key) => ({
      path: `/web/search?${new URLSearchParams({ q: withSites(order), count: String(Math.min(20, order.resultsMax)) })}`,
      init: { headers: { accept: 'application/json', 'x-subscription-token': key, ...placeHeaders(order.location) } },
    }),
    read: (answer) =>
      (
        z
          .object({
            web: z
              .object({
                results: z.array(
                  z.object({
                    url: z.string(),
                    title: text,
                    description: text,
                    page_age: text,
                    extra_snippets: z.array(z.string()).nullish(),
                  }),
                ),
              })
              .nullish(),
          })
          .parse(answer).web?.results ?? []
      ).map(({ url, title, description, page_age, extra_snippets }) =>
        page(url, title, [description ?? '', ...(extra_snippets ?? [])].join('\n'), page_age),
      ),
  },
  // docs.tavily.com/documentation/api-reference/endpoint/search
  tavily: {
    url: 'https://api.tavily.com',
    needsKey: true,
    request: (order, key) => ({
      path: '/search',
      init: post(
        { authorization: `Bearer ${key}` },
        {
          query: order.query,
          max_results: Math.min(20, order.resultsMax),
          ...(order.includeDomains.length > 0 && { include_domains: order.includeDomains.map(hostOf) }),
          ...(order.excludeDomains.length > 0 && { exclude_domains: wholeHosts(order.excludeDomains) }),
        },
      ),
    }),
    read: (answer) =>
      z
        .object({
          results: z.array(z.object({ url: z.string(), title: text, content: text, published_date: text })),
        })
        .parse(answer)
        .results.map(({ url, title, content, published_date }) => page(url, title, content, published_date)),
  },
  // docs.exa.ai/reference/search
  exa: {
    url: 'https://api.exa.ai',
    needsKey: true,
    takesLocation: ['country'],
    request: (order, key) => ({
      path: '/search',
      init: post(
        { 'x-api-key': key },
        {
          query: order.query,
          numResults: order.resultsMax,
          ...(order.location?.country && { userLocation: order.location.country }),
          contents: { text: { maxCharacters: TEXT_LENGTH_ASKED } },
          ...(order.includeDomains.length > 0 && { includeDomains: order.includeDomains.map(hostOf) }),
          ...(order.excludeDomains.length > 0 && { excludeDomains: wholeHosts(order.excludeDomains) }),
        },
      ),
    }),
    read: (answer) =>
      z
        .object({ results: z.array(z.object({ url: z.string(), title: text, text, publishedDate: text })) })
        .parse(answer)
        .results.map((found) => page(found.url, found.title, found.text, found.publishedDate)),
  },
};

/** Is an address in one of these domains? `*.a.org`, `a.org` and `a.org/docs` may be written; each holds its subdomains. */
export function isInDomains(url: URL, domains: readonly string[]): boolean {
  return domains.some((domain) => {
    const [host = '', ...path] = domain
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/^\*\./, '')
      .split('/');
    const name = url.hostname.toLowerCase();
    if (name !== host && !name.endsWith(`.${host}`)) return false;
    const start = path.length === 0 ? '' : `/${path.join('/').replace(/\*$/, '')}`;
    return url.pathname.toLowerCase().startsWith(start);
  });
}

export function searchFailed(message: string, cause?: unknown): Failure {
  return new Failure('plugin-failed', { message: `web: ${message}`, ...(cause !== undefined && { cause }) });
}

/** For engines that know domains as words of the question only. */
function withSites({ query, includeDomains, excludeDomains }: SearchOrder): string {
  const sites = includeDomains.map((domain) => `site:${hostOf(domain)}`).join(' OR ');
  const not = wholeHosts(excludeDomains).map((host) => `-site:${host}`);
  return [query, ...(sites === '' ? [] : [`(${sites})`]), ...not].join(' ');
}

/** Brave's headers for the place of a client. */
function placeHeaders({ city, region, country, timezone }: SearchLocation = {}): Readonly<Record<string, string>> {
  return {
    ...(city && { 'x-loc-city': city }),
    ...(region && { 'x-loc-state-name': region }),
    ...(country && { 'x-loc-country': country }),
    ...(timezone && { 'x-loc-timezone': timezone }),
  };
}

function hostOf(domain: string): string {
  return domain
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^\*\./, '')
    .split('/')[0]!;
}

/** A path below a host that is shut out says nothing of the rest of the host. */
function wholeHosts(domains: readonly string[]): readonly string[] {
  return domains.filter((domain) => !domain.replace(/^https?:\/\//, '').includes('/')).map(hostOf);
}

function post(headers: Readonly<Record<string, string>>, body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

function page(
  url: string,
  title: string | null | undefined,
  content: string | null | undefined,
  date: string | null | undefined,
): FoundPage {
  return { url, title: title ?? '', text: content ?? '', ...(date && { date }) };
}
