/** Words that come from elsewhere (a file, a peer) as part of a line for a person. @module */

const MOST_CHARACTERS = 500;

/** One line: no control or invisible characters. */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** One line, and not too long. */
export function printable(text: string, most: number = MOST_CHARACTERS): string {
  const line = oneLine(text.slice(0, 2 * most));
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
