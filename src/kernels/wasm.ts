/**
 * The kernels over the AssemblyScript module (assembly/ring.ts).
 *
 * Operands in kernel memory are read where they lie, others are copied to scratch. A convolution becomes matrix products
 * over blocks of windows (im2col), so that its scratch is bounded whatever the size of the image.
 * @module
 */
import { type Conv2d, convOutput, inputSize, outputSize, poolOutput } from '../core/linear-map.js';
import { fromBigInts, type RingBits, wordsPerElement } from '../core/ring.js';
import { checkBias, checkConv, checkPair, checkPool, checkReduce, checkScale, elementsOf } from './check.js';
import type { Kernels } from './kernels.js';
import type { KernelModule } from './module.js';
import { operationsOf, type Pointer } from './ring-operations.js';
import { convMethod, MULTIPLY_BYTES, ROWS_TO_PACK, windowSize, windowsAtOnce } from './sizes.js';
import { type Arithmetic, type Matrix, type ProductSize, strassen } from './strassen.js';

/** Kernels over a module's memory. Synchronous; scratch is given back when a call returns or throws. */
export function wasmKernels(module: KernelModule): Kernels {
  const { memory, exports } = module;
  const operations = operationsOf(exports);

  /** Runs `compute` with a fresh result of `count` elements. */
  function produce(bits: RingBits, count: number, compute: (out: Pointer) => void): Uint32Array {
    return memory.withScratch(() => {
      const words = count * wordsPerElement(bits);
      const out = memory.scratch(words * 4);
      compute(out);
      return memory.copyOut(out, words);
    });
  }

  /**
   * right [inner, columns], rows `stride` apart, ready to be multiplied by `rows` rows at a time. The returned function
   * takes left [rows, inner] and out [rows, columns] with their own strides.
   */
  function prepare(
    bits: RingBits,
    rows: number,
    inner: number,
    columns: number,
    right: Pointer,
    stride: number,
  ): (rows: number, left: Pointer, leftStride: number, out: Pointer, outStride: number) => void {
    const { packedSize, pack, multiply, stream } = operations[bits];
    const elementBytes = bits / 8;
    if (rows < ROWS_TO_PACK || inner === 0) {
      return (count, left, leftStride, out, outStride) =>
        stream(count, inner, columns, left, leftStride, right, stride, out, outStride);
    }
    const packed = memory.scratch(packedSize(inner, columns) * elementBytes);
    const scratch = memory.scratch(MULTIPLY_BYTES);
    pack(right, stride, inner, columns, packed);
    return (count, left, leftStride, out, outStride) =>
      multiply(count, inner, columns, left, leftStride, packed, out, outStride, scratch);
  }

  const arithmetic: Readonly<Record<RingBits, Arithmetic>> = { 32: arithmeticOf(32), 64: arithmeticOf(64) };

  function arithmeticOf(bits: RingBits): Arithmetic {
    return {
      elementBytes: bits / 8,
      add: operations[bits].addRows,
      sub: operations[bits].subRows,
      scratch: (elements) => memory.scratch((elements * bits) / 8),
      withScratch: (body) => memory.withScratch(body),
      multiply: ([rows, inner, columns], a, b, c) =>
        memory.withScratch(() => {
          prepare(bits, rows, inner, columns, b.at, b.stride)(rows, a.at, a.stride, c.at, c.stride);
        }),
    };
  }

  /** c = a b, large products by fewer multiplications. */
  function product(bits: RingBits, size: ProductSize, a: Matrix, b: Matrix, c: Matrix): void {
    strassen(arithmetic[bits], size, a, b, c);
  }

  function depthwise(bits: RingBits, map: Conv2d, batch: number, x: Pointer, w: Pointer, out: Pointer): void {
    const [outHeight, outWidth, channels] = convOutput(map);
    const elementBytes = bits / 8;
    const multiplier = channels / map.inChannels;
    const repeated = multiplier === 1 ? undefined : memory.scratch(inputSize(map) * multiplier * elementBytes);
    for (let n = 0; n < batch; n++) {
      const image = x + n * inputSize(map) * elementBytes;
      if (repeated !== undefined) operations[bits].repeat(image, inputSize(map), multiplier, repeated);
      operations[bits].depthwise(
        repeated ?? image,
        map.inHeight,
        map.inWidth,
        channels,
        w,
        map.kernelHeight,
        map.kernelWidth,
        map.strideHeight,
        map.strideWidth,
        map.dilationHeight,
        map.dilationWidth,
        map.padTop,
        map.padLeft,
        outHeight,
        outWidth,
        out + n * outputSize(map) * elementBytes,
      );
    }
  }

  function windowed(bits: RingBits, map: Conv2d, batch: number, x: Pointer, w: Pointer, out: Pointer): void {
    const [outHeight, outWidth, outChannels] = convOutput(map);
    const elementBytes = bits / 8;
    const elementWords = wordsPerElement(bits);
    const groupIn = map.inChannels / map.groups;
    const groupOut = outChannels / map.groups;
    const inner = windowSize(map);
    const positions = outHeight * outWidth;
    const blockRows = windowsAtOnce(bits, map);
    const windows = memory.scratch(blockRows * inner * elementBytes);
    for (let group = 0; group < map.groups; group++) {
      memory.withScratch(() => {
        const offset = group * groupOut * elementBytes;
        const multiply = prepare(bits, positions, inner, groupOut, w + offset, outChannels);
        for (let n = 0; n < batch; n++) {
          const image = x + (n * inputSize(map) + group * groupIn) * elementBytes;
          const result = out + n * outputSize(map) * elementBytes + offset;
          for (let first = 0; first < positions; first += blockRows) {
            const count = Math.min(blockRows, positions - first);
            exports.im2col(
              image,
              map.inHeight,
              map.inWidth,
              map.inChannels * elementWords,
              groupIn * elementWords,
              map.kernelHeight,
              map.kernelWidth,
              map.strideHeight,
              map.strideWidth,
              map.dilationHeight,
              map.dilationWidth,
              map.padTop,
              map.padLeft,
              outWidth,
              first,
              count,
              windows,
            );
            multiply(count, windows, inner, result + first * outChannels * elementBytes, outChannels);
          }
        }
      });
    }
  }

  function pointwise(bits: RingBits, map: Conv2d, batch: number, x: Pointer, w: Pointer, out: Pointer): void {
    const rows = batch * map.inHeight * map.inWidth;
    const groupIn = map.inChannels / map.groups;
    const groupOut = map.outChannels / map.groups;
    for (let group = 0; group < map.groups; group++) {
      const left = { at: x + group * groupIn * (bits / 8), stride: map.inChannels };
      const offset = group * groupOut * (bits / 8);
      const right = { at: w + offset, stride: map.outChannels };
      product(bits, [rows, groupIn, groupOut], left, right, { at: out + offset, stride: map.outChannels });
    }
  }

  return {
    name: 'wasm',

    conv2d(bits, map, batch, x, w) {
      checkConv(bits, map, batch, x, w);
      return produce(bits, batch * outputSize(map), (out) => {
        const from = memory.pointerTo(x);
        const weights = memory.pointerTo(w);
        const method = convMethod(map);
        switch (method) {
          case 'depthwise':
            return depthwise(bits, map, batch, from, weights, out);
          case 'pointwise':
            return pointwise(bits, map, batch, from, weights, out);
          case 'windowed':
            return windowed(bits, map, batch, from, weights, out);
          case 'whole': {
            const inner = inputSize(map);
            const right = { at: weights, stride: map.outChannels };
            const left = { at: from, stride: inner };
            return product(bits, [batch, inner, map.outChannels], left, right, { at: out, stride: map.outChannels });
          }
          default:
            return method satisfies never;
        }
      });
    },

    add(bits, a, b) {
      const count = checkPair('add', bits, a, b);
      return produce(bits, count, (out) => operations[bits].add(memory.pointerTo(a), memory.pointerTo(b), out, count));
    },

    sub(bits, a, b) {
      const count = checkPair('sub', bits, a, b);
      return produce(bits, count, (out) => operations[bits].sub(memory.pointerTo(a), memory.pointerTo(b), out, count));
    },

    addConstant(bits, a, value) {
      const count = elementsOf('addConstant', bits, a);
      return produce(bits, count, (out) => operations[bits].addConstant(memory.pointerTo(a), value, out, count));
    },

    addBias(bits, a, bias) {
      const count = checkBias(bits, a, bias);
      const last = elementsOf('addBias', bits, bias);
      return produce(bits, count, (out) => {
        if (count === 0) return;
        operations[bits].addRows(count / last, last, memory.pointerTo(a), last, memory.pointerTo(bias), 0, out, last);
      });
    },

    scale(bits, a, factors, inner) {
      const count = checkScale(bits, a, factors, inner);
      return produce(bits, count, (out) => {
        const factorWords = memory.pointerTo(fromBigInts(bits, factors));
        operations[bits].scale(memory.pointerTo(a), factorWords, factors.length, inner, out, count);
      });
    },

    reduce(bits, a, width) {
      const count = checkReduce(bits, a, width);
      const low = (1n << BigInt(width)) - 1n;
      return produce(bits, count, (out) => {
        if (bits === 32) exports.mask32(memory.pointerTo(a), Number(low), out, count);
        else exports.mask64(memory.pointerTo(a), low, out, count);
      });
    },

    sumPool(bits, pool, batch, x) {
      checkPool(bits, pool, batch, x);
      const [outHeight, outWidth, channels] = poolOutput(pool);
      const inSize = pool.inHeight * pool.inWidth * channels;
      const outSize = outHeight * outWidth * channels;
      return produce(bits, batch * outSize, (out) => {
        const from = memory.pointerTo(x);
        for (let n = 0; n < batch; n++) {
          operations[bits].sumWindows(
            from + n * inSize * (bits / 8),
            pool.inHeight,
            pool.inWidth,
            channels,
            pool.windowHeight,
            pool.windowWidth,
            pool.strideHeight,
            pool.strideWidth,
            pool.padTop,
            pool.padLeft,
            outHeight,
            outWidth,
            out + n * outSize * (bits / 8),
          );
        }
      });
    },

    resident(words) {
      const { pointer } = memory.allocate(words.byteLength);
      const copy = memory.words.subarray(pointer >>> 2, (pointer >>> 2) + words.length);
      copy.set(words);
      return copy;
    },
  };
}
