/** Light and dark by the reader's system; one column on a phone. */
export const HOME_STYLE = `
:root { color-scheme: light dark; --ground: #fbfbfa; --card: #fff; --line: #dcdcd8; --text: #1c1d1f; --soft: #5b5e63; --mark: #0b5fbf; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) { :root { --ground: #131416; --card: #1b1d20; --line: #34373c; --text: #ececea; --soft: #a5a9af; --mark: #7cb8ff; --good: #74d49a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
header p, footer { color: var(--soft); margin-top: 0; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.02em; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.25rem; margin: 1rem 0; }
section > :last-child { margin-bottom: 0; }
a { color: var(--mark); }
code, pre { font: .9em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
pre { background: var(--ground); border: 1px solid var(--line); border-radius: .4rem; padding: .8rem 1rem; overflow-x: auto; }
pre code { overflow-wrap: normal; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; margin: 0; }
.numbers div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.numbers dt { color: var(--soft); font-size: .9rem; }
.numbers dd { margin: 0; font-size: 1.6rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin: 0 0 .75rem; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-weight: 500; }
thead th.n { text-align: right; }
tbody th { font-weight: 500; }
small { color: var(--soft); font-weight: 400; white-space: nowrap; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.n + td:not(.n) { padding-left: .6rem; }
.good { color: var(--good); }
.gone { color: var(--soft); text-decoration: line-through; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
button { font: inherit; padding: .4rem .9rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--ground); color: var(--text); cursor: pointer; }
textarea, input { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .7rem; }
input { max-width: 100%; }
textarea { width: 100%; min-height: 4.2rem; resize: vertical; }
label { display: block; margin: .6rem 0 .25rem; }
output { display: block; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--ground); border: 1px solid var(--line); border-radius: .4rem; padding: .8rem 1rem; min-height: 3rem; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: .6rem 0; }
.soft { color: var(--soft); }
button:disabled { opacity: .5; cursor: default; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dl.facts dt { color: var(--soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl.facts { grid-template-columns: 1fr; } dl.facts dd { margin-bottom: .5rem; } }
@media (max-width: 30rem) {
  table:has(.endpoint) thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table:has(.endpoint), table:has(.endpoint) tbody { display: block; }
  .endpoint { display: flex; flex-wrap: wrap; gap: .1rem .9rem; padding: .55rem 0; border-bottom: 1px solid var(--line); }
  .endpoint > *, .endpoint td.n + td:not(.n) { padding: 0; border: 0; }
  .endpoint th, .endpoint td:last-child { flex-basis: 100%; }
  .endpoint [data-head]::before { content: attr(data-head) ' '; color: var(--soft); }
}
.narrow { max-width: 40rem; }
footer { padding-bottom: 2.5rem; }
`;
