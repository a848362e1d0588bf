import { expect, test } from 'bun:test';
import { WaitingLine } from './waiting-line.ts';

interface Item {
  readonly name: string;
  readonly task: { readonly tenant: string };
}

const item = (name: string): Item => ({ name, task: { tenant: name[0]! } });

function lineOf(names: readonly string[], placesMax = 100) {
  const line = new WaitingLine<Item>();
  const items = names.map(item);
  const turnedAway = items.map((one) => line.join(one, placesMax)?.name);
  return { line, items, turnedAway };
}

function serveAll(line: WaitingLine<Item>): readonly string[] {
  const served: string[] = [];
  for (let next = line.first(); next; next = line.first()) {
    served.push(next.name);
    line.takeFirst();
  }
  return served;
}

test('tenants take turns, each in its own order', () => {
  const { line } = lineOf(['a1', 'a2', 'a3', 'b1', 'c1', 'b2']);
  expect(serveAll(line)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  expect(line.length).toBe(0);
});

test('whoever has just been served waits behind those who came since', () => {
  const { line } = lineOf(['a1', 'a2']);
  line.takeFirst();
  line.join(item('b1'), 100);
  expect(serveAll(line)).toEqual(['a2', 'b1']);
});

test('a full line gives the newest place of the longest queue to a tenant with fewer', () => {
  const { line, turnedAway } = lineOf(['a1', 'a2', 'a3', 'b1'], 3);
  expect(turnedAway).toEqual([undefined, undefined, undefined, 'a3']);
  expect(serveAll(line)).toEqual(['a1', 'b1', 'a2']);
});

test('a full line turns away whoever would have as many places as anybody', () => {
  expect(lineOf(['a1', 'a2', 'a3'], 2).turnedAway).toEqual([undefined, undefined, 'a3']);
  expect(lineOf(['a1', 'b1', 'c1'], 2).turnedAway).toEqual([undefined, undefined, 'c1']);
  expect(lineOf(['a1', 'a2', 'b1', 'b2'], 3).turnedAway).toEqual([undefined, undefined, undefined, 'b2']);
  expect(lineOf(['a1'], 0).turnedAway).toEqual(['a1']);
});

test('whoever leaves is not served, and may leave twice', () => {
  const { line, items } = lineOf(['a1', 'a2', 'b1']);
  line.leave(items[0]!);
  line.leave(items[0]!);
  line.leave(items[2]!);
  expect(line.length).toBe(1);
  expect(serveAll(line)).toEqual(['a2']);
});
