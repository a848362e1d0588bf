/** Prints what became of each case for each SDK, then every reason, then the count that ends the run. */
import { CASES } from './cases.mjs';

const WIDTH = 44;
/** SDKs print whole answers into their errors. */
const REASON_MAX = 600;

/** `suites`: `{ title, results: Map<case, { result, detail?, ms? }> }`; `errors`: what Trunkline logged as such meanwhile. */
export function layResults(suites, errors, isColoured) {
  const paint = isColoured ? colour : (text) => text;
  const columns = suites.map(({ title }) => Math.max(title.length, 10));
  const lines = [
    ['case'.padEnd(WIDTH), ...suites.map(({ title }, i) => title.padEnd(columns[i]))].join('  '),
    ['-'.repeat(WIDTH), ...columns.map((width) => '-'.repeat(width))].join('  '),
  ];
  for (const [name, title] of Object.entries(CASES)) {
    const cells = suites.map(({ results }, i) => {
      const { result, ms } = results.get(name);
      const text = result === 'skip' ? 'skip' : `${result} ${Math.round(ms ?? 0)} ms`;
      return paint(text.padEnd(columns[i]), result);
    });
    lines.push([title.padEnd(WIDTH), ...cells].join('  '));
  }
  const log = { result: errors.length === 0 ? 'pass' : 'fail', detail: errors.join('\n') };
  const all = [...suites, { title: 'Trunkline', results: new Map([['no error in its log', log]]) }];
  lines.push(`${'no error in the log of Trunkline'.padEnd(WIDTH)}  ${paint(log.result, log.result)}`);
  return `${lines.join('\n')}\n${layReasons(all)}${layCount(all)}`;
}

/** One line per failure; one line per reason to skip, with the cases it took. */
function layReasons(suites) {
  const lines = [];
  for (const { title, results } of suites) {
    const skipped = new Map();
    for (const [name, { result, detail }] of results) {
      if (result === 'fail') lines.push(`FAIL ${title} › ${name}: ${oneLine(detail)}`);
      if (result === 'skip') skipped.set(detail, [...(skipped.get(detail) ?? []), name]);
    }
    for (const [reason, names] of skipped) {
      const which = names.length === Object.keys(CASES).length ? 'everything' : names.join(', ');
      lines.push(`skip ${title} › ${which}: ${reason}`);
    }
  }
  return lines.length > 0 ? `\n${lines.join('\n')}\n\n` : '\n';
}

function oneLine(text) {
  const line = text.replace(/\s+/g, ' ');
  return line.length > REASON_MAX ? `${line.slice(0, REASON_MAX)}…` : line;
}

function layCount(suites) {
  const count = (wanted) =>
    suites.flatMap(({ results }) => [...results.values()]).filter(({ result }) => result === wanted).length;
  return `${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped`;
}

function colour(text, result) {
  const code = { pass: 32, fail: 31, skip: 33 }[result];
  return `\u001b[${code}m${text}\u001b[0m`;
}
