import { expect, test } from 'bun:test';
import type { ReactNode } from 'react';
import { CopyButton } from '../copy-button.tsx';
import { CodeText } from './code-text.tsx';
import { drawTokens } from './draw-tokens.tsx';
import { HOSTILE_TEXTS } from './hostile-texts.test-data.ts';
import { LoadPicture } from './load-picture.tsx';
import { paintCode } from './paint-code.ts';
import { BlockSplitter } from './split-blocks.ts';

interface Drawn {
  readonly tag: string;
  readonly props: Readonly<Record<string, unknown>>;
}

const ELEMENTS: ReadonlySet<string> = new Set(
  'p h4 h5 h6 strong em del code pre br hr blockquote ul ol li table thead tbody tr th td section span a figure figcaption'.split(
    ' ',
  ),
);
const PROPS: Readonly<Record<string, ReadonlySet<string>>> = {
  a: new Set(['href', 'rel', 'target', 'children']),
  ol: new Set(['start', 'children']),
  th: new Set(['scope', 'children']),
  span: new Set(['className', 'children']),
  section: new Set(['className', 'aria-label', 'tabIndex', 'children']),
  pre: new Set(['dir', 'tabIndex', 'children']),
  figure: new Set(['className', 'children']),
};

/** All elements and all texts of a tree. Our own parts are called as React would; those with a state are named here. */
function walk(node: ReactNode, elements: Drawn[], texts: string[]): void {
  if (typeof node === 'string' || typeof node === 'number') texts.push(String(node));
  else if (Array.isArray(node)) for (const child of node) walk(child as ReactNode, elements, texts);
  else if (typeof node === 'object' && node !== null && 'type' in node) {
    const { type, props } = node as unknown as { readonly type: unknown; readonly props: Drawn['props'] };
    if (typeof type === 'string') {
      elements.push({ tag: type, props });
      walk(props.children as ReactNode, elements, texts);
    } else if (type === CodeText) texts.push(String(props.text));
    else if (typeof type === 'function' && type !== CopyButton && type !== LoadPicture) {
      walk((type as (props: unknown) => ReactNode)(props), elements, texts);
    } else if (typeof type === 'symbol') walk(props.children as ReactNode, elements, texts);
  }
}

function draw(text: string, isWhole = true): { readonly elements: readonly Drawn[]; readonly text: string } {
  const elements: Drawn[] = [];
  const texts: string[] = [];
  for (const block of new BlockSplitter().read(text, isWhole)) {
    if (block.tokens) walk(drawTokens(block.tokens), elements, texts);
    else texts.push(block.raw);
  }
  return { elements, text: texts.join('') };
}

function linksOf(text: string): readonly unknown[] {
  return draw(text)
    .elements.filter(({ tag }) => tag === 'a')
    .map(({ props }) => props.href);
}

test('the corpus is as large as it claims', () => {
  expect(new Set(HOSTILE_TEXTS).size).toBeGreaterThan(600);
});

test('of a hostile text nothing is drawn but elements and properties of the list, whole or half arrived', () => {
  for (const text of HOSTILE_TEXTS) {
    for (const [shown, isWhole] of [
      [text, true],
      [text, false],
      [text.slice(0, text.length / 2), false],
    ] as const) {
      for (const { tag, props } of draw(shown, isWhole).elements) {
        expect([shown, tag, ELEMENTS.has(tag)]).toEqual([shown, tag, true]);
        const allowed = PROPS[tag] ?? new Set(['children']);
        expect([shown, tag, Object.keys(props).filter((name) => !allowed.has(name))]).toEqual([shown, tag, []]);
      }
    }
  }
});

test('every link of a hostile text leads over http, https or to a mail address, and to no page of ours', () => {
  for (const text of HOSTILE_TEXTS) {
    for (const { props } of draw(text).elements.filter(({ tag }) => tag === 'a')) {
      const href = String(props.href);
      expect([text, /^(?:https?:\/\/[^/@\s]+(?:[/?#]|$)|mailto:[\w.+-]+@[\w.-]+$)/.test(href)]).toEqual([text, true]);
      expect(props.rel).toBe('noreferrer noopener nofollow');
    }
  }
});

test('no control character and no override of direction is shown', () => {
  for (const text of HOSTILE_TEXTS) {
    const shown = draw(text).text;
    expect([text, /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(shown)]).toEqual([text, false]);
  }
});

test('html is shown as the text that it is', () => {
  expect(draw('a <img src=x onerror=alert(1)> b').text).toBe('a <img src=x onerror=alert(1)> b');
  expect(draw('<script>alert(1)</script>').text).toBe('<script>alert(1)</script>');
});

test('a link whose text says something else shows where it leads', () => {
  expect(draw('[https://good.example](https://evil.example/x)').text).toBe('https://good.example (evil.example)');
  expect(draw('[evil.example](https://evil.example/)').text).toBe('evil.example');
  expect(linksOf('[x](https://evil.example/a?b)')).toEqual(['https://evil.example/a?b']);
});

test('a refused address is shown beside the words that hid it', () => {
  expect(linksOf('[click](javascript:alert(1))')).toEqual([]);
  expect(draw('[click](javascript:alert(1))').text).toBe('click (javascript:alert(1))');
  expect(linksOf('[click](https://good.example@evil.example/)')).toEqual([]);
});

test('a picture is named with its host and not loaded', () => {
  const { elements, text } = draw('![a cat](https://evil.example/leak?q=1)');
  expect(elements.some(({ tag }) => tag === 'img')).toBe(false);
  expect(text).toBe('Picture “a cat” from evil.example');
});

test('ordinary markdown is drawn as what it is', () => {
  const text =
    '# Title\n\nSome **bold** and `code` &amp; <more>\n\n1. one\n2. two\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |';
  const { elements, text: shown } = draw(text);
  const tags = elements.map(({ tag }) => tag);
  for (const tag of ['h4', 'p', 'strong', 'code', 'ol', 'li', 'figure', 'pre', 'table', 'th', 'td'])
    expect(tags).toContain(tag);
  expect(shown).toContain('Some bold and code & <more>');
  expect(shown).toContain('const a = 1;');
});

test('a text in pieces ends as the same blocks as the text at once, and finished blocks are the same objects', () => {
  const text = Array.from(
    { length: 20 },
    (_, at) => `## Part ${at}\n\nWords *and* [links](https://a.example/${at}).\n\n- x\n- y\n`,
  ).join('\n');
  const splitter = new BlockSplitter();
  let before = splitter.read('', false);
  for (let end = 1; end <= text.length; end++) {
    const after = splitter.read(text.slice(0, end), false);
    for (const [place, block] of before.slice(0, -1).entries()) expect(after[place]).toBe(block);
    before = after;
  }
  const pieces = splitter.read(text, true).map(({ raw }) => raw);
  expect(pieces).toEqual(new BlockSplitter().read(text, true).map(({ raw }) => raw));
});

test('markup that has only half arrived is closed until the rest is there', () => {
  expect(draw('some **bold', false).elements.map(({ tag }) => tag)).toEqual(['p', 'strong']);
  expect(draw('see [the docs](https://a.exa', false).text).toBe('see the docs');
});

test('what would cost too much to read is shown as plain text', () => {
  for (const text of ['>'.repeat(3_000), '*a '.repeat(5_000), '- '.repeat(3_000)]) {
    expect(draw(text)).toEqual({ elements: [], text });
  }
});

test('code is coloured to the letter, in a language that is known, and stays plain otherwise', async () => {
  const code = 'const a = "<script>"; // 1 &amp; 2\n';
  const painted = (await paintCode(code, 'ts'))!;
  expect(painted.map(({ text }) => text).join('')).toBe(code);
  expect(painted.filter(({ kind }) => kind)).toEqual([
    { text: 'const', kind: 'keyword' },
    { text: '"<script>"', kind: 'string' },
    { text: '// 1 &amp; 2', kind: 'comment' },
  ]);
  for (const language of ['', 'klingon', '__proto__', 'constructor']) {
    expect(await paintCode(code, language)).toBeUndefined();
  }
  expect(await paintCode(`const a = "${'x'.repeat(3_000)}"`, 'ts')).toBeUndefined();
});

test('no code of the corpus loses or gains a letter by its colours', async () => {
  for (const language of ['html', 'js', 'python', 'bash', 'sql', 'css', 'diff']) {
    for (const text of HOSTILE_TEXTS) {
      const painted = await paintCode(text, language);
      if (painted) expect(painted.map((piece) => piece.text).join('')).toBe(text);
    }
  }
});
