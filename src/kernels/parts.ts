/** A linear map in parts that threads compute side by side: some inputs of a batch, or a band of rows of one image. @module */
import { type Conv2d, convOutput, inputSize, macsOf, outputSize } from '../core/linear-map.js';

/** Elements `from` up to `to`. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a part computes, of which elements of the whole operand, and which of the whole result. */
export interface MapPart {
  readonly map: Conv2d;
  readonly batch: number;
  readonly input: Span;
  readonly output: Span;
}

/** Less is done sooner than a thread has heard of it. */
const LEAST_MACS = 2 ** 21;
/** Rows of a product that pay for making panels of the weights in each part. */
const LEAST_ROWS = 64;

/** At most `most` parts, of about the same size; one where the map is small. */
export function partsOf(map: Conv2d, batch: number, most: number): MapPart[] {
  const [height, width] = convOutput(map);
  const parts = Math.floor(Math.min(most, (batch * macsOf(map)) / LEAST_MACS, (batch * height * width) / LEAST_ROWS));
  if (parts <= batch) return imagesOf(map, batch, Math.max(1, parts));
  const bands = bandsOf(map, Math.min(height, Math.floor(parts / batch)));
  return Array.from({ length: batch }, (_, image) => image).flatMap((image) => {
    const [inputs, outputs] = [image * inputSize(map), image * outputSize(map)];
    return bands.map(({ input, output, ...part }) => ({
      ...part,
      input: { from: inputs + input.from, to: inputs + input.to },
      output: { from: outputs + output.from, to: outputs + output.to },
    }));
  });
}

function imagesOf(map: Conv2d, batch: number, parts: number): MapPart[] {
  return Array.from({ length: parts }, (_, part) => {
    const [first, end] = [part, part + 1].map((at) => Math.floor((at * batch) / parts)) as [number, number];
    const span = (size: number): Span => ({ from: first * size, to: end * size });
    return { map, batch: end - first, input: span(inputSize(map)), output: span(outputSize(map)) };
  });
}

/** Bands of output rows, each of the input rows that its windows reach; one where some band's reach padding alone. */
function bandsOf(map: Conv2d, count: number): MapPart[] {
  const [height, width] = convOutput(map);
  const [inRow, outRow] = [map.inWidth * map.inChannels, width * map.outChannels];
  const bands = Array.from({ length: count }, (_, band) => {
    const [first, end] = [band, band + 1].map((at) => Math.floor((at * height) / count)) as [number, number];
    // rows of the input that the windows reach, padding included
    const top = first * map.strideHeight - map.padTop;
    const bottom = (end - 1) * map.strideHeight + (map.kernelHeight - 1) * map.dilationHeight + 1 - map.padTop;
    const [from, to] = [Math.max(0, top), Math.min(map.inHeight, bottom)];
    return {
      map: { ...map, inHeight: to - from, padTop: from - top, padBottom: bottom - to },
      batch: 1,
      input: { from: from * inRow, to: to * inRow },
      output: { from: first * outRow, to: end * outRow },
    };
  });
  return bands.every((band) => band.map.inHeight > 0) ? bands : imagesOf(map, 1, 1);
}
