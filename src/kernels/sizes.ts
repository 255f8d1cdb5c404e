/** How a convolution is computed in kernel memory, and what it takes there. @module */
import { TacitError } from '../core/errors.js';
import { type Conv2d, convOutput, inputSize, outputSize } from '../core/linear-map.js';
import type { RingBits } from '../core/ring.js';
import { splitElements } from './strassen.js';

/** Fewer rows than this read the right operand as it lies: packing it would cost more than it saves. */
export const ROWS_TO_PACK = 6;
/** Bytes of windows that one product takes: they stay in the second-level cache while the panels pass by. */
const WINDOW_BYTES = 256 * 1024;
/** Fewest windows of a product: each reads all panels once, which many rows have to pay for. */
const LEAST_WINDOWS = 64;
/** Scratch of `multiply`. */
export const MULTIPLY_BYTES = 192;
/** Packed panels end in whole registers, and have a row more for each so many (assembly/packed.ts). */
const PANEL_BYTES = 16;
const PANEL_DEPTH = 256;

export type ConvMethod = 'depthwise' | 'pointwise' | 'whole' | 'windowed';

export function convMethod(map: Conv2d): ConvMethod {
  if (map.groups === map.inChannels && map.groups > 1) return 'depthwise';
  if (isPointwise(map)) return 'pointwise';
  return isWholeImage(map) ? 'whole' : 'windowed';
}

/** A 1x1 kernel that reads every pixel once: the image is the left operand as it lies. */
function isPointwise(map: Conv2d): boolean {
  return (
    map.kernelHeight === 1 &&
    map.kernelWidth === 1 &&
    map.strideHeight === 1 &&
    map.strideWidth === 1 &&
    isUnpadded(map)
  );
}

/** One window that is the whole image: a dense layer in all but name. */
function isWholeImage(map: Conv2d): boolean {
  return (
    map.groups === 1 &&
    map.kernelHeight === map.inHeight &&
    map.kernelWidth === map.inWidth &&
    map.dilationHeight === 1 &&
    map.dilationWidth === 1 &&
    isUnpadded(map)
  );
}

function isUnpadded(map: Conv2d): boolean {
  return map.padTop === 0 && map.padBottom === 0 && map.padLeft === 0 && map.padRight === 0;
}

/** Elements of a window in one group. */
export function windowSize(map: Conv2d): number {
  return (map.kernelHeight * map.kernelWidth * map.inChannels) / map.groups;
}

/** Windows of a product. */
export function windowsAtOnce(bits: RingBits, map: Conv2d): number {
  const [height, width] = convOutput(map);
  const most = Math.max(LEAST_WINDOWS, Math.floor(WINDOW_BYTES / (windowSize(map) * (bits / 8))));
  return Math.min(height * width, most);
}

/** At most what `batch` activations, their result and the work between take, where the weights are resident. */
export function convBytes(bits: RingBits, map: Conv2d, batch: number): number {
  return (batch * (inputSize(map) + outputSize(map)) * bits) / 8 + workBytes(bits, map, batch);
}

function workBytes(bits: RingBits, map: Conv2d, batch: number): number {
  const elementBytes = bits / 8;
  const groupIn = map.inChannels / map.groups;
  const groupOut = map.outChannels / map.groups;
  const method = convMethod(map);
  switch (method) {
    case 'depthwise':
      return groupOut === 1 ? 0 : inputSize(map) * groupOut * elementBytes;
    case 'pointwise':
      return productBytes(bits, [batch * map.inHeight * map.inWidth, groupIn, groupOut]);
    case 'whole':
      return productBytes(bits, [batch, inputSize(map), map.outChannels]);
    case 'windowed':
      return windowsAtOnce(bits, map) * windowSize(map) * elementBytes + panelBytes(bits, windowSize(map), groupOut);
    default:
      return method satisfies never;
  }
}

function productBytes(bits: RingBits, [rows, inner, columns]: readonly [number, number, number]): number {
  const panels = rows < ROWS_TO_PACK ? 0 : panelBytes(bits, inner, columns);
  return panels + (splitElements([rows, inner, columns]) * bits) / 8;
}

function panelBytes(bits: RingBits, inner: number, columns: number): number {
  const rowBytes = Math.ceil((columns * bits) / 8 / PANEL_BYTES) * PANEL_BYTES;
  return (inner + Math.ceil(inner / PANEL_DEPTH)) * rowBytes + MULTIPLY_BYTES;
}

/** A step that needs more than the kernel memory of a process. */
export function outOfKernelMemory(step: string, bytes: number, available: number, batch: number): TacitError {
  const mebibytes = (count: number): number => Math.ceil(count / 2 ** 20);
  return new TacitError(
    'OUT_OF_MEMORY',
    `layer ${step}: expected at most ${mebibytes(available)} MiB of kernel memory, got a plan that needs ${mebibytes(bytes)} MiB. ` +
      (batch > 1 ? 'Use a smaller batch' : 'Use smaller inputs or layers'),
    { facts: { bytes, available } },
  );
}
