import { add } from '../text/numbers.ts';

/**
 * The log's filter as one types it: `model:scout status>=500 cost>0.01 key:"batch jobs"`. Words without a field look for ids.
 * Read into the parameters of `GET /api/x/generations`; what cannot be read is said, not passed over.
 */

export interface FieldHelp {
  readonly name: string;
  readonly hint: string;
  readonly example: string;
}

export const FIELDS: readonly FieldHelp[] = [
  { name: 'model', hint: 'a slug or a part of one', example: 'model:scout' },
  { name: 'provider', hint: 'who ran it', example: 'provider:groq' },
  { name: 'status', hint: 'success, error, cancelled, or a number', example: 'status>=500' },
  { name: 'cost', hint: 'dollars', example: 'cost>0.01' },
  { name: 'app', hint: 'an app’s slug, or none', example: 'app:none' },
  { name: 'key', hint: 'a key’s name or hash', example: 'key:"batch jobs"' },
  { name: 'session', hint: 'a session’s id', example: 'session:room-7' },
  { name: 'finish', hint: 'why it ended', example: 'finish:length' },
  { name: 'outcome', hint: 'settled, voided, estimated', example: 'outcome:voided' },
  { name: 'after', hint: 'a date, or 2h, 7d ago', example: 'after:24h' },
  { name: 'before', hint: 'a date, or 2h, 7d ago', example: 'before:2026-11-01' },
  { name: 'demo', hint: 'include, exclude, only', example: 'demo:exclude' },
];

type Operator = ':' | '=' | '>' | '>=' | '<' | '<=';

export interface Term {
  /** Empty for a bare word. */
  readonly field: string;
  readonly operator: Operator;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface LogFilter {
  readonly params: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

/** A field with its operator, then a value in quotes or up to the next space. */
const TERM = /(?:([a-z_]+)(>=|<=|[:=<>]))?(?:"([^"]*)"?|([^\s"]+))?/giy;

export function readTerms(text: string): readonly Term[] {
  const terms: Term[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    TERM.lastIndex = at;
    const match = TERM.exec(text);
    const length = Math.max(1, match?.[0].length ?? 1);
    const [, field = '', operator = ':', quoted, bare] = match ?? [];
    const value = quoted ?? bare ?? '';
    terms.push({ field: field.toLowerCase(), operator: operator as Operator, value, start: at, end: at + length });
    at += length;
  }
  return terms;
}

export interface FilterFacts {
  readonly nowMs: number;
  /** A key's hash by its name; undefined when there is none of that name, or several. */
  keyHash(name: string): string | undefined;
}

/** Of several terms of one field the last one counts. */
export function readFilter(text: string, facts: FilterFacts): LogFilter {
  const params: Record<string, string> = {};
  const problems: string[] = [];
  for (const term of readTerms(text)) {
    const read = readTerm(term, facts);
    if (typeof read === 'string') problems.push(read);
    else Object.assign(params, read);
  }
  return { params, problems };
}

const EXACT = new Set(['model', 'provider', 'app', 'session', 'finish']);
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  outcome: ['settled', 'voided', 'estimated'],
  demo: ['include', 'exclude', 'only'],
};
const HASH = /^[0-9a-f]{64}$/;

function readTerm(term: Term, facts: FilterFacts): Readonly<Record<string, string>> | string {
  const { field, operator, value } = term;
  if (field !== '' && !FIELDS.some(({ name }) => name === field)) return `There is no field “${field}”`;
  if (value === '') return field === '' ? {} : `${field}: needs a value`;
  if (field === '') return { q: value };
  if (field === 'status') return readStatus(term);
  if (field === 'cost') return readCost(term);
  if (operator !== ':' && operator !== '=') return `${field}: only “${field}:…” can be asked`;
  if (EXACT.has(field)) return { [field]: value };
  const choices = CHOICES[field];
  if (choices) return choices.includes(value) ? { [field]: value } : `${field}: ${choices.join(', ')}`;
  if (field === 'key') {
    const hash = HASH.test(value) ? value : facts.keyHash(value);
    return hash === undefined ? `key: no key is called “${value}”` : { key: hash };
  }
  const time = readTime(value, facts.nowMs);
  return time === undefined
    ? `${field}: a date such as 2026-11-01, or 2h, 7d`
    : { [field === 'after' ? 'from' : 'to']: time };
}

const STATUS_MIN = 100;
const STATUS_MAX = 599;

function readStatus({ operator, value }: Term): Readonly<Record<string, string>> | string {
  if (['success', 'error', 'cancelled'].includes(value) && (operator === ':' || operator === '='))
    return { status: value };
  if (!/^\d{3}$/.test(value)) return 'status: success, error, cancelled, or a number such as 429';
  const code = Number(value);
  const min = operator === '>' ? code + 1 : operator === '<' || operator === '<=' ? STATUS_MIN : code;
  const max = operator === '<' ? code - 1 : operator === '>' || operator === '>=' ? STATUS_MAX : code;
  if (min > STATUS_MAX || max < STATUS_MIN) return 'status: from 100 to 599';
  return { http_min: String(min), http_max: String(max) };
}

/** Costs are whole picodollars: more than an amount is at least one of them more. */
const LEAST = '0.000000000001';

function readCost({ operator, value }: Term): Readonly<Record<string, string>> | string {
  const amount = value.replace(/^\$/, '');
  if (!/^\d{1,7}(?:\.\d{1,12})?$/.test(amount)) return 'cost: an amount in dollars such as 0.01';
  if (operator === '>') return { cost_min: add(amount, LEAST) };
  if (operator === '>=') return { cost_min: amount };
  if (operator === '<=') return { cost_max: amount };
  if (operator === '<') {
    const most = add(amount, `-${LEAST}`);
    return most.startsWith('-') ? 'cost: nothing costs less than nothing' : { cost_max: most };
  }
  return { cost_min: amount, cost_max: amount };
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function readTime(value: string, nowMs: number): string | undefined {
  const ago = /^(\d{1,4})([mhdw])$/.exec(value);
  const ms = ago ? nowMs - Number(ago[1]) * UNITS[ago[2]!]! : Date.parse(value);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

export interface Suggestion {
  /** The whole filter with this one taken. */
  readonly text: string;
  readonly label: string;
  readonly hint: string;
}

const SHOWN_MAX = 8;

/** For the term in which the caret stands: fields, or values of its field. */
export function suggest(
  text: string,
  caret: number,
  values: Readonly<Record<string, readonly string[]>>,
): readonly Suggestion[] {
  const term = readTerms(text).find(({ start, end }) => start < caret && caret <= end);
  const start = term?.start ?? caret;
  const end = term?.end ?? caret;
  const take = (taken: string, isWhole: boolean) =>
    `${text.slice(0, start)}${taken}${isWhole ? ' ' : ''}${text.slice(end).trimStart()}`;
  if (!term || term.field === '') {
    const typed = (term?.value ?? '').toLowerCase();
    return FIELDS.filter(({ name }) => name.startsWith(typed))
      .slice(0, SHOWN_MAX)
      .map(({ name, hint, example }) => ({
        text: take(`${name}:`, false),
        label: `${name}:`,
        hint: `${hint}, such as ${example}`,
      }));
  }
  const typed = term.value.toLowerCase();
  const known = values[term.field] ?? CHOICES[term.field] ?? [];
  return known
    .filter((value) => value.toLowerCase().includes(typed) && value !== term.value)
    .slice(0, SHOWN_MAX)
    .map((value) => ({
      text: take(`${term.field}${term.operator}${quoted(value)}`, true),
      label: value,
      hint: term.field,
    }));
}

function quoted(value: string): string {
  return /\s/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}
