/** Einsum of one tensor, or of two as a matrix product: labels in both and in the result are the batch, labels in both alone the inner axis. @module */
import { sizeOf } from '../../../../core/ring.js';
import type { Value } from '../constant.js';
import { inputOf, type NodeContext, type OperatorImporter, shapeOf } from '../context.js';
import { reshaped, transposed } from '../move.js';
import { reduced } from '../reduction.js';
import { matrixProduct } from './products.js';

export const einsumOperators: Readonly<Record<string, OperatorImporter>> = {
  Einsum: (context) => {
    const { terms, result } = equationOf(context);
    if (terms.length > 2) throw context.unsupported('one or two tensors', String(terms.length));
    const [x, y] = terms.map((labels, i) => labelled(context, labels, inputOf(context, i))) as [Labelled, Labelled?];
    return [y === undefined ? inOrder(context, summed(context, x, result), result) : product(context, x, y, result)];
  },
};

interface Labelled {
  readonly labels: string;
  readonly value: Value;
}

/** A letter is an axis. Without `->` the result has the letters that come once, by the alphabet. */
function equationOf(context: NodeContext): { readonly terms: readonly string[]; readonly result: string } {
  const text = context.attributes.text('equation')?.replaceAll(' ', '') ?? '';
  const [, left = '', , right] = /^([A-Za-z]*(,[A-Za-z]*)*)(?:->([A-Za-z]*))?$/.exec(text) ?? [];
  const terms = left.split(',');
  const all = terms.join('');
  const once = [...all].filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
  const result = right ?? once.join('');
  if (left === '' || [...terms, result].some((labels) => new Set(labels).size < labels.length)) {
    throw context.unsupported('an equation of letters, each once a tensor', text);
  }
  return { terms, result };
}

function labelled(context: NodeContext, labels: string, value: Value): Labelled {
  const shape = shapeOf(context, value);
  if (shape.length !== labels.length) throw context.bad(`a tensor of axes ${labels}`, `[${shape.join(',')}]`);
  return { labels, value };
}

/** Without the axes that the result lacks. */
function summed(context: NodeContext, { labels, value }: Labelled, result: string): Labelled {
  const axes = [...labels].map((_, axis) => axis).filter((axis) => !result.includes(labels[axis]!));
  if (axes.length === 0) return { labels, value };
  if (value.kind === 'constant') throw context.unsupported('a sum that depends on the input', 'a constant');
  const kept = [...labels].filter((label) => result.includes(label)).join('');
  const shape = shapeOf(context, value).filter((_, axis) => !axes.includes(axis));
  return { labels: kept, value: reduced(context, value, 'sum', axes, shape) };
}

/** Axes in the order of `wanted`, which has the same labels. */
function inOrder(context: NodeContext, { labels, value }: Labelled, wanted: string): Value {
  const order = [...wanted].map((label) => labels.indexOf(label));
  if (order.includes(-1)) throw context.bad(`a result of axes of ${labels}`, wanted);
  return transposed(context, value, order);
}

function product(context: NodeContext, x: Labelled, y: Labelled, result: string): Value {
  const shared = [...x.labels].filter((label) => y.labels.includes(label));
  const batch = shared.filter((label) => result.includes(label)).join('');
  const inner = shared.filter((label) => !result.includes(label)).join('');
  const own = (labels: string): string => [...labels].filter((label) => !shared.includes(label)).join('');
  const [rows, columns] = [own(x.labels), own(y.labels)];
  const alone = [...rows, ...columns].find((label) => !result.includes(label));
  if (alone !== undefined) throw context.unsupported('letters of the result or of both tensors', alone);
  const extents = new Map(
    [x, y].flatMap(({ labels, value }) => [...labels].map((label, axis) => [label, shapeOf(context, value)[axis]!])),
  );
  const shapeOfLabels = (labels: string): number[] => [...labels].map((label) => extents.get(label)!);
  const matrices = (tensor: Labelled, first: string, second: string): Value => {
    const turned = inOrder(context, tensor, batch + first + second);
    if (shapeOf(context, turned).join() !== shapeOfLabels(batch + first + second).join()) {
      throw context.bad(
        'axes of one letter to be as long',
        `[${shapeOf(context, x.value).join(',')}] and [${shapeOf(context, y.value).join(',')}]`,
      );
    }
    const outer = batch === '' ? [] : [sizeOf(shapeOfLabels(batch))];
    return reshaped(context, turned, [...outer, sizeOf(shapeOfLabels(first)), sizeOf(shapeOfLabels(second))]);
  };
  const found = matrixProduct(context, matrices(x, rows, inner), matrices(y, inner, columns));
  const labels = batch + rows + columns;
  return inOrder(context, { labels, value: reshaped(context, found, shapeOfLabels(labels)) }, result);
}
