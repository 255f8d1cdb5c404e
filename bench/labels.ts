/** Labels from scores, and how many of them are right. @module */

/** The index of the greatest; of equal ones, the first. */
export function bestOf(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/** The part of the labels that are the expected ones. */
export function shareOf(labels: readonly number[], expected: ArrayLike<number>): number {
  return labels.filter((label, i) => label === expected[i]).length / labels.length;
}
