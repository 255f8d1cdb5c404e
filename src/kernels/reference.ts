/** The kernels in plain TypeScript: the truth that wasm.ts is tested against, and readable. @module */
import { convOutput, inputSize, outputSize, poolOutput } from '../core/linear-map.js';
import { fromBigInts, type RingBits, toBigInts, wordsPerElement } from '../core/ring.js';
import { checkBias, checkConv, checkPair, checkPool, checkReduce, checkScale, elementsOf } from './check.js';
import type { Kernels } from './kernels.js';

/** A tensor that is open for element access; sums of products wrap mod 2^l. */
interface Elements {
  /** this[i] += a[j] * b[k] */
  addProduct(i: number, a: Elements, j: number, b: Elements, k: number): void;
  readonly words: Uint32Array;
}

class Elements32 implements Elements {
  readonly words: Uint32Array;

  constructor(words: Uint32Array) {
    this.words = words;
  }

  addProduct(i: number, a: Elements32, j: number, b: Elements32, k: number): void {
    this.words[i] = this.words[i]! + Math.imul(a.words[j]!, b.words[k]!);
  }
}

class Elements64 implements Elements {
  readonly #values: BigUint64Array;

  /** Copies, because words need not be aligned to 8 bytes. */
  constructor(words: Uint32Array) {
    this.#values = new BigUint64Array(words.slice().buffer);
  }

  get words(): Uint32Array {
    return new Uint32Array(this.#values.buffer);
  }

  addProduct(i: number, a: Elements64, j: number, b: Elements64, k: number): void {
    this.#values[i] = this.#values[i]! + a.#values[j]! * b.#values[k]!;
  }
}

function open(bits: RingBits, words: Uint32Array): Elements {
  return bits === 32 ? new Elements32(words) : new Elements64(words);
}

function zeros(bits: RingBits, count: number): Elements {
  return open(bits, new Uint32Array(count * wordsPerElement(bits)));
}

/** f(element, index) for every element, mod 2^l. */
function mapElements(bits: RingBits, a: Uint32Array, f: (element: bigint, index: number) => bigint): Uint32Array {
  return fromBigInts(bits, toBigInts(bits, a).map(f));
}

/** Plain kernels for both rings. Slow with 64 bits (BigInt). */
export function referenceKernels(): Kernels {
  return {
    name: 'reference',

    conv2d(bits, map, batch, x, w) {
      checkConv(bits, map, batch, x, w);
      const [outHeight, outWidth, outChannels] = convOutput(map);
      const groupIn = map.inChannels / map.groups;
      const groupOut = outChannels / map.groups;
      const from = open(bits, x);
      const weights = open(bits, w);
      const out = zeros(bits, batch * outputSize(map));
      // out[n, oy, ox, o] = sum over ky, kx, i of x[n, y, px, g * groupIn + i] * w[ky, kx, i, o], g = floor(o / groupOut)
      for (let n = 0; n < batch; n++)
        for (let oy = 0; oy < outHeight; oy++)
          for (let ox = 0; ox < outWidth; ox++)
            for (let ky = 0; ky < map.kernelHeight; ky++)
              for (let kx = 0; kx < map.kernelWidth; kx++) {
                const y = oy * map.strideHeight - map.padTop + ky * map.dilationHeight;
                const px = ox * map.strideWidth - map.padLeft + kx * map.dilationWidth;
                if (y < 0 || y >= map.inHeight || px < 0 || px >= map.inWidth) continue;
                for (let o = 0; o < outChannels; o++)
                  for (let i = 0; i < groupIn; i++)
                    out.addProduct(
                      ((n * outHeight + oy) * outWidth + ox) * outChannels + o,
                      from,
                      n * inputSize(map) +
                        (y * map.inWidth + px) * map.inChannels +
                        Math.floor(o / groupOut) * groupIn +
                        i,
                      weights,
                      ((ky * map.kernelWidth + kx) * groupIn + i) * outChannels + o,
                    );
              }
      return out.words;
    },

    add(bits, a, b) {
      checkPair('add', bits, a, b);
      const other = toBigInts(bits, b);
      return mapElements(bits, a, (element, i) => element + other[i]!);
    },

    sub(bits, a, b) {
      checkPair('sub', bits, a, b);
      const other = toBigInts(bits, b);
      return mapElements(bits, a, (element, i) => element - other[i]!);
    },

    addConstant(bits, a, value) {
      elementsOf('addConstant', bits, a);
      return mapElements(bits, a, (element) => element + value);
    },

    addBias(bits, a, bias) {
      checkBias(bits, a, bias);
      const biases = toBigInts(bits, bias);
      return mapElements(bits, a, (element, i) => element + biases[i % biases.length]!);
    },

    scale(bits, a, factors, inner) {
      checkScale(bits, a, factors, inner);
      return mapElements(bits, a, (element, i) => element * factors[Math.floor(i / inner) % factors.length]!);
    },

    reduce(bits, a, width) {
      checkReduce(bits, a, width);
      return mapElements(bits, a, (element) => BigInt.asUintN(width, element));
    },

    sumPool(bits, pool, batch, x) {
      checkPool(bits, pool, batch, x);
      const [outHeight, outWidth, channels] = poolOutput(pool);
      const from = open(bits, x);
      const one = open(bits, fromBigInts(bits, [1n]));
      const out = zeros(bits, batch * outHeight * outWidth * channels);
      for (let n = 0; n < batch; n++)
        for (let oy = 0; oy < outHeight; oy++)
          for (let ox = 0; ox < outWidth; ox++)
            for (let wy = 0; wy < pool.windowHeight; wy++)
              for (let wx = 0; wx < pool.windowWidth; wx++) {
                const y = oy * pool.strideHeight - pool.padTop + wy;
                const px = ox * pool.strideWidth - pool.padLeft + wx;
                if (y < 0 || y >= pool.inHeight || px < 0 || px >= pool.inWidth) continue;
                for (let c = 0; c < channels; c++)
                  out.addProduct(
                    ((n * outHeight + oy) * outWidth + ox) * channels + c,
                    from,
                    ((n * pool.inHeight + y) * pool.inWidth + px) * channels + c,
                    one,
                    0,
                  );
              }
      return out.words;
    },

    resident(words) {
      return words.slice();
    },
  };
}
