/**
 * A linear step with secret weights on replicated shares (Araki, Furukawa, Lindell, Nof, Ohara, CCS 2016).
 *
 * The nine products x_j o w_k in five, each of what one party holds:
 *
 *   z_0 = (x_0 + x_1) o (w_0 + w_1)
 *   z_1 = x_1 o w_2 + x_2 o (w_1 + w_2)
 *   z_2 = x_2 o w_0 + x_0 o w_2
 *
 * plus b_i + a_i, a_i a share of zero; party i sends z_i to party i - 1: one message of |Y| elements each, of as many bits as what reads
 * them needs. A Boolean step reads x_0 + x_1 at party 0 and x_2 at the others, never party 2's x_0: before such steps party 0 sends none.
 * @module
 */
import { release, turn } from '#platform';
import { type Conv2d, inputSize, macsOf, outputSize } from '../../core/linear-map.js';
import { bytesOf, wordsPerElement } from '../../core/ring.js';
import { asShare, type Share } from '../../core/secret.js';
import type { Arithmetic } from '../../correlations/context.js';
import { convolve } from '../../correlations/convolve.js';
import { operationsOf } from '../../kernels/ring-operations.js';
import {
  FIRST_HELPER,
  type LinearStep,
  nextOf,
  OWNER,
  type Party,
  type ProductStep,
  SECOND_HELPER,
} from '../../steps/three.js';
import type { Running } from '../protocol.js';
import {
  type Components,
  nextPeer,
  previousPeer,
  type Replicated,
  type RunContext,
  type StepStreams,
} from './context.js';
import { SENDERS } from './moves.js';
import { receiveWords, sendWords } from './packing.js';

type Operand = 'first' | 'second' | 'sum';

/** What a party multiplies: of its components of x, and of w. */
const PRODUCTS: Readonly<Record<Party, readonly { readonly x: Operand; readonly w: Operand }[]>> = {
  [OWNER]: [{ x: 'sum', w: 'sum' }],
  [FIRST_HELPER]: [
    { x: 'first', w: 'second' },
    { x: 'second', w: 'sum' },
  ],
  [SECOND_HELPER]: [
    { x: 'first', w: 'second' },
    { x: 'second', w: 'first' },
  ],
};

function operand({ bits, kernels }: Arithmetic, { first, second }: Components, which: Operand): Uint32Array {
  return which === 'sum' ? kernels.add(bits, first, second) : which === 'first' ? first : second;
}

/** The weights of a party's products, in their order. */
export function weightOperands(arithmetic: Arithmetic, party: Party, weights: Components): Share<Uint32Array>[] {
  return PRODUCTS[party].map(({ w }) => asShare(operand(arithmetic, weights, w)));
}

/** Multiply-accumulates, and elements of the result, between two turns of the event loop. Dense layers want many inputs at once. */
const TURN_MACS = 2 ** 28;
const TURN_ELEMENTS = 2 ** 20;

/** Inputs of a batch that are multiplied at once. */
export function inputsAtOnce(map: Conv2d): number {
  return Math.max(1, Math.floor(Math.min(TURN_MACS / macsOf(map), TURN_ELEMENTS / outputSize(map))));
}

/** Adds a_i = F(K_i) - F(K_{i+1}) to n elements in kernel memory. */
function addZeroAt({ bits, module }: Arithmetic, streams: StepStreams, at: number, n: number): void {
  const { memory, exports } = module;
  const { add, sub } = operationsOf(exports)[bits];
  memory.withScratch(() => {
    const bytes = n * (bits / 8);
    const zero = memory.scratch(bytes);
    for (const [stream, combine] of [
      [streams.first, add],
      [streams.second, sub],
    ] as const) {
      stream.nextInto(memory.bytes.subarray(zero, zero + bytes));
      combine(at, zero, at, n);
    }
  });
}

/** x + a_i, `x` in n words. */
export function addZero(context: Arithmetic, streams: StepStreams, x: Uint32Array): Uint32Array {
  const { memory } = context.module;
  return memory.withScratch(() => {
    const at = memory.scratch(x.byteLength);
    memory.words.set(x, at >>> 2);
    addZeroAt(context, streams, at, x.length / wordsPerElement(context.bits));
    return memory.copyOut(at, x.length);
  });
}

/** Shares of x o W + b. */
async function runLinear(context: RunContext, step: LinearStep, x: Replicated): Promise<Replicated> {
  return reshare(context, step, await ownPart(context, step, x));
}

/** A product shared again: each party's part goes to the one before. A second component that no party may read is the first. */
export async function reshare(
  context: RunContext,
  step: LinearStep | ProductStep,
  part: Uint32Array,
): Promise<Replicated> {
  const { party } = context;
  const own = asShare(part);
  const senders = SENDERS[step.reads];
  if (senders.includes(party)) await sendWords(context, previousPeer(context), step.index, own, step.bits);
  if (!senders.includes(nextOf(party))) return asShare({ first: own, second: own });
  const second = await receiveWords(context, nextPeer(context), step.index, step.elements, step.bits);
  return asShare({ first: own, second });
}

/** z_i + b_i + a_i, some inputs at a time. */
async function ownPart(context: RunContext, step: LinearStep, x: Replicated): Promise<Uint32Array> {
  const { bits, batch } = context;
  const { map } = step.node;
  const streams = context.streams.take(step.index);
  const inWords = inputSize(map) * wordsPerElement(bits);
  const outWords = outputSize(map) * wordsPerElement(bits);
  const own = new Uint32Array(batch * outWords);
  const most = inputsAtOnce(map);
  for (let from = 0; from < batch; from += most) {
    if (from > 0) await turn();
    const to = Math.min(from + most, batch);
    const part = (component: Uint32Array): Uint32Array => component.subarray(from * inWords, to * inWords);
    const inputs = { first: part(x.first), second: part(x.second) };
    await multiply(context, step, streams, inputs, own.subarray(from * outWords, to * outWords));
  }
  return own;
}

/** All sums are made in kernel memory, in place. */
async function multiply(
  context: RunContext,
  { index, node: { map, hasBias } }: LinearStep,
  streams: StepStreams,
  x: Components,
  own: Uint32Array,
): Promise<void> {
  const { bits, module, model, party } = context;
  const { memory, exports } = module;
  const { add, addRows } = operationsOf(exports)[bits];
  const { weights, bias } = model.layers.get(index)!;
  const n = own.length / wordsPerElement(bits);
  const products: Uint32Array[] = [];
  for (const [i, of] of PRODUCTS[party].entries()) {
    const input = operand(context, x, of.x);
    products.push(await convolve(context, map, n / outputSize(map), input, weights[i]!));
    // components are the caller's
    if (of.x === 'sum') release(bytesOf(input));
  }
  memory.withScratch(() => {
    const out = memory.scratch(own.byteLength);
    for (const [i, product] of products.entries()) {
      if (i === 0) memory.words.set(product, out >>> 2);
      else memory.withScratch(() => add(out, memory.pointerTo(product), out, n));
      release(bytesOf(product));
    }
    const channels = map.outChannels;
    if (hasBias) addRows(n / channels, channels, out, channels, memory.pointerTo(bias), 0, out, channels);
    addZeroAt(context, streams, out, n);
    own.set(memory.words.subarray(out >>> 2, (out >>> 2) + own.length));
  });
}

export const linear: Running<LinearStep, RunContext, Components> = {
  run: (context, step, [x]) => runLinear(context, step, x!),
};
