/** What a misspelt word was meant to be. @module */

/** Edits of a letter that it may be away. */
const MOST_EDITS = 3;
const MOST_CHARACTERS = 80;

/** The known word that the fewest edits make of `word`, where they are few. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MOST_CHARACTERS || known.length === 0) return undefined;
  const scored = known.map((one) => ({ one, edits: editsBetween(word.toLowerCase(), one) }));
  const best = scored.reduce((least, other) => (other.edits < least.edits ? other : least));
  return best.edits <= Math.min(MOST_EDITS, best.one.length / 2) ? best.one : undefined;
}

/** Levenshtein's distance: letters to add, remove or replace. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
