/** Words that come from elsewhere (a file, a peer) as part of a line for a person. @module */

const MOST_CHARACTERS = 500;

/** One line: no control or invisible characters, and not too long. */
export function printable(text: string, most: number = MOST_CHARACTERS): string {
  const line = text.slice(0, 2 * most).replace(/\p{C}+/gu, ' ');
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
