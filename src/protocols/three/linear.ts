/**
 * A linear step with secret weights on replicated shares (Araki, Furukawa, Lindell, Nof, Ohara, CCS 2016).
 *
 * z_i = x_i o (w_i + w_{i+1}) + x_{i+1} o w_i + b_i + a_i, a_i a share of zero; party i sends z_i to party i - 1: one message of |Y|
 * elements each, of as many bits as what reads them needs.
 * @module
 */
import { release } from '../../core/release.js';
import { bytesOf, wordsPerElement } from '../../core/ring.js';
import { asShare } from '../../core/secret.js';
import { packedBytes } from '../../kernels/boolean.js';
import { framedBytes } from '../../transport/frame.js';
import { nextPeer, previousPeer, type Replicated, type RunContext, type StepStreams } from './context.js';
import { packWords, unpackWords } from './packing.js';
import { type LinearStep, noTraffic, type ProductStep, type StepCost, toPrevious } from './step.js';

export function linearCost(step: LinearStep | ProductStep): StepCost {
  const bytes = framedBytes(packedBytes(step.elements, step.bits));
  return { offline: noTraffic(), online: step.reshared ? [toPrevious(bytes)] : [] };
}

/** x + F(K_i) - F(K_{i+1}), `x` in n words. */
export function addZero({ bits, kernels }: RunContext, streams: StepStreams, x: Uint32Array): Uint32Array {
  const plus = new Uint32Array(x.length);
  const minus = new Uint32Array(x.length);
  streams.first.nextInto(new Uint8Array(plus.buffer));
  streams.second.nextInto(new Uint8Array(minus.buffer));
  const added = kernels.add(bits, x, plus);
  const out = kernels.sub(bits, added, minus);
  for (const spent of [plus, minus, added]) release(bytesOf(spent));
  return out;
}

/** Shares of x o W + b. */
export async function runLinear(context: RunContext, step: LinearStep, x: Replicated): Promise<Replicated> {
  const { bits, batch, kernels, model, streams } = context;
  const { map, hasBias } = step.node;
  const { first, sum, bias } = model.layers.get(step.index)!;
  const product = kernels.add(
    bits,
    kernels.conv2d(bits, map, batch, x.first, sum),
    kernels.conv2d(bits, map, batch, x.second, first),
  );
  const own = addZero(context, streams.take(step.index), hasBias ? kernels.addBias(bits, product, bias) : product);
  return reshare(context, step, own);
}

/**
 * A product shared again: both components from `own`, the first, which goes to the party before. Where the step is not shared again,
 * the second component is the first and nobody may read it.
 */
export async function reshare(
  context: RunContext,
  step: LinearStep | ProductStep,
  own: Uint32Array,
): Promise<Replicated> {
  if (!step.reshared) return asShare({ first: own, second: own });
  await previousPeer(context).send(step.index, packWords(context, own, step.bits));
  const elements = own.length / wordsPerElement(context.bits);
  const packed = await nextPeer(context).receive(step.index, packedBytes(elements, step.bits));
  return asShare({ first: own, second: unpackWords(context, packed, elements, step.bits) });
}
