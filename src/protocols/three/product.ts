/**
 * The product of two secret tensors, element by element, on replicated shares (Araki, Furukawa, Lindell, Nof, Ohara, CCS 2016).
 *
 * z_i = x_i * (y_i + y_{i+1}) + x_{i+1} * y_i + a_i, a_i a share of zero; party i sends z_i to party i - 1, as after a linear step.
 * @module
 */
import { multiply } from '../../kernels/multiply.js';
import type { ProductStep } from '../../steps/three.js';
import type { Running } from '../protocol.js';
import type { Components, Replicated, RunContext } from './context.js';
import { addZero, reshare } from './linear.js';

/** Shares of x * y. */
function runProduct(context: RunContext, step: ProductStep, x: Replicated, y: Replicated): Promise<Replicated> {
  const { bits, kernels, streams } = context;
  const product = kernels.add(
    bits,
    multiply(kernels, bits, x.first, kernels.add(bits, y.first, y.second)),
    multiply(kernels, bits, x.second, y.first),
  );
  return reshare(context, step, addZero(context, streams.take(step.index), product));
}

export const product: Running<ProductStep, RunContext, Components> = {
  run: (context, step, [x, y = x]) => runProduct(context, step, x!, y!),
};
