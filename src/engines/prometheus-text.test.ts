import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { readMetrics } from './prometheus-text.ts';

const WANTED = new Set(['up', 'vllm:running', 'info']);
const read = (text: string) =>
  readMetrics(text, WANTED).map(({ name, labels, value }) => [name, Object.fromEntries(labels), value]);

describe('lines of the format', () => {
  test('with and without labels, a time and an exemplar', () => {
    expect(read('up 1\nup{} 2\nvllm:running{a="x",b="y",} 3.5 1795000000000\ninfo{a="x"} 4 # {t="1"} 0.5\n')).toEqual([
      ['up', {}, 1],
      ['up', {}, 2],
      ['vllm:running', { a: 'x', b: 'y' }, 3.5],
      ['info', { a: 'x' }, 4],
    ]);
  });

  test('numbers as Go and Python print them', () => {
    expect(read('up 1.8432e+06\nup -0.5\nup 5e-324\nup .5\nup 7.\n').map(([, , value]) => value)).toEqual([
      ...[1_843_200, -0.5, 5e-324, 0.5, 7],
    ]);
  });

  test('escaped quotes, backslashes and newlines in a label, and a brace that is part of one', () => {
    expect(read('info{path="C:\\\\m\\"o\\n",other="a}b,c=\\"d\\""} 1')).toEqual([
      ['info', { path: 'C:\\m"o\n', other: 'a}b,c="d"' }, 1],
    ]);
  });

  test('spaces where the format allows them, and the end of the page in place of a newline', () => {
    expect(read('up  1\r\ninfo { a = "x" , b = "y" } \t2')).toEqual([
      ['up', {}, 1],
      ['info', { a: 'x', b: 'y' }, 2],
    ]);
  });

  test('comments, other names and names that only begin alike are passed over', () => {
    expect(read('# HELP up It is up.\n# TYPE up gauge\nupper 1\nup_total 2\n\nup 3')).toEqual([['up', {}, 3]]);
  });
});

describe('lines that are not of the format', () => {
  test.each([
    'up',
    'up ',
    'up one',
    'up NaN',
    'up +Inf',
    'up 1e999',
    'up 0x10',
    'up{ 1',
    'up{a} 1',
    'up{a=} 1',
    'up{a="x} 1',
    'up{a="x"b="y"} 1',
    'up{a="x\\"} 1',
    'up{="x"} 1',
  ])('%s', (line) => {
    expect(read(`${line}\ninfo 1`)).toEqual([['info', {}, 1]]);
  });

  test('a line without end, a label without end and a thousand labels cost no more than their length', () => {
    const hostile = [
      `up{${Array.from({ length: 1000 }, (_, index) => `a${index}="x"`).join()}} 1`,
      `up{a="${'\\'.repeat(15_000)}`,
      `up{a="${'x'.repeat(900_000)}"} 1`,
    ];
    const startNs = Bun.nanoseconds();
    expect(read([...hostile, 'up 2'].join('\n'))).toEqual([['up', {}, 2]]);
    expect(Bun.nanoseconds() - startNs).toBeLessThan(2e9);
  });

  test('ten thousand samples of one name are cut off', () => {
    expect(read('up 1\n'.repeat(10_000))).toHaveLength(2_000);
  });
});

test('any text is read without an error, and any sample that is printed is read back', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readMetrics(`up${text}`, WANTED)));
  const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  const label = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\r'));
  fc.assert(
    fc.property(
      label,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      (text, value) => {
        expect(read(`info{a=${quote(text)}} ${value}\n`)).toEqual([['info', { a: text }, value]]);
      },
    ),
  );
});
