/** Which attack is under way, on stderr. @module */

/** A line on a terminal, rewritten; of a file a line an attack. */
export function showAttack(name: string, done: number, all: number): void {
  const text = name === '' ? '' : `attack ${done + 1} of ${all}: ${name}`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
