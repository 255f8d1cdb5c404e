/** The report's style sheet: light and dark by the reader's preference, one column on a phone. @module */

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1d2330; --quiet: #5c6577; --line: #e3e6ec; --card: #f6f7f9;
  --online: #2563c9; --online-soft: #8fb1e8; --offline: #e0a33a;
  --s1: #2563c9; --s2: #c2571a; --s3: #8a3ab9; --plain: #3b8f5a; --he: #c22f5b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171d; --ink: #e6e9ef; --quiet: #9aa4b5; --line: #2b313c; --card: #1b1f27;
    --online: #6ea3ff; --online-soft: #3f5f96; --offline: #d9a441;
    --s1: #6ea3ff; --s2: #f0904e; --s3: #c98cf0; --plain: #69c48b; --he: #ff7fa3;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 2rem; line-height: 1.15; margin: 0 0 8px; }
h2 { font-size: 1.35rem; margin: 48px 0 8px; border-top: 1px solid var(--line); padding-top: 20px; }
p { margin: 8px 0; }
.lead { font-size: 1.1rem; }
.meta, small { color: var(--quiet); font-size: .84rem; }
.findings { background: var(--card); border-left: 4px solid var(--s1); border-radius: 4px; padding: 8px 16px; margin-top: 16px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 16px; margin: 16px 0; }
figure { margin: 0; background: var(--card); border-radius: 8px; padding: 12px; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 4px; }
figure svg { display: block; width: 100%; max-width: 560px; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: .84rem; color: var(--quiet); margin-bottom: 6px; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 5px; }
.legend b { font-weight: 400; margin-right: 5px; color: var(--ink); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; width: 100%; }
th, td { padding: 5px 10px 5px 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--quiet); font-weight: 500; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: min(290px, 48vw); }
a { color: inherit; text-decoration-color: var(--quiet); }
td .text { display: block; text-align: left; white-space: normal; min-width: 220px; overflow-wrap: anywhere; }
pre, code { font: .88em ui-monospace, monospace; }
pre { background: var(--card); border-radius: 6px; padding: 10px 12px; overflow-x: auto; }
.published table { font-style: italic; }
`;
