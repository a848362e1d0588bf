/** One line of a metrics page. */
export interface MetricSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** A page of an engine with many ranks and models has some thousand lines, few of them under one name. */
const SAMPLES_MAX = 2_000;
/** vLLM's description of its cache has about forty labels. */
const LABELS_MAX = 100;
const LINE_LENGTH_MAX = 16_384;

/**
 * Samples of the wanted names out of Prometheus' text format, also of OpenMetrics. What writes the page may be anything: a line
 * that is not of the format is passed over, so is a value that is no finite number, and no line costs more than its length.
 */
export function readMetrics(text: string, wanted: ReadonlySet<string>): readonly MetricSample[] {
  const samples: MetricSample[] = [];
  for (let start = 0; start < text.length && samples.length < SAMPLES_MAX; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const sample = end - start > LINE_LENGTH_MAX ? undefined : readLine(text, start, end, wanted);
    if (sample) samples.push(sample);
    start = end + 1;
  }
  return samples;
}

function readLine(text: string, start: number, end: number, wanted: ReadonlySet<string>): MetricSample | undefined {
  const nameEnd = skip(text, start, end, isNameCharacter);
  const name = text.slice(start, nameEnd);
  if (!wanted.has(name)) return undefined;
  const labels = new Map<string, string>();
  const bodyStart = skip(text, nameEnd, end, isSpace);
  const valueStart = text[bodyStart] === '{' ? readLabels(text, bodyStart + 1, end, labels) : bodyStart;
  if (valueStart === undefined) return undefined;
  // A time and an exemplar may follow; neither says anything of now.
  const word = /^[ \t]*(\S{1,64})(?=\s|$)/.exec(text.slice(valueStart, Math.min(end, valueStart + 80)))?.[1] ?? '';
  const value = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?$/.test(word) ? Number(word) : Number.NaN;
  return Number.isFinite(value) ? { name, labels, value } : undefined;
}

/** Reads up to the closing brace and returns where the value begins; undefined when the labels are not of the format. */
function readLabels(text: string, start: number, end: number, labels: Map<string, string>): number | undefined {
  let at = skip(text, start, end, isSpace);
  while (at < end) {
    if (text[at] === '}') return at + 1;
    const keyEnd = skip(text, at, end, isNameCharacter);
    const equals = skip(text, keyEnd, end, isSpace);
    const quote = skip(text, equals + 1, end, isSpace);
    if (keyEnd === at || text[equals] !== '=' || text[quote] !== '"' || labels.size >= LABELS_MAX) return undefined;
    const close = findQuote(text, quote + 1, end);
    if (close === undefined) return undefined;
    labels.set(text.slice(at, keyEnd), unquote(text.slice(quote + 1, close)));
    at = skip(text, close + 1, end, isSpace);
    if (text[at] === ',') at = skip(text, at + 1, end, isSpace);
    else if (text[at] !== '}') return undefined;
  }
  return undefined;
}

function findQuote(text: string, start: number, end: number): number | undefined {
  for (let at = start; at < end; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return undefined;
}

function unquote(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter)) : text;
}

function skip(text: string, start: number, end: number, isOf: (code: number) => boolean): number {
  let at = start;
  while (at < end && isOf(text.charCodeAt(at))) at++;
  return at;
}

function isNameCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x3a
  );
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
