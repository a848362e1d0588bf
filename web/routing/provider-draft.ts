/** Where the defaults of workspace and keys are read and saved. */
export const DEFAULTS = '/api/x/routing-defaults';

/** A request's `provider` object as it is edited: one object behind the form and the JSON. */
export type Provider = Readonly<Record<string, unknown>>;

/** With this value under this name, or without the name. Nested names stand behind a dot, such as `max_price.prompt`. */
export function withField(provider: Provider, name: string, value: unknown): Provider {
  const [outer = '', inner] = name.split('.');
  if (inner !== undefined) {
    const nested = withField(objectOf(provider[outer]), inner, value);
    return withField(provider, outer, Object.keys(nested).length > 0 ? nested : undefined);
  }
  const { [outer]: _, ...others } = provider;
  if (value === undefined) return others;
  // Where it stood already, it stays: the JSON beside the form does not jump about.
  return outer in provider ? { ...provider, [outer]: value } : { ...others, [outer]: value };
}

function objectOf(value: unknown): Provider {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Provider) : {};
}

/** The value as a field of the form shows it; undefined when it is something that only the JSON can say. */
export function fieldText(provider: Provider, name: string): string | undefined {
  const [outer = '', inner] = name.split('.');
  const value = inner === undefined ? provider[outer] : objectOf(provider[outer])[inner];
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.join(', ') : undefined;
  return typeof value === 'object' ? undefined : String(value);
}

export function listOf(text: string): readonly string[] | undefined {
  const names = text.split(/[,\s]+/).filter((name) => name !== '');
  return names.length > 0 ? names : undefined;
}

/** Undefined for nothing; the text itself where it is no number, so that the server says what is wrong with it. */
export function numberOf(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

export function printJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** What a JSON text says; a sentence when it is not an object. */
export function readJson(text: string): { readonly value: Provider } | { readonly problem: string } {
  if (text.trim() === '') return { value: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value: value as Provider };
    return { problem: 'This must be an object: { … }' };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'This is no JSON.' };
  }
}

export interface DiffLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Line by line what went and what came, by the longest lines in common. For texts of some hundred lines. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const common: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ mark: ' ', text: a[i]! });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push({ mark: '-', text: a[i++]! });
    } else {
      lines.push({ mark: '+', text: b[j++]! });
    }
  }
  return lines;
}
