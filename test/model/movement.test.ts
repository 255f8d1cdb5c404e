import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dense } from '../../src/core/linear-map.js';
import { concat, FILL, gather, indicesOf, padded, range, transpose } from '../../src/core/nd.js';
import { sizeOf } from '../../src/core/ring.js';
import { evaluateFloat } from '../../src/model/float.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { mapOf, piecesOf } from '../../src/model/ops/move/pieces.js';
import { zerosAround } from '../../src/model/ops/move/zeros-around.js';
import { settleMovements } from '../../src/model/passes/movement.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { random } from './support.js';

const kinds = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);

describe('pieces', () => {
  test('stand for the map that they were made of', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 });
    const maps = sizes.chain((of) => {
      const total = of.reduce((sum, size) => sum + size, 0);
      return fc.tuple(fc.constant(of), fc.array(fc.integer({ min: FILL, max: total - 1 }), { maxLength: 30 }));
    });
    fc.assert(
      fc.property(maps, ([of, indices]) => {
        const map = Int32Array.from(indices);
        expect(mapOf(piecesOf(map, of), of, map.length)).toEqual(map);
      }),
    );
  });

  test('are few where the movement is regular', () => {
    const x = indicesOf([7, 8, 9, 3]);
    const count = (map: Int32Array, ...sizes: number[]): number => piecesOf(map, sizes).length;
    expect(count(transpose(x, [3, 1, 0, 2]).data, x.data.length)).toBe(1);
    expect(count(gather(gather(x, 1, padded(8, 2, 1), FILL), 2, padded(9, 1, 1), FILL).data, x.data.length)).toBe(1);
    expect(count(gather(x, 2, range(0, 9).reverse()).data, x.data.length)).toBe(1);
    const y = indicesOf([7, 8, 9, 5], x.data.length);
    expect(count(concat([x, y], 3).data, x.data.length, y.data.length)).toBe(2);
  });

  test('are many where elements are shuffled, up to a number that a plan can hold', () => {
    const shuffled = (length: number): Int32Array => {
      const next = random(5);
      return Int32Array.from({ length }, () => next() * length);
    };
    expect(piecesOf(shuffled(2 ** 18), [2 ** 18]).length).toBeGreaterThan(120_000);
    expect(() => piecesOf(shuffled(2 ** 20), [2 ** 20])).toThrow(/in at most 262144 boxes, got more/);
  });
});

describe('zeros around an image', () => {
  const from = [4, 5, 2];
  const moved = (change: (x: ReturnType<typeof indicesOf>) => ReturnType<typeof indicesOf>, fill = 0) => {
    const { shape, data } = change(indicesOf(from));
    return { op: 'move', name: 'm', inputs: [0], shape, pieces: piecesOf(data, [sizeOf(from)]), fill } as const;
  };
  const image = (x: ReturnType<typeof indicesOf>) =>
    gather(gather(x, 0, padded(4, 1, 2), FILL), 1, padded(5, 3, 0), FILL);

  test('are recognised', () => {
    expect(zerosAround(moved(image), from)).toEqual({ top: 1, bottom: 2, left: 3, right: 0 });
  });

  test.each([
    ['another number', moved(image, 1)],
    ['a channel more', moved((x) => gather(image(x), 2, [0, 1, FILL], FILL))],
    ['a channel before', moved((x) => gather(image(x), 2, [FILL, 0, 1], FILL))],
    ['rows in another order', moved((x) => gather(image(x), 0, [0, 2, 1, 3, 4, 5, 6], FILL))],
    ['rows that are left out', moved((x) => gather(x, 0, [1, 2, 3, FILL], FILL))],
  ])('%s is not', (_, node) => {
    expect(zerosAround(node, from)).toBeUndefined();
  });
});

/** Windows of 2x2. */
const SQUARE = {
  windowHeight: 2,
  windowWidth: 2,
  strideHeight: 2,
  strideWidth: 2,
  padTop: 0,
  padBottom: 0,
  padLeft: 0,
  padRight: 0,
};

const FOUR = Float32Array.of(1, 2, 3, 4);

describe('bounds of a movement', () => {
  test('are those of the channels that its elements come from, and the fill value', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [3]);
    const map = dense(3, 2);
    const y = builder.add({ op: 'linear', name: 'y', inputs: [x], map, weights: Float32Array.of(4, -1, 0, 0, 0, 0) });
    const moved = builder.gather('moved', builder.expand('rows', y, [2, 2]), 1, [1, FILL, 0], -7);
    const z = builder.add({ op: 'nonlinear', name: 'z', inputs: [moved], activation: 'none' });
    const { report } = await quantize(builder.finish('net', z), { inputRange: { low: 0, high: 1 } });
    const { guaranteed, boundFractionBits } = report.steps.find(({ name }) => name === 'z')!;
    expect(guaranteed.low / 2 ** boundFractionBits).toBe(-7);
    expect(guaranteed.high / 2 ** boundFractionBits).toBeCloseTo(4, 1);
    const narrow = builder.gather('narrow', y, 0, [1]);
    const least = await quantize(
      builder.finish('net', builder.add({ op: 'nonlinear', name: 'z', inputs: [narrow], activation: 'none' })),
    );
    const step = least.report.steps.find(({ name }) => name === 'z')!;
    expect(step.guaranteed.high).toBe(0);
    expect(step.guaranteed.low / 2 ** step.boundFractionBits).toBeCloseTo(-1, 1);
  });
});

/** A convolution as a format of channels first has it. */
function channelsFirst(builder: GraphBuilder, name: string, x: number, outChannels: number): number {
  const [inChannels, inHeight, inWidth] = builder.shape(x) as [number, number, number];
  const map = { ...dense(inChannels, outChannels), inHeight, inWidth };
  const weights = Float32Array.from({ length: inChannels * outChannels }, (_, i) => ((i * 7) % 11) / 11 - 0.4);
  const image = builder.transpose(name, x, [1, 2, 0]);
  const y = builder.add({ op: 'linear', name, inputs: [image], map, weights });
  return builder.transpose(name, y, [2, 0, 1]);
}

async function same(graph: Graph): Promise<Graph> {
  const settled = settleMovements(graph);
  const input = Float32Array.from({ length: 2 * sizeOf(graph.nodes[0]!.shape) }, (_, i) => ((i * 37) % 101) / 50 - 1);
  const [before, after] = [await evaluateFloat(graph, 2, input), await evaluateFloat(settled, 2, input)];
  expect([...after.logits]).toEqual([...before.logits]);
  return settled;
}

describe('settled movements', () => {
  test('transposes between layers cancel, also through elementwise steps and sums', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [3, 4, 5]);
    const first = channelsFirst(builder, 'one', x, 6);
    const active = builder.add({ op: 'nonlinear', name: 'relu', inputs: [first], activation: 'relu' });
    const second = channelsFirst(builder, 'two', active, 6);
    const sum = builder.add({ op: 'add', name: 'sum', inputs: [active, second] });
    const moved = builder.add({ op: 'offset', name: 'offset', inputs: [sum], offset: 0.5 });
    const third = channelsFirst(builder, 'three', moved, 2);
    const settled = await same(builder.finish('net', third));
    expect(kinds(settled)).toEqual([
      'input',
      'move',
      'linear',
      'nonlinear',
      'linear',
      'add',
      'offset',
      'linear',
      'move',
    ]);
  });

  test('a normalisation of channels comes before what moves them', async () => {
    const builder = new GraphBuilder();
    const first = channelsFirst(builder, 'one', builder.input('x', [3, 4, 5]), 2);
    const image = builder.transpose('t', builder.reshape('r', first, [1, 2, 4, 5]), [0, 2, 3, 1]);
    const factor = Float32Array.of(2, -0.5);
    const normal = builder.add({ op: 'affine', name: 'bn', inputs: [image], factor, offset: factor });
    const rows = builder.transpose('rows', normal, [0, 3, 2, 1]);
    const along = builder.add({ op: 'affine', name: 'along', inputs: [rows], factor: FOUR, offset: FOUR });
    const settled = await same(builder.finish('net', along));
    expect(kinds(settled)).toEqual(['input', 'move', 'linear', 'affine', 'move', 'affine']);
  });

  test('a sum of differently moved tensors meets in the order of one of them', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [3, 4, 5]);
    const first = channelsFirst(builder, 'one', x, 3);
    const sum = builder.add({ op: 'add', name: 'sum', inputs: [x, first] });
    const settled = await same(builder.finish('net', channelsFirst(builder, 'two', sum, 2)));
    expect(kinds(settled)).toEqual(['input', 'move', 'linear', 'add', 'linear', 'move']);
  });

  test('elementwise steps come before what repeats elements, and after what drops them', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2, 1, 3]);
    const wide = builder.expand('wide', x, [2, 4, 3]);
    const active = builder.add({ op: 'nonlinear', name: 'relu', inputs: [wide], activation: 'relu' });
    const pool = { ...SQUARE, inHeight: 2, inWidth: 4, channels: 3 };
    const pooled = builder.add({ op: 'nonlinear', name: 'pool', inputs: [active], pool, activation: 'none' });
    const part = builder.gather('part', pooled, 2, [0, 2]);
    const again = builder.add({ op: 'nonlinear', name: 'relu2', inputs: [part], activation: 'relu' });
    const settled = await same(builder.finish('net', again));
    expect(settled.nodes.map(({ op, shape }) => [op, sizeOf(shape)])).toEqual([
      ['input', 6],
      ['nonlinear', 6],
      ['move', 24],
      ['nonlinear', 6],
      ['move', 4],
      ['nonlinear', 4],
    ]);
  });

  test('filled elements stay what they are', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2, 3]);
    const filled = builder.gather('one', x, 1, [FILL, 0, 2], 1.5);
    const other = builder.gather('two', filled, 0, [0, FILL, 1], -0.25);
    const shifted = builder.add({ op: 'offset', name: 'offset', inputs: [other], offset: 1 });
    await same(builder.finish('net', builder.transpose('t', shifted, [1, 0])));
  });

  test('joined tensors are read from where they were computed', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [3, 4, 5]);
    const [a, b] = [channelsFirst(builder, 'a', x, 2), channelsFirst(builder, 'b', x, 3)];
    const joined = builder.concat('joined', [a, b, a], 0);
    const settled = await same(builder.finish('net', channelsFirst(builder, 'c', joined, 2)));
    expect(kinds(settled)).toEqual(['input', 'move', 'linear', 'linear', 'move', 'linear', 'move']);
    expect(settled.nodes[4]!.inputs).toEqual([2, 3]);
  });

  test('random networks stay the same', async () => {
    const step = fc.record({ kind: fc.nat(6), a: fc.nat(100), b: fc.nat(100) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const builder = new GraphBuilder();
        const ids = [builder.input('x', [2, 3, 2])];
        for (const { kind, a, b } of steps) {
          const x = ids[a % ids.length]!;
          const shape = builder.shape(x);
          const axis = b % shape.length;
          const name = `s${ids.length}`;
          const alike = ids.filter((id) => builder.shape(id).join() === shape.join());
          if (kind === 0) ids.push(builder.transpose(name, x, [1, 2, 0]));
          if (kind === 1) ids.push(builder.gather(name, x, axis, range(0, shape[axis]!).reverse()));
          if (kind === 2) ids.push(builder.gather(name, x, axis, [FILL, ...range(1, shape[axis]!), 0], b % 3));
          if (kind === 3) ids.push(builder.add({ op: 'nonlinear', name, inputs: [x], activation: 'relu' }));
          if (kind === 4) ids.push(builder.add({ op: 'add', name, inputs: [x, alike[b % alike.length]!] }));
          if (kind === 5) ids.push(builder.reshape(name, x, [...shape].reverse()));
          if (kind === 6) ids.push(builder.add({ op: 'offset', name, inputs: [x], offset: 0.5 }));
        }
        const last = builder.add({ op: 'offset', name: 'last', inputs: [ids.at(-1)!], offset: 1 });
        await same(builder.finish('net', last));
      }),
      { numRuns: 60 },
    );
  });
});
