/** For the one page that needs no site: the link that signs nobody in. Light and dark by the reader's system. */
export const HOME_STYLE = `
:root { color-scheme: light dark; --ground: #fbfbfa; --text: #1c1d1f; --mark: #0b5fbf; }
@media (prefers-color-scheme: dark) { :root { --ground: #131416; --text: #ececea; --mark: #7cb8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 2.5rem 1.25rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.02em; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
a { color: var(--mark); }
code { font: .9em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
`;
