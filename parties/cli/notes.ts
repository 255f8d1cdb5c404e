/** What was done to inputs before they were encoded, and what seems odd about them. @module */

export interface Note {
  /** Hints change nothing. */
  readonly kind: 'applied' | 'hint';
  readonly text: string;
  /** Sources that it is about. */
  readonly count: number;
  /** The first of them. */
  readonly first: string;
}

export function notesOn(source: string, kind: Note['kind'], texts: readonly string[]): Note[] {
  return texts.map((text) => ({ kind, text, count: 1, first: source }));
}

/** Notes of the same text as one. */
export function mergeNotes(notes: readonly Note[]): Note[] {
  const merged = new Map<string, Note>();
  for (const note of notes) {
    const same = merged.get(note.text);
    merged.set(note.text, same ? { ...same, count: same.count + note.count } : note);
  }
  return [...merged.values()];
}

/** For a person. */
export function describeNote({ text, count, first }: Note): string {
  return count === 1 ? `${first} ${text}` : `${count} files ${text}`;
}
