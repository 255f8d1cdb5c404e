/** Checks of shapes and weights; every error names the layer. @module */
import { TacitError } from '../../core/errors.js';
import { type Pool2d, poolOutput } from '../../core/linear-map.js';
import type { Shape } from './node.js';

export function bad(layer: string, expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `layer ${layer}: expected ${expected}, got ${came}. Export the model again`);
}

export function show(shape: Shape): string {
  return `[${shape.join(',')}]`;
}

/** [height, width, channels] */
export function imageOf(layer: string, shape: Shape): readonly [number, number, number] {
  if (shape.length !== 3) throw bad(layer, 'an input of shape [height, width, channels]', show(shape));
  return [shape[0]!, shape[1]!, shape[2]!];
}

export function requireSameShape(layer: string, inputs: readonly Shape[]): Shape {
  const [x] = inputs as [Shape];
  for (const other of inputs) if (show(other) !== show(x)) throw bad(layer, `inputs of ${show(x)}`, show(other));
  return x;
}

/** The shape that a pool gives. */
export function poolShape(layer: string, pool: Pool2d, x: Shape): Shape {
  imageOf(layer, x);
  if (x[0] !== pool.inHeight || x[1] !== pool.inWidth || x[2] !== pool.channels) {
    throw bad(layer, `an input of ${show([pool.inHeight, pool.inWidth, pool.channels])}`, show(x));
  }
  return poolOutput(pool);
}

export function checkValues(layer: string, what: string, values: ArrayLike<number>, count: number): void {
  if (values.length !== count) throw bad(layer, `${count} ${what}`, String(values.length));
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(values[i]!)) throw bad(layer, `finite ${what}`, `${values[i]} at index ${i}`);
  }
}
