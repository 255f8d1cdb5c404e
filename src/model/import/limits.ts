/** What a model's files may have. @module */

/** Of all weights: what has more cannot run privately, and would take several times as much memory to read. */
export const MOST_MODEL_BYTES: number = 2 ** 30;
