import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  broadcastShape,
  concat,
  expand,
  FILL,
  gather,
  indicesOf,
  type Nd,
  stridesOf,
  transpose,
} from '../../src/core/nd.js';

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

/** The element at a position. */
function at({ shape, data }: Nd, position: readonly number[]): number {
  const strides = stridesOf(shape);
  return data[position.reduce((sum, index, axis) => sum + index * strides[axis]!, 0)]!;
}

function* positionsOf(shape: readonly number[]): Generator<number[]> {
  if (shape.length === 0) {
    yield [];
    return;
  }
  for (let i = 0; i < shape[0]!; i++) for (const rest of positionsOf(shape.slice(1))) yield [i, ...rest];
}

describe('moving elements', () => {
  it('transposes', () => {
    fc.assert(
      fc.property(
        shapes.chain((shape) =>
          fc.tuple(
            fc.constant(shape),
            fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length }),
          ),
        ),
        ([shape, order]) => {
          const x = indicesOf(shape);
          const y = transpose(x, order);
          expect(y.shape).toEqual(order.map((axis) => shape[axis]));
          for (const position of positionsOf(y.shape)) {
            const source = shape.map((_, axis) => position[order.indexOf(axis)]!);
            expect(at(y, position)).toBe(at(x, source));
          }
        },
      ),
    );
  });

  it('repeats extents of 1 and new axes', () => {
    const y = expand({ shape: [2, 1], data: Float64Array.of(5, 7) }, [2, 2, 3]);
    expect([...y.data]).toEqual([5, 5, 5, 7, 7, 7, 5, 5, 5, 7, 7, 7]);
    expect([...expand({ shape: [], data: Float64Array.of(4) }, [2]).data]).toEqual([4, 4]);
  });

  it('gathers along an axis, with a fill value', () => {
    const y = gather(indicesOf([2, 3, 2]), 1, [2, FILL, 0], 99);
    expect(y.shape).toEqual([2, 3, 2]);
    expect([...y.data]).toEqual([4, 5, 99, 99, 0, 1, 10, 11, 99, 99, 6, 7]);
  });

  it('concatenates along any axis', () => {
    fc.assert(
      fc.property(shapes, fc.nat(3), fc.integer({ min: 1, max: 3 }), (shape, of, extent) => {
        const axis = of % shape.length;
        const [x, y] = [indicesOf(shape), indicesOf(shape.with(axis, extent), 1000)];
        const joined = concat([x, y], axis);
        for (const position of positionsOf(joined.shape)) {
          const index = position[axis]! - shape[axis]!;
          const expected = index < 0 ? at(x, position) : at(y, position.with(axis, index));
          expect(at(joined, position)).toBe(expected);
        }
      }),
    );
  });

  it('broadcasts shapes as numpy does', () => {
    expect(broadcastShape([2, 1, 3], [4, 1])).toEqual([2, 4, 3]);
    expect(broadcastShape([], [3])).toEqual([3]);
    expect(broadcastShape([2], [3])).toBeUndefined();
  });
});
