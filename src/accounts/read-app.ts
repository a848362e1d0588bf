import type { AppAttribution } from './caller.ts';

/** The marketplace's categories (reference/openrouter.md g.13). Others are dropped. */
const CATEGORIES: ReadonlySet<string> = new Set([
  'cli-agent',
  'ide-extension',
  'cloud-agent',
  'programming-app',
  'native-app-builder',
  'creative-writing',
  'video-gen',
  'image-gen',
  'audio-gen',
  'writing-assistant',
  'general-chat',
  'personal-agent',
  'legal',
  'roleplay',
  'game',
]);
const CATEGORIES_MAX = 2;
const URL_MAX = 256;
const TITLE_MAX = 100;

/** What the caller says its app is: `HTTP-Referer`, `X-OpenRouter-Title` or `X-Title`, `X-OpenRouter-Categories`. */
export function readApp(headers: Headers): AppAttribution {
  const url = readUrl(headers.get('http-referer') ?? headers.get('referer'));
  const title = clean(headers.get('x-openrouter-title') ?? headers.get('x-title'));
  const categories = (headers.get('x-openrouter-categories') ?? '')
    .split(',')
    .map((category) => category.trim().toLowerCase())
    .filter((category) => CATEGORIES.has(category));
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    categories: [...new Set(categories)].slice(0, CATEGORIES_MAX),
  };
}

/** Origin and path only: queries may carry what is nobody's business. */
function readUrl(value: string | null): string | undefined {
  if (value === null || value.length > 2_048 || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  return (url.origin + (url.pathname === '/' ? '' : url.pathname)).slice(0, URL_MAX);
}

function clean(value: string | null): string | undefined {
  if (value === null) return undefined;
  const text = value
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, TITLE_MAX)
    // The cut may have halved a character.
    .toWellFormed();
  return text === '' ? undefined : text;
}
