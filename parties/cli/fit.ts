/** Arrays as a model takes them: one or several inputs, of its shape, of the other layout of images, or in one row. @module */
import { TacitError } from '../../src/core/errors.js';
import { sizeOf } from '../../src/core/ring.js';
import type { Layout } from '../../src/model/card.js';
import type { NdArray } from './formats/nd-array.js';
import { countOf, relayout, shapeIn } from './layout.js';
import { type InputRules, shapesOf } from './rules.js';

export interface Fitted {
  /** [count, ...shape of the model's input] */
  readonly values: Float32Array | Float64Array;
  readonly count: number;
  /** What was done to them, in words. */
  readonly applied: readonly string[];
}

/** @throws BAD_SHAPE where the array does not hold inputs of the model, and where its layout would have to be guessed */
export function fitArray(array: NdArray, rules: InputRules, name: string): Fitted {
  const { shape, image, layout } = rules;
  const came = array.shape;
  const size = sizeOf(shape);
  if (typeof image === 'object' && image.channels > 1) {
    const from = layout ?? image.layout;
    const wanted = from === image.layout ? shape : shapeIn(image, from);
    const count = countOf(came, wanted) ?? (layout === undefined ? undefined : countOf(came, [size]));
    if (count === undefined) throw bad(wanted, came, name, adviceFor(array, rules), rules);
    const values = relayout(array.values, count, image, from, image.layout);
    return { values, count, applied: from === image.layout ? [] : [`transposed: ${from} to ${image.layout}`] };
  }
  const count = countOf(came, shape) ?? (image === 'open' ? undefined : countOf(came, [size]));
  if (count === undefined) throw bad(shape, came, name, adviceFor(array, rules), rules);
  return { values: array.values, count, applied: [] };
}

const WORDS: Readonly<Record<Layout, string>> = { nchw: 'channels first', nhwc: 'channels last' };

function adviceFor({ shape: came }: NdArray, { inputs, shape, image, layout }: InputRules): string {
  const row = countOf(came, [sizeOf(shape)]) !== undefined;
  if (row && layout === undefined) return 'Say which order the row has: give --layout nhwc or --layout nchw';
  if (inputs.length > 1) return 'Give an .npz with an array of each name';
  if (typeof image !== 'object') return 'Reshape the input';
  if (layout !== undefined) {
    const fits = countOf(came, shape) !== undefined;
    return fits
      ? `It is ${WORDS[image.layout]} as the model wants it: leave out --layout`
      : `--layout says ${WORDS[layout]}: reshape the input`;
  }
  const other = image.layout === 'nhwc' ? 'nchw' : 'nhwc';
  if (countOf(came, shapeIn(image, other)) !== undefined) {
    return `It is ${WORDS[other]}, the model wants ${WORDS[image.layout]}: give --layout ${other} to have it transposed`;
  }
  return 'Reshape the input';
}

function bad(
  wanted: readonly number[],
  came: readonly number[],
  name: string,
  advice: string,
  { inputs }: InputRules,
): TacitError {
  const text = wanted.join(',');
  const one = `inputs of shape [${text}] or [N,${text}]`;
  return new TacitError(
    'BAD_SHAPE',
    `expected ${inputs.length === 1 ? one : `rows of ${text} values, those of ${shapesOf(inputs)}`}, got [${came.join(',')}] in ${name}. ${advice}`,
  );
}
