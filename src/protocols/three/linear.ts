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
import { release } from '../../core/release.js';
import { bytesOf, wordsPerElement } from '../../core/ring.js';
import { asShare, type Share } from '../../core/secret.js';
import { packedBytes } from '../../kernels/boolean.js';
import { framedBytes } from '../../transport/frame.js';
import type { Arithmetic } from '../context.js';
import {
  type Components,
  nextPeer,
  previousPeer,
  type Replicated,
  type RunContext,
  type StepStreams,
} from './context.js';
import { packWords, unpackWords } from './packing.js';
import {
  directionOf,
  FIRST_HELPER,
  type LinearStep,
  type Move,
  nextOf,
  noTraffic,
  OWNER,
  PARTIES,
  type Party,
  previousOf,
  type Reads,
  SECOND_HELPER,
  type StepCost,
} from './step.js';

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

function operand({ bits, kernels }: Arithmetic, { first, second }: Components, which: Operand): Share<Uint32Array> {
  return asShare(which === 'sum' ? kernels.add(bits, first, second) : which === 'first' ? first : second);
}

/** The weights of a party's products, in their order. */
export function weightOperands(arithmetic: Arithmetic, party: Party, weights: Components): Share<Uint32Array>[] {
  return PRODUCTS[party].map(({ w }) => operand(arithmetic, weights, w));
}

/** Whose part somebody reads: those who send it to the party before them. */
const SENDERS: Readonly<Record<Reads, readonly Party[]>> = {
  own: [],
  boolean: [FIRST_HELPER, SECOND_HELPER],
  all: PARTIES,
};

export function linearCost(step: LinearStep): StepCost {
  const bytes = framedBytes(packedBytes(step.elements, step.bits));
  const senders = SENDERS[step.reads];
  const move: Move = Object.fromEntries(senders.map((party) => [directionOf(party, previousOf(party)), bytes]));
  return { offline: noTraffic(), online: senders.length > 0 ? [move] : [] };
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

/** Shares of x o W + b. A second component that nobody may read is the first. */
export async function runLinear(context: RunContext, step: LinearStep, x: Replicated): Promise<Replicated> {
  const { bits, batch, kernels, model, party, streams } = context;
  const { map, hasBias } = step.node;
  const { weights, bias } = model.layers.get(step.index)!;
  const product = PRODUCTS[party]
    .map((of, i) => kernels.conv2d(bits, map, batch, operand(context, x, of.x), weights[i]!))
    .reduce((sum, next) => kernels.add(bits, sum, next));
  const own = addZero(context, streams.take(step.index), hasBias ? kernels.addBias(bits, product, bias) : product);
  const senders = SENDERS[step.reads];
  if (senders.includes(party)) await previousPeer(context).send(step.index, packWords(context, own, step.bits));
  if (!senders.includes(nextOf(party))) return asShare({ first: own, second: own });
  const elements = own.length / wordsPerElement(bits);
  const packed = await nextPeer(context).receive(step.index, packedBytes(elements, step.bits));
  return asShare({ first: own, second: unpackWords(context, packed, elements, step.bits) });
}
