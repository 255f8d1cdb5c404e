/** The non-linear step of three parties against integers, at every width that matters, through real messages. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ActivationSpec } from '../../circuits/spec.js';
import { fromBigInts, type RingBits, toBigInts } from '../../src/core/ring.js';
import type { TrustModel } from '../../src/core/trust.js';
import { PACK_SLACK, packedBytes, wordKernels } from '../../src/kernels/boolean.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { compileThree } from '../../src/plan/three.js';
import { decodeFrame } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { ModelMaker } from '../support/models.js';
import { connectThree, runThree } from '../support/three.js';

const trust: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };

/** max, shift, activation of integers as the specification has it: (x + c) wrapped to the width, shifted. */
function expected(
  spec: Pick<ActivationSpec, 'width' | 'shift' | 'activation'> & { clipMax?: number },
  x: bigint,
): bigint {
  const constant = spec.shift === 0 ? 0n : 1n << BigInt(spec.shift - 1);
  const shifted = BigInt.asIntN(spec.width, x + constant) >> BigInt(spec.shift);
  if (spec.activation === 'none') return shifted;
  const kept = shifted > 0n ? shifted : 0n;
  return spec.activation === 'clip' && kept > BigInt(spec.clipMax!) ? BigInt(spec.clipMax!) : kept;
}

/** A network of nothing but that step. */
function modelOf(bits: RingBits, count: number, options: object): FixedModel {
  return new ModelMaker(bits, [count]).nonlinear(options).done();
}

function valuesOf(width: number): fc.Arbitrary<bigint> {
  const half = 1n << BigInt(width - 1);
  const edges = [0n, 1n, -1n, half - 1n, -half, half >> 1n, -(half >> 1n)];
  return fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: -half, max: half - 1n }));
}

const CASES: readonly { bits: RingBits; width: number; shift: number }[] = [
  { bits: 32, width: 2, shift: 1 },
  { bits: 32, width: 8, shift: 0 },
  { bits: 32, width: 8, shift: 7 },
  { bits: 32, width: 16, shift: 5 },
  { bits: 32, width: 32, shift: 0 },
  { bits: 32, width: 32, shift: 12 },
  { bits: 32, width: 32, shift: 31 },
  { bits: 64, width: 8, shift: 3 },
  { bits: 64, width: 37, shift: 12 },
  { bits: 64, width: 64, shift: 0 },
  { bits: 64, width: 64, shift: 33 },
];

describe('non-linear steps give the integers of the specification', () => {
  for (const { bits, width, shift } of CASES) {
    for (const activation of ['relu', 'none', 'clip'] as const) {
      it(`${activation}, ${width} of ${bits} bits, shift ${shift}`, async () => {
        const clipMax = Math.min(5, 2 ** Math.max(0, width - shift - 2));
        const options = { width, shift, activation, ...(activation === 'clip' ? { clipMax } : {}) };
        await fc.assert(
          fc.asyncProperty(fc.array(valuesOf(width), { minLength: 1, maxLength: 150 }), async (values) => {
            const plan = compileThree({ graph: modelOf(bits, values.length, options).graph, batch: 1, trust });
            const model = modelOf(bits, values.length, options);
            const [outcome] = await runThree(plan, model, [fromBigInts(bits, values)]);
            const wanted = values.map((x) => expected({ width, shift, activation, clipMax }, x));
            expect(toBigInts(bits, outcome!.output)).toEqual(wanted);
          }),
          { numRuns: 4 },
        );
      });
    }
  }

  it('in several chunks side by side, in as many rounds as one', async () => {
    const options = { width: 20, shift: 6 };
    const count = 100_000;
    const model = modelOf(32, count, options);
    const plan = compileThree({ graph: model.graph, batch: 1, trust });
    const step = plan.steps[1]!;
    if (step.kind !== 'boolean') throw new Error('expected a Boolean step');
    expect(step.groups.map((chunks) => chunks.length > 1)).toEqual([true]);
    const values = Array.from({ length: count }, (_, i) => BigInt(((i * 7919) % 2 ** 20) - 2 ** 19));
    const [outcome] = await runThree(plan, model, [fromBigInts(32, values)]);
    expect(toBigInts(32, outcome!.output)).toEqual(values.map((x) => expected({ ...options, activation: 'relu' }, x)));
    expect(outcome!.traffic.online).toEqual(plan.predicted.online);
    expect(outcome!.rounds.online).toBe(plan.predicted.rounds.online);
    const one = compileThree({ graph: modelOf(32, 1, options).graph, batch: 1, trust });
    expect(plan.predicted.rounds).toEqual(one.predicted.rounds);
  });

  for (const activation of ['relu', 'none'] as const) {
    const options = { width: 20, shift: 6, activation };
    it(`in several groups one after another, ${activation}, at the predicted cost`, async () => {
      const count = 100_000;
      const model = modelOf(32, count, options);
      const plan = compileThree({ graph: model.graph, batch: 1, trust }, 2 * 1024 * 1024);
      const step = plan.steps[1]!;
      if (step.kind !== 'boolean') throw new Error('expected a Boolean step');
      expect(step.groups.map((chunks) => chunks.length)).toEqual([2, 1]);
      const values = Array.from({ length: count }, (_, i) => BigInt(((i * 7919) % 2 ** 20) - 2 ** 19));
      const [outcome] = await runThree(plan, model, [fromBigInts(32, values)]);
      const wanted = values.map((x) => expected(options, x));
      expect(toBigInts(32, outcome!.output)).toEqual(wanted);
      expect(outcome!.traffic.online).toEqual(plan.predicted.online);
      expect(outcome!.rounds.online).toBe(plan.predicted.rounds.online);
    });
  }
});

it('a party answers others between two chunks', async () => {
  const count = 100_000;
  const model = modelOf(32, count, { width: 20, shift: 6 });
  const plan = compileThree({ graph: model.graph, batch: 1, trust });
  let ticks = 0;
  let ended = false;
  const tick = (): void => {
    ticks++;
    if (!ended) setImmediate(tick);
  };
  const sent: number[] = [];
  const watch = (name: string, inner: Link): Link => ({
    onMessage: (receive) => inner.onMessage(receive),
    onClose: (closed) => inner.onClose(closed),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    close: () => inner.close(),
    send: (bytes) => {
      if (name === '0->2' && decodeFrame(bytes).phase === 'online') sent.push(ticks);
      return inner.send(bytes);
    },
  });
  tick();
  // by this clock every piece of work takes long
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  await runThree(plan, model, [new Uint32Array(count)], connectThree(1_000_000, watch));
  clock.mockRestore();
  ended = true;
  const chunks = 3;
  const messages = 6;
  expect(sent.length).toBe(chunks * messages);
  for (let i = 0; i < sent.length; i++) if (i % chunks > 0) expect(sent[i]).toBeGreaterThan(sent[i - 1]!);
});

describe('kernels between words and bits', () => {
  const module = loadKernelModule(64 * 1024 * 1024);
  const { memory, exports } = module;

  for (const bits of [32, 64] as const) {
    it(`pack and unpack any width of ${bits} bits`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: bits }),
          fc.array(fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }), { minLength: 1, maxLength: 70 }),
          (width, values) => {
            memory.withScratch(() => {
              const n = values.length;
              const { pack, unpack } = wordKernels(exports, bits);
              const packed = memory.scratch(packedBytes(n, width) + PACK_SLACK);
              pack(memory.pointerTo(fromBigInts(bits, values)), n, width, packed);
              const out = memory.scratch(n * 8);
              unpack(packed, n, width, out);
              const words = memory.copyOut(out, (n * bits) / 32);
              const unsigned = toBigInts(bits, words).map((value) => BigInt.asUintN(bits, value));
              expect(unsigned).toEqual(values.map((value) => BigInt.asUintN(width, value)));
            });
          },
        ),
      );
    });

    it(`put bit k of ${bits}-bit words in plane k`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: bits }),
          fc.array(fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }), { minLength: 1, maxLength: 70 }),
          (width, values) => {
            memory.withScratch(() => {
              const stride = 32;
              const from = memory.scratch(16 * 8 * 8);
              memory.words.set(fromBigInts(bits, values), from >>> 2);
              const out = memory.scratch(width * stride + stride);
              wordKernels(exports, bits).toPlanes(from, values.length, width, out, stride);
              for (let k = 0; k < width; k++) {
                for (const [i, value] of values.entries()) {
                  const bit = (memory.bytes[out + k * stride + (i >> 3)]! >> (i & 7)) & 1;
                  expect(BigInt(bit)).toBe((value >> BigInt(k)) & 1n);
                }
              }
            });
          },
        ),
        { numRuns: 30 },
      );
    });
  }
});
