/** Rows of numbers: one an input, one after the other. @module */

/** The rows that `chosen` names. */
export function pick(values: Float32Array, chosen: ArrayLike<number>, size: number): Float32Array {
  const rows = new Float32Array(chosen.length * size);
  for (let i = 0; i < chosen.length; i++)
    rows.set(values.subarray(chosen[i]! * size, (chosen[i]! + 1) * size), i * size);
  return rows;
}

/** Rows that are 1 at the label and 0 elsewhere. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) rows[i * classes + labels[i]!] = 1;
  return rows;
}

/** Of each row where its greatest value is, the first of equals. */
export function bestOf(values: ArrayLike<number>, classes: number): Uint32Array {
  return Uint32Array.from({ length: values.length / classes }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[row * classes + c]! > values[row * classes + best]!) best = c;
    return best;
  });
}

/** exp(value) / sum exp of each row. */
export function softmax(values: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += classes) {
    let top = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) top = Math.max(top, values[start + c]!);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += rows[start + c] = Math.exp(values[start + c]! - top);
    for (let c = 0; c < classes; c++) rows[start + c]! /= sum;
  }
  return rows;
}

/** One after the other. */
export function joined(...parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
