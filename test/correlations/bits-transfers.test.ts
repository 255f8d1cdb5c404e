/** Masked bits by correlated transfers make what a dealer makes: the same shares of products of the same masks, taken together. */
import { describe, expect, it } from 'vitest';
import { KeyStream } from '../../src/core/prg.js';
import { bytesOf, toBigInts, wordsPerElement } from '../../src/core/ring.js';
import { coverOf } from '../../src/correlations/bits/cover.js';
import { crossTermsOf } from '../../src/correlations/bits/cross-terms.js';
import { dealtBits } from '../../src/correlations/bits/dealer.js';
import { transferredBits } from '../../src/correlations/bits/ot.js';
import { PadMaker } from '../../src/correlations/bits/pads.js';
import { chunksOf, maskWidths } from '../../src/correlations/bits/sizes.js';
import { Bundle } from '../../src/correlations/bundle.js';
import type { DealContext, TransferContext } from '../../src/correlations/context.js';
import { wordRowBytes } from '../../src/kernels/boolean.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { bitOf } from '../../src/ot/extension.js';
import { compilePlan } from '../../src/plan/two.js';
import { unpackRows } from '../../src/sliced/packing.js';
import { levelBytes } from '../../src/sliced/planes.js';
import type { BitsStep, Party } from '../../src/steps/two.js';
import { ModelMaker, poolOf } from '../support/models.js';

const LABEL_BYTES = 16;
const SEEDS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const DELTAS = [new Uint8Array(16).fill(0xa5), new Uint8Array(16).fill(0x3d)] as const;

/** One direction of messages that wait until they are read. */
class Queue {
  readonly #waiting: Uint8Array[] = [];
  #wake = (): void => {};

  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes.slice());
    this.#wake();
  }

  async next(bytes: number): Promise<Uint8Array> {
    while (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const message = this.#waiting.shift()!;
    expect(message.length).toBe(bytes);
    return message;
  }
}

/** Two ends of a lane: [sender of the transfers, receiver]. */
function laneEnds(): readonly TransferContext['asSender'][] {
  const [there, back] = [new Queue(), new Queue()];
  const end = (to: Queue, from: Queue): TransferContext['asSender'] => ({
    send: async (_, bytes) => to.push(bytes),
    receive: (_, bytes) => from.next(bytes),
    receiveWords: () => Promise.reject(new Error('no words are sent')),
  });
  return [end(there, back), end(back, there)];
}

/** Ideal correlated transfers of one direction: both sides know each label but for Delta. */
function idealTransfers(sender: Party): { sender: TransferContext['sender']; receiver: TransferContext['receiver'] } {
  const streams = [0, 1].map(() => new KeyStream(SEEDS[0], 'test/labels', sender));
  const delta = DELTAS[sender];
  return {
    sender: { delta, extend: (_, labels) => streams[0]!.nextInto(labels), dispose: () => {} },
    receiver: {
      state: { position: 0 },
      extend: (n, labels, choices) => {
        streams[1]!.nextInto(labels!);
        for (let i = 0; i < n; i++) {
          if (bitOf(choices, i) === 0) continue;
          for (let at = 0; at < LABEL_BYTES; at++) labels![i * LABEL_BYTES + at]! ^= delta[at]!;
        }
        return new Uint8Array(Math.ceil(n / 8));
      },
      again: () => {},
      dispose: () => {},
    },
  };
}

type Options = NonNullable<Parameters<ModelMaker['nonlinear']>[0]>;

function stepOf(bits: 32 | 64, count: number, options: Options): BitsStep {
  const maker = new ModelMaker(bits, options.pool ? [4, 4, 3] : [count]).nonlinear(options);
  const trust = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' } as const;
  const plan = compilePlan({ graph: maker.done().graph, batch: 1, trust, nonlinear: 'bits' });
  const step = plan.steps[1]!;
  if (step.kind !== 'bits') throw new Error('expected a step on masked bits');
  return step;
}

const arithmeticOf = (bits: 32 | 64) => {
  const module = loadKernelModule(128 * 1024 * 1024);
  return { bits, module, kernels: wasmKernels(module) };
};

/** The segments of both parties. */
async function transferred(bits: 32 | 64, step: BitsStep): Promise<readonly (readonly Uint8Array[])[]> {
  const lanes = [laneEnds(), laneEnds()] as const;
  const ideal = [idealTransfers(0), idealTransfers(1)] as const;
  const contexts = ([0, 1] as const).map((party) => {
    const context: Partial<TransferContext> = {
      ...arithmeticOf(bits),
      party,
      bundle: new Bundle({ planDigest: '', party, number: 0 }, SEEDS[party]),
      transfers: 'silent',
      k: 4,
      sender: ideal[party].sender,
      receiver: ideal[1 - party]!.receiver,
      asSender: lanes[party][0]!,
      asReceiver: lanes[1 - party]![1]!,
    };
    return context as TransferContext;
  });
  const exchanges = contexts.map((context) => transferredBits.open(context, step));
  for (const exchange of exchanges) await exchange.choose();
  await Promise.all(exchanges.flatMap((exchange) => [exchange.serve(), exchange.take()]));
  return Promise.all(
    contexts.map(async ({ bundle }) => {
      const { segments } = bundle.take(step.index);
      const all: Uint8Array[] = [];
      while (segments.left > 0) all.push(await segments.next());
      return all;
    }),
  );
}

/** A segment's rows of bits, and its words. */
function partsOf(
  bits: 32 | 64,
  step: BitsStep,
  n: number,
  segment: Uint8Array,
): { rows: Uint8Array; words: Uint32Array[] } {
  const ring = { bits, module: loadKernelModule(64 * 1024 * 1024) };
  const rows = step.program.levels.reduce((sum, { outs }) => sum + outs.length, 0);
  const widths = Array.from({ length: step.outputs }, (_, output) => maskWidths(step, output)).flat();
  const { memory } = ring.module;
  const each = wordRowBytes(n, bits);
  const words = memory.withScratch(() => {
    const pointer = memory.scratch(widths.length * each);
    unpackRows(ring, widths, n, segment, levelBytes(rows, n), pointer);
    return widths.flatMap((width, row) =>
      width > 0 ? [memory.copyOut(pointer + row * each, n * wordsPerElement(bits))] : [],
    );
  });
  return { rows: segment.slice(0, levelBytes(rows, n)), words };
}

/** Party 0's shares where a dealer deals. */
function drawn(bits: 32 | 64, step: BitsStep, chunk: number, n: number): { rows: Uint8Array; words: Uint32Array[] } {
  const stream = new KeyStream(SEEDS[0], 'bits/products', step.index, chunk);
  const parts = step.program.levels.flatMap(({ outs }) => {
    const rows = new Uint8Array(levelBytes(outs.length, n));
    if (outs.length > 0) stream.nextInto(rows);
    return [...rows];
  });
  const words = Array.from({ length: step.outputs }, (_, output) => maskWidths(step, output))
    .flat()
    .filter((width) => width > 0)
    .map(() => {
      const row = new Uint8Array(wordRowBytes(n, bits));
      stream.nextInto(row);
      return new Uint32Array(row.buffer, 0, n * wordsPerElement(bits));
    });
  return { rows: Uint8Array.from(parts), words };
}

/** Shares that belong together as what they share: bits of instances, and words mod 2^width. */
function together(
  bits: 32 | 64,
  step: BitsStep,
  n: number,
  [first, second]: readonly { rows: Uint8Array; words: Uint32Array[] }[],
): unknown {
  const { kernels } = arithmeticOf(bits);
  const widths = Array.from({ length: step.outputs }, (_, output) => maskWidths(step, output)).flat();
  const counted = widths.filter((width) => width > 0);
  const each = levelBytes(1, n);
  const rows = first!.rows.map((byte, i) => byte ^ second!.rows[i]!);
  // bits behind the last instance are no one's
  const own = Array.from({ length: rows.length / each }, (_, row) =>
    Array.from({ length: n }, (_, i) => bitOf(rows.subarray(row * each), i)),
  );
  const words = first!.words.map((share, i) => {
    const sum = kernels.add(bits, share, second!.words[i]!);
    return toBigInts(bits, sum).map((word) => BigInt.asUintN(counted[i]!, word));
  });
  return { own, words };
}

describe('masked bits by transfers', () => {
  it.each([
    [32, 130, { width: 32, shift: 12 }],
    [32, 1, { width: 32, shift: 0 }],
    [32, 17, { width: 9, shift: 8 }],
    [64, 33, { width: 64, shift: 33 }],
    [64, 20, { width: 37, shift: 12, activation: 'none' }],
    [32, 40, { width: 24, shift: 6, activation: 'clip', clipMax: 5 }],
    [32, 48, { width: 21, shift: 5, pool: poolOf([4, 4, 3], 2, 2) }],
    [32, 30_001, { width: 4, shift: 1 }],
  ] as const)('of %s bits, %s instances: %o', async (bits, count, options) => {
    const step = stepOf(bits, count, options);
    const dealt: Uint8Array[] = [];
    const toEvaluator = { send: async (_: number, bytes: Uint8Array) => void dealt.push(bytes.slice()) };
    const dealer: Partial<DealContext> = { ...arithmeticOf(bits), seeds: SEEDS, toEvaluator };
    await dealtBits.deal(dealer as DealContext, step);
    const [first, second] = await transferred(bits, step);
    for (const [chunk, n] of chunksOf(step).entries()) {
      const parts = [first!, second!].map((segments) => partsOf(bits, step, n, segments[chunk]!));
      const truth = [drawn(bits, step, chunk, n), partsOf(bits, step, n, dealt[chunk]!)];
      expect(together(bits, step, n, parts)).toEqual(together(bits, step, n, truth));
    }
  });
});

describe('pads', () => {
  const N = 128;
  const terms = crossTermsOf(stepOf(32, N, { width: 32, shift: 12 }))[0];

  /** Rows of bits of both pads of each use, and words, as text. */
  function padsFrom(start: number): string[] {
    const ring = arithmeticOf(32);
    const maker = new PadMaker(ring, terms, N, new Uint8Array(16).fill(start), DELTAS[0]);
    const block = ring.module.memory.allocate(maker.labelBytes(0, terms.choices.length));
    new KeyStream(SEEDS[0], 'test/labels').nextInto(ring.module.memory.view(block));
    maker.take(0, terms.choices.length, block.pointer);
    const rows = (bytes: Uint8Array, size: number): string[] =>
      Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size).join());
    return maker.pads.flatMap(({ bits, words }) => [...rows(bits, N / 8), ...rows(bytesOf(words), 4 * N)]);
  }

  it('are one a use and side, all of them different, and others from another start', () => {
    const [one, two] = [padsFrom(1), padsFrom(2)];
    const uses = terms.choices.reduce((sum, { bits, words }) => sum + bits.length + words.length, 0);
    expect(one.length).toBe(2 * uses);
    expect(new Set([...one, ...two]).size).toBe(4 * uses);
  });
});

describe('what chooses', () => {
  it('are 84 shares of a ReLU of 32 bits, about as many of either party', () => {
    const terms = crossTermsOf(stepOf(32, 1, { width: 32, shift: 12 }));
    expect(terms.map(({ choices }) => choices.length)).toEqual([45, 39]);
  });

  it('covers all cross terms, by those that are in most of them', () => {
    const edges = [
      [1n, 10n],
      [1n, 11n],
      [1n, 12n],
      [2n, 10n],
      [3n, 10n],
      [4n, 13n],
    ] as const;
    const [first, second] = coverOf(edges, [new Set(), new Set()]);
    for (const [a, b] of edges) expect(first.has(a) || second.has(b)).toBe(true);
    expect(first.size + second.size).toBe(3);
    const [, chosen] = coverOf(edges, [new Set(), new Set([13n])]);
    expect(chosen.has(13n)).toBe(true);
  });
});
