/** NonlinearNode in the clear, for both rings: add the rounding constant, wrap to the width, shift, take the maximum, activate. @module */
import { type Pool2d, poolOutput } from '../core/linear-map.js';
import type { RingBits } from '../core/ring.js';
import type { NonlinearNode } from './fixed-model.js';

export interface NonlinearResult {
  readonly words: Uint32Array;
  /** How many inputs lay outside the width. */
  readonly wraps: number;
}

type Step = Pick<NonlinearNode, 'pool' | 'activation' | 'clipMax' | 'width' | 'shift'>;

/** At l = 32, on native integers. x is [batch, ...]. */
export function nonlinear32(step: Step, batch: number, x: Uint32Array): NonlinearResult {
  const { width, shift } = step;
  const constant = shift === 0 ? 0 : 2 ** (shift - 1);
  const spare = 32 - width;
  const shifted = new Int32Array(x.length);
  let wraps = 0;
  for (let i = 0; i < x.length; i++) {
    const rounded = (x[i]! + constant) | 0;
    const wrapped = (rounded << spare) >> spare;
    if (wrapped !== rounded) wraps++;
    shifted[i] = wrapped >> shift;
  }
  const lowest = (-(2 ** (width - 1)) | 0) >> shift;
  const best = step.pool === undefined ? shifted : maxPool32(step.pool, batch, shifted, lowest);
  if (step.activation !== 'none') {
    const max = step.activation === 'clip' ? step.clipMax! : 0x7fffffff;
    for (let i = 0; i < best.length; i++) best[i] = Math.min(Math.max(best[i]!, 0), max);
  }
  return { words: new Uint32Array(best.buffer), wraps };
}

function maxPool32(pool: Pool2d, batch: number, x: Int32Array, lowest: number): Int32Array {
  const best = new Int32Array(batch * sizeOfPool(pool)).fill(lowest);
  forEachRun(pool, batch, (to, from, count) => {
    for (let c = 0; c < count; c++) if (x[from + c]! > best[to + c]!) best[to + c] = x[from + c]!;
  });
  return best;
}

/** At l = 64, on pairs of words: `high` signed, `low` unsigned. x is [batch, ...]. */
export function nonlinear64(step: Step, batch: number, x: Uint32Array): NonlinearResult {
  const { width, shift } = step;
  const constant = shift === 0 ? 0 : 2 ** (shift - 1);
  const constantLow = constant % 2 ** 32;
  const constantHigh = Math.floor(constant / 2 ** 32);
  const shifted = new Uint32Array(x.length);
  let wraps = 0;
  for (let i = 0; i < x.length; i += 2) {
    const low = (x[i]! + constantLow) >>> 0;
    const carry = low < constantLow ? 1 : 0;
    const high = (x[i + 1]! + constantHigh + carry) | 0;
    const wrappedLow = width < 32 ? ((low << (32 - width)) >> (32 - width)) >>> 0 : low;
    const wrappedHigh = width <= 32 ? (wrappedLow | 0) >> 31 : (high << (64 - width)) >> (64 - width);
    if (wrappedLow !== low || wrappedHigh !== high) wraps++;
    if (shift === 0) {
      shifted[i] = wrappedLow;
      shifted[i + 1] = wrappedHigh;
    } else if (shift < 32) {
      shifted[i] = (wrappedLow >>> shift) | (wrappedHigh << (32 - shift));
      shifted[i + 1] = wrappedHigh >> shift;
    } else {
      shifted[i] = wrappedHigh >> (shift - 32);
      shifted[i + 1] = wrappedHigh >> 31;
    }
  }
  const words = step.pool === undefined ? shifted : maxPool64(step.pool, batch, shifted, lowest64(step));
  if (step.activation !== 'none') clip64(words, step.activation === 'clip' ? step.clipMax! : undefined);
  return { words, wraps };
}

/** -2^(width - 1) >> shift, in words. */
function lowest64({ width, shift }: Step): readonly [number, number] {
  const lowest = -(1n << BigInt(width - 1)) >> BigInt(shift);
  return [Number(BigInt.asUintN(32, lowest)), Number(BigInt.asUintN(32, lowest >> 32n))];
}

function maxPool64(pool: Pool2d, batch: number, x: Uint32Array, [low, high]: readonly [number, number]): Uint32Array {
  const best = new Uint32Array(2 * batch * sizeOfPool(pool));
  for (let i = 0; i < best.length; i += 2) {
    best[i] = low;
    best[i + 1] = high;
  }
  forEachRun(pool, batch, (to, from, count) => {
    for (let a = 2 * to, b = 2 * from; b < 2 * (from + count); a += 2, b += 2) {
      const difference = (x[b + 1]! | 0) - (best[a + 1]! | 0);
      if (difference > 0 || (difference === 0 && x[b]! > best[a]!)) {
        best[a] = x[b]!;
        best[a + 1] = x[b + 1]!;
      }
    }
  });
  return best;
}

/** min(max(x, 0), max), in place. */
function clip64(words: Uint32Array, max: number | undefined): void {
  const maxLow = max === undefined ? 0xffffffff : max % 2 ** 32;
  const maxHigh = max === undefined ? 0x7fffffff : Math.floor(max / 2 ** 32);
  for (let i = 0; i < words.length; i += 2) {
    const high = words[i + 1]! | 0;
    if (high < 0) {
      words[i] = 0;
      words[i + 1] = 0;
    } else if (high > maxHigh || (high === maxHigh && words[i]! > maxLow)) {
      words[i] = maxLow;
      words[i + 1] = maxHigh;
    }
  }
}

function sizeOfPool(pool: Pool2d): number {
  const [height, width, channels] = poolOutput(pool);
  return height * width * channels;
}

/** Calls `visit` for each output position and each element of its window inside the image, a run of channels at a time. */
function forEachRun(pool: Pool2d, batch: number, visit: (to: number, from: number, count: number) => void): void {
  const { inHeight, inWidth, channels } = pool;
  const [height, width] = poolOutput(pool);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = ((n * height + row) * width + column) * channels;
        for (let ky = 0; ky < pool.windowHeight; ky++) {
          const iy = row * pool.strideHeight - pool.padTop + ky;
          if (iy < 0 || iy >= inHeight) continue;
          for (let kx = 0; kx < pool.windowWidth; kx++) {
            const ix = column * pool.strideWidth - pool.padLeft + kx;
            if (ix < 0 || ix >= inWidth) continue;
            visit(to, ((n * inHeight + iy) * inWidth + ix) * channels, channels);
          }
        }
      }
    }
  }
}

/** How many elements do not fit `width` signed bits. */
export function outsideWidth(bits: RingBits, width: number, words: Uint32Array): number {
  const identity = { width, shift: 0, activation: 'none' } as const;
  return (bits === 32 ? nonlinear32(identity, 1, words) : nonlinear64(identity, 1, words)).wraps;
}
