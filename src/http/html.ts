/** The one place that writes HTML. Every value is escaped unless it is `Html` itself, which only this file can make. */
export class Html {
  readonly #text: string;

  /** Only `html` calls this, with text whose every value was escaped. */
  constructor(text: string, proof: symbol) {
    if (proof !== PROOF) throw new Error('Html comes from the template tag only');
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

const PROOF = Symbol('escaped');

/** What may stand in a template. `undefined` and `false` print nothing, for `condition && html…`. */
export type HtmlValue = Html | string | number | bigint | false | undefined | readonly HtmlValue[];

/**
 * Writes a page or a piece of one. Values are safe as text and inside double-quoted attributes, nowhere else: no value belongs into a
 * script, a style, a tag's name or an unquoted attribute. For `href` see `httpUrl`.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const text = strings.reduce((before, piece, i) => before + print(values[i - 1]) + piece);
  return new Html(text, PROOF);
}

function print(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(print).join('');
  return escapeHtml(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Direction marks and control characters are shown as a replacement: a name must not reorder the text around it. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, (char) => ('\t\n\r'.includes(char) ? char : '\ufffd'))
    .replace(/[&<>"'`]/g, (char) => ESCAPES[char]!);
}

/** An address that may stand in `href`: only http and https, so that no `javascript:` gets there. Undefined otherwise. */
export function httpUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
}

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // No script at all on these pages; styles only from our own file.
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** A whole page with the headers that every page of ours has. */
export function htmlPage(
  page: { readonly title: string; readonly body: Html; readonly base?: string },
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${page.base}/home.css">
</head>
<body>
${page.body}
</body>
</html>
`;
  return new Response(text.toString(), { status, headers: { ...PAGE_HEADERS, ...headers } });
}
