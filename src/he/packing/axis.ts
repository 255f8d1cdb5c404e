/**
 * One axis of a convolution, cut into blocks of outputs.
 *
 * Output o reads input (o + offset) * stride + phase for each tap of the kernel, where tap * dilation - padding = offset * stride + phase: with a
 * stride, the inputs of one phase are a channel of their own, over which the convolution has none.
 * @module
 */

/** A tap of the kernel, as seen by its phase. */
export interface Tap {
  readonly tap: number;
  readonly offset: number;
}

export interface Phase {
  readonly phase: number;
  readonly taps: readonly Tap[];
}

export interface Axis {
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  /** Those that some tap reads. */
  readonly phases: readonly Phase[];
  readonly leastOffset: number;
  readonly mostOffset: number;
}

export function axisOf(
  inputs: number,
  outputs: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: number,
): Axis {
  const phases = new Map<number, Tap[]>();
  const offsets: number[] = [];
  for (let tap = 0; tap < kernel; tap++) {
    const at = tap * dilation - padding;
    const offset = Math.floor(at / stride);
    const phase = at - offset * stride;
    phases.set(phase, [...(phases.get(phase) ?? []), { tap, offset }]);
    offsets.push(offset);
  }
  return {
    inputs,
    outputs,
    stride,
    phases: [...phases].map(([phase, taps]) => ({ phase, taps })),
    leastOffset: Math.min(...offsets),
    mostOffset: Math.max(...offsets),
  };
}

/** An axis on which every output reads its own input alone. */
export function plainAxis(extent: number): Axis {
  return axisOf(extent, extent, 1, 1, 1, 0);
}

/** A run of outputs, and of the inputs of every phase that it reads. */
export interface Range {
  readonly firstOutput: number;
  readonly endOutput: number;
  readonly firstInput: number;
  readonly endInput: number;
}

/** An axis cut into runs of `size` outputs. */
export interface Blocks {
  readonly axis: Axis;
  readonly size: number;
  readonly ranges: readonly Range[];
  /**
   * Coefficients that the axis takes. An output may read beyond the inputs, before or after them: zeros between one row and the next serve for
   * both, so that there are as many as the longer of the two.
   */
  readonly extent: number;
}

export function blocksOf(axis: Axis, size: number): Blocks {
  const { outputs, leastOffset, mostOffset } = axis;
  const inputs = Math.ceil(axis.inputs / axis.stride);
  const ranges: Range[] = [];
  let extent = 1;
  for (let firstOutput = 0; firstOutput < outputs; firstOutput += size) {
    const endOutput = Math.min(outputs, firstOutput + size);
    const firstInput = Math.min(inputs, Math.max(0, firstOutput + leastOffset));
    const endInput = Math.max(firstInput, Math.min(inputs, endOutput + mostOffset));
    const before = firstInput - (firstOutput + leastOffset);
    const after = endOutput + mostOffset - endInput;
    extent = Math.max(extent, endOutput - firstOutput, endInput - firstInput + Math.max(before, after));
    ranges.push({ firstOutput, endOutput, firstInput, endInput });
  }
  return { axis, size, ranges, extent };
}

/** The sizes of blocks that are worth a look: the least of each number of blocks. */
export function blockSizes(outputs: number): number[] {
  const sizes: number[] = [];
  for (let size = outputs; size > 0; ) {
    const count = Math.ceil(outputs / size);
    sizes.push(Math.ceil(outputs / count));
    size = Math.ceil(outputs / count) - 1;
  }
  return sizes;
}
