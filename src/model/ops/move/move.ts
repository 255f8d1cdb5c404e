/**
 * All movement of elements: reshape, transpose, slice, pad, concatenate, repeat, gather by indices that everybody knows. Each element of
 * the result is one of the inputs', or the fill value; which is public, so every party moves its own share.
 * @module
 */
import { encodeNumber } from '../../../core/fixed.js';
import { sizeOf, wordsPerElement } from '../../../core/ring.js';
import { type Bounds, withValue } from '../../bounds.js';
import { align } from '../align.js';
import { bad } from '../checks.js';
import { channelsOf, type FixedNodeBase, type RealNode, type Shape } from '../node.js';
import type { LocalOperator, RealOperator } from '../operator.js';
import type { ShiftLeftNode } from '../shift-left.js';
import { forEachRun, mapOf, type Piece } from './pieces.js';

export interface MoveOp extends RealNode {
  readonly op: 'move';
  readonly pieces: readonly Piece[];
  /** What elements that no piece covers are. */
  readonly fill: number;
}

/** The fill value is an integer at fractionBits. */
export interface MoveNode extends FixedNodeBase {
  readonly op: 'move';
  readonly pieces: readonly Piece[];
  readonly fill: number;
}

/** Its shape is what it is about, and given. */
export const moveOp: RealOperator<MoveOp, MoveNode | ShiftLeftNode, MoveOp> = {
  shape: ({ name, shape, fill }) => {
    if (!Number.isFinite(fill)) throw bad(name, 'a finite value to pad with', String(fill));
    return shape;
  },
  float: (tf, node, batch, inputs) => {
    const { shape, pieces, fill } = node;
    if (isReshape(node, sizeOf(inputs[0]!.shape) / batch)) return tf.reshape(inputs[0]!, [batch, ...shape]);
    const flat = inputs.map((x) => tf.reshape(x, [batch, x.size / batch]));
    const sizes = flat.map((x) => x.shape[1]!);
    const map = mapOf(pieces, sizes, sizeOf(shape));
    // the fill value is the last column
    const last = sizes.reduce((sum, size) => sum + size, 0);
    const columns = tf.concat([...flat, tf.fill([batch, 1], fill)], 1);
    const indices = tf.tensor1d(
      map.map((index) => (index < 0 ? last : index)),
      'int32',
    );
    return tf.reshape(tf.gather(columns, indices, 1), [batch, ...shape]);
  },
  lower: (to, { name, shape, pieces, fill }, operands) => {
    const shapes = operands.map((id) => to.tensor(id).node.shape);
    const join = (bounds: readonly Bounds[]): Bounds => moveBounds({ shape, pieces }, shapes, bounds);
    const { inputs, fractionBits, bounds } = align(to, operands, join);
    const value = encodeNumber(fill, fractionBits);
    const node = { op: 'move', name, inputs, shape, fractionBits, pieces, fill: value } as const;
    return to.add(node, isCovered(node) ? bounds : withValue(bounds, value));
  },
};

export const moveNode: LocalOperator<MoveNode> = {
  words: ({ bits, kernels, constants }, node, batch, shapes, inputs) => {
    const sizes = shapes.map(sizeOf);
    if (isReshape(node, sizes[0]!)) return inputs[0]!;
    const width = wordsPerElement(bits);
    const zeros = new Uint32Array(batch * sizeOf(node.shape) * width);
    const y = constants && node.fill !== 0 ? kernels.addConstant(bits, zeros, BigInt(node.fill)) : zeros;
    copy(node, batch, width, sizes, inputs, y);
    return y;
  },
};

type Movement = Pick<MoveOp, 'shape' | 'pieces'>;

/** Whether the elements of one tensor stay in their order. */
export function isReshape({ shape, pieces }: Movement, size: number): boolean {
  const [piece] = pieces;
  return pieces.length === 1 && piece!.source === 0 && isRow(piece!, size) && sizeOf(shape) === size;
}

function isRow({ from, to, counts, fromSteps, toSteps }: Piece, size: number): boolean {
  if (from !== 0 || to !== 0) return false;
  if (size === 1) return true;
  return counts.length === 1 && counts[0] === size && fromSteps[0] === 1 && toSteps[0] === 1;
}

/** Whether every element comes from an input. */
export function isCovered({ shape, pieces }: Movement): boolean {
  return pieces.reduce((sum, { counts }) => sum + sizeOf(counts), 0) === sizeOf(shape);
}

/** Copies what the pieces say, element by element of `width` words, for each of a batch. */
function copy(
  { shape, pieces }: Movement,
  batch: number,
  width: number,
  sizes: readonly number[],
  inputs: readonly Uint32Array[],
  y: Uint32Array,
): void {
  const size = sizeOf(shape);
  for (const piece of pieces) {
    const x = inputs[piece.source]!;
    const xSize = sizes[piece.source]!;
    for (let n = 0; n < batch; n++) {
      forEachRun(piece, (to, from, count, toStep, fromStep) => {
        const target = (n * size + to) * width;
        const source = (n * xSize + from) * width;
        if (toStep === 1 && fromStep === 1) {
          y.set(x.subarray(source, source + count * width), target);
          return;
        }
        for (let i = 0; i < count; i++) {
          for (let word = 0; word < width; word++) {
            y[target + i * toStep * width + word] = x[source + i * fromStep * width + word]!;
          }
        }
      });
    }
  }
}

/** Of each channel of the result the least and the greatest that its elements are in theirs. */
function moveBounds({ shape, pieces }: Movement, shapes: readonly Shape[], inputs: readonly Bounds[]): Bounds {
  const channels = channelsOf(shape);
  const low = new Float64Array(channels).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
  for (const piece of pieces) {
    const x = inputs[piece.source]!;
    const xChannels = channelsOf(shapes[piece.source]!);
    forEachRun(piece, (to, from, count, toStep, fromStep) => {
      for (let i = 0; i < count; i++) {
        const channel = (to + i * toStep) % channels;
        const source = (from + i * fromStep) % xChannels;
        low[channel] = Math.min(low[channel]!, x.low[source]!);
        high[channel] = Math.max(high[channel]!, x.high[source]!);
      }
    });
  }
  // a channel of fill values alone
  for (let i = 0; i < channels; i++) if (low[i]! > high[i]!) low[i] = high[i] = 0;
  return { low, high };
}
