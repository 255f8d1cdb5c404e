/** What is under way, on stderr. @module */

/** One line on a terminal, rewritten; nothing where stderr is a file. */
export function showProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}

/** The same for work of many minutes: where stderr is a file, a line whenever another thing than a count changes. */
export function stageProgress(): (what: string) => void {
  const start = performance.now();
  let stage = '';
  return (what) => {
    const next = what.replace(/\d+/g, '');
    const seconds = Math.round((performance.now() - start) / 1000);
    if (process.stderr.isTTY) showProgress(`${seconds} s: ${what}`);
    else if (next !== stage) process.stderr.write(`${seconds} s: ${what}\n`);
    stage = next;
  };
}
