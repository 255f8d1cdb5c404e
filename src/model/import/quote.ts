/** What came out of a model file, for an error of one line. @module */

const MOST = 80;

/** A value as JSON, cut to a length that a line holds; a list or an object from a file may be of any size. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > MOST ? `${text.slice(0, MOST)}...` : text;
}
