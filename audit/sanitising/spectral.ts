/**
 * Spectral signatures: examples that were poisoned lie far out along the direction in which the representations of their class vary most.
 * Tran, Li, Madry, NeurIPS 2018, arXiv 1811.00636, algorithm 1.
 * @module
 */

const ITERATIONS = 100;

/** The indices of the rows that are furthest out, `count` of them. */
export function outliers(rows: readonly Float32Array[], count: number): readonly number[] {
  if (rows.length === 0) return [];
  const width = rows[0]!.length;
  const mean = new Float64Array(width);
  for (const row of rows) for (let j = 0; j < width; j++) mean[j]! += row[j]! / rows.length;
  const centred = rows.map((row) => Float64Array.from(row, (value, j) => value - mean[j]!));
  const direction = topDirection(centred, width);
  const scores = centred.map((row) => Math.abs(dot(row, direction)));
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, count);
}

/** The first right singular vector, by power iteration. */
function topDirection(rows: readonly Float64Array[], width: number): Float64Array {
  let direction: Float64Array = new Float64Array(width).map((_, j) => 1 / (1 + j));
  for (let i = 0; i < ITERATIONS; i++) {
    const next = new Float64Array(width);
    for (const row of rows) {
      const along = dot(row, direction);
      for (let j = 0; j < width; j++) next[j]! += along * row[j]!;
    }
    const length = Math.sqrt(dot(next, next)) || 1;
    direction = next.map((value) => value / length);
  }
  return direction;
}

function dot(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, value, i) => sum + value * other[i]!, 0);
}
