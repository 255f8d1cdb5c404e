/**
 * The fans of a bilinear map: for one element of one operand, all elements of the other that it meets, and the outputs to which the products belong.
 * What a correlated transfer on the element's bits carries is the vector of all that it meets. @module
 */
import { type Conv2d, convOutput, inputSize, weightSize } from '../core/linear-map.js';

/** The operand whose bits choose. */
export type Chooser = 'weights' | 'activations';

export interface Fans {
  /** Elements of the choosing operand. */
  readonly count: number;
  /** How many products element `index` takes part in. */
  size(index: number): number;
  /** Fills in, for each product of element `index`, the index of the other factor and of the output. */
  fill(index: number, others: Int32Array, outputs: Int32Array): void;
}

/** Positions o of an output axis at which kernel offset `at` falls inside the input: from first, count of them. */
interface Reach {
  readonly first: number;
  readonly count: number;
}

function reachOf(input: number, output: number, at: number, stride: number, dilation: number, pad: number): Reach {
  // 0 <= o * stride + at * dilation - pad < input
  const offset = at * dilation - pad;
  const first = Math.max(0, Math.ceil(-offset / stride));
  const last = Math.min(output - 1, Math.floor((input - 1 - offset) / stride));
  return { first, count: Math.max(0, last - first + 1) };
}

/** The fans of x o w for a batch of activations. */
export function fansOf(map: Conv2d, batch: number, chooser: Chooser): Fans {
  return chooser === 'weights' ? weightFans(map, batch) : activationFans(map, batch);
}

function weightFans(map: Conv2d, batch: number): Fans {
  const [outHeight, outWidth] = convOutput(map);
  const perGroup = map.inChannels / map.groups;
  const outPerGroup = map.outChannels / map.groups;
  const rows = Array.from({ length: map.kernelHeight }, (_, at) =>
    reachOf(map.inHeight, outHeight, at, map.strideHeight, map.dilationHeight, map.padTop),
  );
  const columns = Array.from({ length: map.kernelWidth }, (_, at) =>
    reachOf(map.inWidth, outWidth, at, map.strideWidth, map.dilationWidth, map.padLeft),
  );
  const place = (index: number): { kh: number; kw: number; ci: number; co: number } => {
    const co = index % map.outChannels;
    const rest = Math.floor(index / map.outChannels);
    const ci = (rest % perGroup) + Math.floor(co / outPerGroup) * perGroup;
    const at = Math.floor(rest / perGroup);
    return { kh: Math.floor(at / map.kernelWidth), kw: at % map.kernelWidth, ci, co };
  };
  return {
    count: weightSize(map),
    size: (index) => {
      const { kh, kw } = place(index);
      return batch * rows[kh]!.count * columns[kw]!.count;
    },
    fill: (index, others, outputs) => {
      const { kh, kw, ci, co } = place(index);
      const { first: top, count: height } = rows[kh]!;
      const { first: left, count: width } = columns[kw]!;
      let at = 0;
      for (let image = 0; image < batch; image++) {
        for (let oh = top; oh < top + height; oh++) {
          const ih = oh * map.strideHeight + kh * map.dilationHeight - map.padTop;
          for (let ow = left; ow < left + width; ow++) {
            const iw = ow * map.strideWidth + kw * map.dilationWidth - map.padLeft;
            others[at] = ((image * map.inHeight + ih) * map.inWidth + iw) * map.inChannels + ci;
            outputs[at++] = ((image * outHeight + oh) * outWidth + ow) * map.outChannels + co;
          }
        }
      }
    },
  };
}

/** For an input position: the kernel offsets that bring it to an output position. */
function windowsOf(
  position: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
  output: number,
): { at: number; o: number }[] {
  const windows: { at: number; o: number }[] = [];
  for (let at = 0; at < kernel; at++) {
    const scaled = position + pad - at * dilation;
    if (scaled >= 0 && scaled % stride === 0 && scaled / stride < output) windows.push({ at, o: scaled / stride });
  }
  return windows;
}

function activationFans(map: Conv2d, batch: number): Fans {
  const [outHeight, outWidth] = convOutput(map);
  const perGroup = map.inChannels / map.groups;
  const outPerGroup = map.outChannels / map.groups;
  const rows = Array.from({ length: map.inHeight }, (_, ih) =>
    windowsOf(ih, map.kernelHeight, map.strideHeight, map.dilationHeight, map.padTop, outHeight),
  );
  const columns = Array.from({ length: map.inWidth }, (_, iw) =>
    windowsOf(iw, map.kernelWidth, map.strideWidth, map.dilationWidth, map.padLeft, outWidth),
  );
  const perImage = inputSize(map);
  const rowOf = (index: number): number => Math.floor((index % perImage) / (map.inWidth * map.inChannels));
  const columnOf = (index: number): number => Math.floor(index / map.inChannels) % map.inWidth;
  return {
    count: batch * perImage,
    size: (index) => rows[rowOf(index)]!.length * columns[columnOf(index)]!.length * outPerGroup,
    fill: (index, others, outputs) => {
      const image = Math.floor(index / perImage);
      const channel = index % map.inChannels;
      const firstOut = Math.floor(channel / perGroup) * outPerGroup;
      let at = 0;
      for (const { at: kh, o: oh } of rows[rowOf(index)]!) {
        for (const { at: kw, o: ow } of columns[columnOf(index)]!) {
          const weight = ((kh * map.kernelWidth + kw) * perGroup + (channel % perGroup)) * map.outChannels + firstOut;
          const output = ((image * outHeight + oh) * outWidth + ow) * map.outChannels + firstOut;
          for (let co = 0; co < outPerGroup; co++) {
            others[at] = weight + co;
            outputs[at++] = output + co;
          }
        }
      }
    },
  };
}
