import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { escapeHtml, Html, html, htmlPage, httpUrl } from './html.ts';

test('a value is text, as content and in an attribute', () => {
  const hostile = `"><script>alert('1')</script>&amp;\``;
  const safe = '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;&#96;';
  expect(html`<p title="${hostile}">${hostile}</p>`.toString()).toBe(`<p title="${safe}">${safe}</p>`);
});

test('pieces made by the template stand as they are, and values in lists are escaped', () => {
  const items = ['a', '<b>'].map((name) => html`<li>${name}</li>`);
  expect(html`<ul>${items}</ul>${['<', [1, 2n]]}`.toString()).toBe('<ul><li>a</li><li>&lt;b&gt;</li></ul>&lt;12');
});

test('what is absent or false prints nothing, and zero prints', () => {
  expect(html`[${undefined}${false}${0}${''}]`.toString()).toBe('[0]');
});

test('nobody else can make a piece that is not escaped', () => {
  expect(() => new Html('<script>', Symbol('escaped'))).toThrow('template tag only');
});

test('a piece that only looks like one is escaped', () => {
  const fake = { toString: () => '<script>' } as unknown as string;
  expect(html`${fake}`.toString()).toBe('&lt;script&gt;');
});

test('marks that turn the direction of text, controls and lone surrogates are replaced', () => {
  expect(escapeHtml('safe\u202egnp.exe\u2066\u200f\0\x1b[31m\ud800')).toBe('safe�gnp.exe����[31m�');
  expect(escapeHtml('line\nline\ttab · Ω 漢 🚂')).toBe('line\nline\ttab · Ω 漢 🚂');
});

test('no text whatever opens a tag, an entity or leaves an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"'`]|&(?!(?:amp|lt|gt|quot|#39|#96);)/);
    }),
  );
});

test('only http and https addresses become links', () => {
  expect(httpUrl('https://example.com/a b')).toBe('https://example.com/a%20b');
  for (const text of ['javascript:alert(1)', ' java\nscript:alert(1)', 'data:text/html,x', '//example.com', '', 'x']) {
    expect(httpUrl(text)).toBeUndefined();
  }
});

test('every page forbids scripts, frames and foreign forms, and escapes its title', async () => {
  const page = htmlPage({ title: '</title><script>', body: html`<p>x</p>` }, 403, { 'x-more': 'yes' });
  const text = await page.text();
  expect(page.status).toBe(403);
  expect(page.headers.get('x-more')).toBe('yes');
  expect(text).toContain('<title>&lt;/title&gt;&lt;script&gt;</title>');
  expect(text).not.toContain('<script');
  expect(text).not.toContain('style=');
  const policy = page.headers.get('content-security-policy')!.split('; ');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("form-action 'self'");
  expect(policy.join()).not.toContain('script-src');
});
