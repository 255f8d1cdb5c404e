import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../../src/core/ring.js';
import { evaluateFloat } from '../../../src/model/float.js';
import { GraphBuilder } from '../../../src/model/graph.js';
import {
  convolve,
  convolveTransposed,
  outputsOf,
  type PoolKind,
  pool,
  type Window,
} from '../../../src/model/import/spatial.js';
import { settleMovements } from '../../../src/model/passes/movement.js';

/** Small integers, so that sums are exact. */
function values(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (((i + seed) * 7919) % 17) - 8);
}

function* positionsOf(extents: readonly number[]): Generator<number[]> {
  if (extents.length === 0) yield [];
  else for (let i = 0; i < extents[0]!; i++) for (const rest of positionsOf(extents.slice(1))) yield [i, ...rest];
}

function flatIndex(shape: readonly number[], position: readonly number[]): number {
  return position.reduce((index, at, axis) => index * shape[axis]! + at, 0);
}

/** The source of an output's tap, or undefined in the padding. */
function sourceOf(
  axes: readonly Window[],
  extents: readonly number[],
  output: readonly number[],
  tap: readonly number[],
) {
  const at = axes.map(({ stride, dilation, before }, i) => output[i]! * stride + tap[i]! * dilation - before);
  return at.every((value, i) => value >= 0 && value < extents[i]!) ? at : undefined;
}

const axis = fc.record({
  window: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.nat(1),
  after: fc.nat(1),
});
const setting = fc.integer({ min: 1, max: 3 }).chain((rank) =>
  fc.record({
    axes: fc.array(axis, { minLength: rank, maxLength: rank }),
    extents: fc.array(fc.integer({ min: 7, max: 8 }), { minLength: rank, maxLength: rank }),
    images: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 2 }),
    seed: fc.nat(1000),
  }),
);

async function run(builder: GraphBuilder, output: number, input: Float32Array): Promise<number[]> {
  const graph = settleMovements(builder.finish('net', output));
  return [...(await evaluateFloat(graph, 1, input)).logits];
}

describe('over one to three axes and several images', () => {
  test('a convolution is its sum over the window', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ axes, extents, images, groups, seed }) => {
        const [perGroup, outChannels] = [2, 2 * groups];
        const shape = [images, ...extents, perGroup * groups];
        const windows = axes.map(({ window }) => window);
        const weightShape = [...windows, perGroup, outChannels];
        const [x, weights] = [values(sizeOf(shape), seed), values(sizeOf(weightShape), seed + 5)];
        const builder = new GraphBuilder();
        const input = builder.input('x', shape);
        const output = convolve(builder, { name: 'conv', axes, groups, outChannels, weights }, input);
        const outputs = axes.map((each, i) => outputsOf(each, extents[i]!));
        expect(builder.shape(output)).toEqual([images, ...outputs, outChannels]);
        const expected = [...positionsOf([images, ...outputs, outChannels])].map((position) => {
          const [n, o, at] = [position[0]!, position.at(-1)!, position.slice(1, -1)];
          const first = Math.floor(o / (outChannels / groups)) * perGroup;
          let sum = 0;
          for (const tap of positionsOf(windows)) {
            const source = sourceOf(axes, extents, at, tap);
            for (let c = 0; source !== undefined && c < perGroup; c++) {
              sum += x[flatIndex(shape, [n, ...source, first + c])]! * weights[flatIndex(weightShape, [...tap, c, o])]!;
            }
          }
          return sum;
        });
        expect(await run(builder, output, x)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('a transposed convolution scatters what a convolution gathers', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ axes: drawn, extents, images, groups, seed }) => {
        const axes = drawn.map((each) => ({ ...each, before: each.before % each.window, after: 0 }));
        const added = axes.map(({ stride }) => stride - 1);
        const [perGroup, outChannels] = [1, groups];
        const shape = [images, ...extents, perGroup * groups];
        const windows = axes.map(({ window }) => window);
        const weightShape = [...windows, perGroup, outChannels];
        const [x, weights] = [values(sizeOf(shape), seed), values(sizeOf(weightShape), seed + 5)];
        const builder = new GraphBuilder();
        const convolution = { name: 'deconv', axes, added, groups, outChannels, weights };
        const output = convolveTransposed(builder, convolution, builder.input('x', shape));
        const outputs = axes.map(
          ({ window, stride, dilation, before }, i) =>
            (extents[i]! - 1) * stride + dilation * (window - 1) + 1 - before + added[i]!,
        );
        expect(builder.shape(output)).toEqual([images, ...outputs, outChannels]);
        const expected = new Float32Array(sizeOf(builder.shape(output)));
        for (const position of positionsOf([images, ...extents, groups])) {
          const [n, group, at] = [position[0]!, position.at(-1)!, position.slice(1, -1)];
          for (const tap of positionsOf(windows)) {
            const to = axes.map(({ stride, dilation, before }, i) => at[i]! * stride + tap[i]! * dilation - before);
            if (to.some((value, i) => value < 0 || value >= outputs[i]!)) continue;
            expected[flatIndex(builder.shape(output), [n, ...to, group])]! +=
              x[flatIndex(shape, position)]! * weights[flatIndex(weightShape, [...tap, 0, group])]!;
          }
        }
        expect((await run(builder, output, x)).map((value) => value + 0)).toEqual([...expected]);
      }),
      { numRuns: 60 },
    );
  });

  test.each(['max', 'average of the window', 'average of what is inside'] as const)(
    'a pool: %s',
    async (kind: PoolKind) => {
      await fc.assert(
        fc.asyncProperty(setting, async ({ axes: drawn, extents, images, seed }) => {
          const axes = drawn.map((each) => ({
            ...each,
            window: each.window + 1,
            dilation: kind === 'average of what is inside' ? 1 : each.dilation,
          }));
          const shape = [images, ...extents, 2];
          const x = values(sizeOf(shape), seed);
          const builder = new GraphBuilder();
          const output = pool(builder, 'pool', kind, axes, builder.input('x', shape));
          const outputs = axes.map((each, i) => outputsOf(each, extents[i]!));
          expect(builder.shape(output)).toEqual([images, ...outputs, 2]);
          const windows = axes.map(({ window }) => window);
          const expected = [...positionsOf([images, ...outputs, 2])].map((position) => {
            const [n, c, at] = [position[0]!, position.at(-1)!, position.slice(1, -1)];
            const sources = [...positionsOf(windows)].flatMap((tap) => {
              const source = sourceOf(axes, extents, at, tap);
              return source === undefined ? [] : [x[flatIndex(shape, [n, ...source, c])]!];
            });
            if (kind === 'max') return Math.max(...sources);
            return (
              sources.reduce((sum, v) => sum + v, 0) /
              (kind === 'average of the window' ? sizeOf(windows) : sources.length)
            );
          });
          const got = await run(builder, output, x);
          expect(got.length).toBe(expected.length);
          for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4);
        }),
        { numRuns: 40 },
      );
    },
  );
});
