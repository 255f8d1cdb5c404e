/** The report's style sheet: light and dark by the reader's preference, one column on a phone. @module */

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1d2330; --quiet: #5c6577; --line: #dfe3ea; --card: #f6f7f9;
  --plain: #2f8552; --mpc-1: #2563c9; --mpc-2: #b9510f; --mpc-3: #8a3ab9; --mpc-4: #0d7f86; --mpc-5: #7d6a00; --he: #c22f5b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171d; --ink: #e6e9ef; --quiet: #9aa4b5; --line: #323946; --card: #1b1f27;
    --plain: #69c48b; --mpc-1: #6ea3ff; --mpc-2: #f0904e; --mpc-3: #c98cf0; --mpc-4: #56c7cf; --mpc-5: #d8c04a; --he: #ff7fa3;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 56px; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 2rem; line-height: 1.15; margin: 0 0 8px; }
h2 { font-size: 1.35rem; margin: 40px 0 8px; }
p { margin: 8px 0; }
.meta, small { color: var(--quiet); font-size: .84rem; }
.lead { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 8px 32px; align-items: center; margin: 16px 0; }
.lead > * { min-width: 0; }
.findings { font-size: 1.1rem; }
.findings p { margin: 14px 0; }
nav { position: sticky; top: 0; z-index: 2; display: flex; gap: 4px 18px; overflow-x: auto; white-space: nowrap; background: var(--paper); border-bottom: 1px solid var(--line); padding: 12px 0; margin-top: 24px; font-size: .92rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr)); gap: 16px; margin: 16px 0; align-items: start; }
figure { margin: 0; background: var(--card); border-radius: 8px; padding: 12px; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 4px; }
figure svg { display: block; width: 100%; max-width: 440px; height: auto; margin: 0 auto; }
.lead figure svg { max-width: 520px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: .84rem; color: var(--quiet); margin-bottom: 6px; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 50%; margin-right: 5px; }
.legend b { font-weight: 400; color: var(--ink); }
details { margin: 12px 0; }
summary { cursor: pointer; padding: 6px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; }
th, td { padding: 5px 16px 5px 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; font-weight: 400; }
thead th { color: var(--quiet); }
tr > :first-child { position: sticky; left: 0; background: var(--paper); text-align: left; white-space: normal; min-width: 108px; max-width: 46vw; }
td:last-child:has(small) { text-align: left; }
tr.group > th { max-width: none; padding-top: 16px; color: var(--quiet); }
tr.group div { position: sticky; left: 0; max-width: min(1100px, calc(100vw - 32px)); overflow-wrap: anywhere; }
tr.group b { color: var(--ink); font-weight: 600; margin-right: 4px; }
dl { display: grid; grid-template-columns: minmax(100px, max-content) 1fr; gap: 6px 16px; margin: 12px 0; font-size: .92rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
dt:target, dt:target + dd { background: var(--card); }
a { color: inherit; text-decoration-color: var(--quiet); }
pre, code { font: .88em ui-monospace, monospace; }
pre { background: var(--card); border-radius: 6px; padding: 10px 12px; overflow-x: auto; }
@media (max-width: 600px) {
  h1 { font-size: 1.7rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 8px; }
}
`;
