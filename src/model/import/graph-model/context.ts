/** What a converted node works with, and what conversions have in common: images are channels last in TensorFlow, first in ONNX. @module */
import { range } from '../../../core/nd.js';
import type { Emitter } from '../onnx/emitter.js';
import type { GraphNode, Settings } from './schema.js';

/** Numbers that the file holds. */
export interface Known {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export interface NodeContext {
  readonly emit: Emitter;
  readonly node: GraphNode;
  readonly settings: Settings;
  /** Tensors that it reads. */
  readonly inputs: readonly string[];
  /** The name of its first output. */
  readonly output: string;
  /** A constant of the file. @throws UNSUPPORTED_LAYER where the input is none */
  known(index: number): Known;
}

export type Operator = (context: NodeContext) => void;

/** One node of ONNX with the same inputs. */
export function same(opType: string, settings: Readonly<Record<string, number>> = {}): Operator {
  return ({ emit, inputs, output }) => {
    emit.node(opType, inputs, settings, output);
  };
}

export function isFirst({ settings }: NodeContext): boolean {
  return settings.text('data_format', 'NHWC').startsWith('NC');
}

/** Of [images, ...space, channels]: the axes with channels first, and back. */
function orders(rank: number): { readonly first: readonly number[]; readonly last: readonly number[] } {
  return { first: [0, rank - 1, ...range(1, rank - 1)], last: [0, ...range(2, rank), 1] };
}

/** Applies what ONNX has for channels first. */
export function overImages(context: NodeContext, rank: number, apply: (x: string) => string): void {
  const { emit, inputs, output } = context;
  if (isFirst(context)) {
    emit.node('Identity', [apply(inputs[0]!)], {}, output);
    return;
  }
  const { first, last } = orders(rank);
  const x = emit.node('Transpose', [inputs[0]!], { perm: first });
  emit.node('Transpose', [apply(x)], { perm: last }, output);
}

/** The integers of a constant input. */
export function integersOf({ known }: NodeContext, index: number): readonly number[] {
  return Array.from(known(index).values);
}
