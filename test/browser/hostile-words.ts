/** Words that outsiders would put where a name, a title or a sentence is shown, and answers of the API full of them. */

/** What a payload that runs would leave behind; `mark` says which one it was. */
const run = (mark: string): string => `globalThis.canary='${mark}'`;

export const EVIL_HOST = 'evil.example';

/** Each fits into a field of a hundred characters, so that it reaches its page whole. */
export const SHORT_WORDS: readonly string[] = [
  `<script>${run('script')}</script>`,
  `<img src=x onerror="${run('img')}">`,
  `</script><script>${run('after script')}</script>`,
  `<!--<script>${run('double escaped')}`,
  `--><svg onload="${run('svg')}">`,
  `"'><body onload="${run('attribute')}">`,
  `</title></textarea><script>${run('title')}</script>`,
  `javascript:${run('javascript')}//`,
  `data:text/html,<script>${run('data')}</script>`,
  `[x](javascript:${run('markdown')}) ![x](https://${EVIL_HOST}/leak)`,
  `<math href="javascript:${run('math')}"><mtext><style><img src=x onerror=1>`,
  `<svg><animate onbegin="${run('animate')}" attributeName=x dur=1s>`,
  `<script nonce="nonce-of-this-answer">${run('nonce')}</script>`,
  '<style>*{display:none!important}</style>',
  `<link rel=stylesheet href=//${EVIL_HOST}/x.css><base href=//${EVIL_HOST}/>`,
  `<meta http-equiv=refresh content="0;url=//${EVIL_HOST}/">`,
  `<iframe srcdoc="<script>parent.canary='frame'</script>"></iframe>`,
  '<div style="position:fixed;inset:0;z-index:9999;background:red">Sign in again',
  `{{constructor.constructor("${run('braces')}")()}}\${${run('template')}}`,
  `=HYPERLINK("https://${EVIL_HOST}","x")`,
  `@SUM(1+1)*cmd|' /C calc'!A0`,
  '\u202Edesrever\u202C \u2066isolated\u2069 \u2067never closed',
  'שלום world עולם \u200F',
  `${'Z\u0351\u036b\u0343\u036a\u0363'.repeat(3)}${'\u0e47'.repeat(30)}`,
  '\u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u{E0041}\u{E0042} \ufeff \u2028 \u2029',
];

/** Not every door lets these in: control characters, halves of characters, and words that no line is wide enough for. */
export const ROUGH_WORDS: readonly string[] = [
  '\u0000\u0007\b\u001b[31mred\u001b[0m\u009b31m\u0085',
  'half \ud800 of \udc00 a character',
  'W'.repeat(10_000),
  `<script>${run('long')}</script>${'ש'.repeat(10_000)}`,
];

/** A whole text: everything at once. */
export const ALL_WORDS = [...SHORT_WORDS, ...ROUGH_WORDS].join(' ');

/** Fields of our API that hold words of outsiders, whatever the words look like. */
const WORDS =
  /^(?:.*_?name|title|description|label|note|reason|why|message|summary|outcome_reason|detail|user_agent|login|actor|target|source|text|sentence|error|finish_reason|native_finish_reason|requested_model|session_id|user|value|used|terms|question|by|data_policy)$/;
/** Addresses that outsiders name. */
const ADDRESSES = /^(?:url|.*_url|website|homepage|link)$/;
/** What the site reads as a code, a time or a number stays: an outsider does not choose it. */
const CODE = /^(?:[\w.:|/~@+-]{0,120}|\d{4}-\d\d-\d\dT[\d:.]+Z)$/;

/** An answer of the API as it would be had every outsider named everything to do harm. Each text gets another word. */
export function poison(answer: unknown): unknown {
  let turn = 0;
  const word = (): string => {
    const words = [...SHORT_WORDS, ...ROUGH_WORDS];
    return words[turn++ % words.length]!;
  };
  const walk = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => walk(one, name));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one, key)]));
    if (typeof value !== 'string') return value;
    if (ADDRESSES.test(name)) return `javascript:${run('address')}//${value}`;
    if (name === 'description' && value !== '' && turn++ % 16 === 0) return ALL_WORDS;
    if (WORDS.test(name) && !(KEPT.has(name) && CODE.test(value))) return word();
    return CODE.test(value) ? value : `${word()} ${value}`;
  };
  return walk(answer, '');
}

/** Fields that hold a code in some answers and words in others. */
const KEPT: ReadonlySet<string> = new Set([
  'name',
  'label',
  'source',
  'reason',
  'value',
  'used',
  'by',
  'target',
  'user',
]);
