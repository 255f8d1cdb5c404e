/** Recognises the movement that pads an image with zeros. @module */
import { FILL, gather, indicesOf, padded } from '../../../core/nd.js';
import { sizeOf } from '../../../core/ring.js';
import type { Shape } from '../node.js';
import type { MoveOp } from './move.js';
import { piecesOf } from './pieces.js';

export interface ZerosAround {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** How many rows and columns of zeros a movement puts around an image, where that is all that it does. */
export function zerosAround({ fill, pieces, inputs, shape }: MoveOp, from: Shape): ZerosAround | undefined {
  const [piece] = pieces;
  if (fill !== 0 || pieces.length !== 1 || inputs.length !== 1 || shape.length !== 3 || from.length !== 3)
    return undefined;
  const [height, width, channels] = from as [number, number, number];
  const [outHeight, outWidth, outChannels] = shape as [number, number, number];
  const top = Math.floor(piece!.to / (outWidth * outChannels));
  const left = (piece!.to % (outWidth * outChannels)) / outChannels;
  const [bottom, right] = [outHeight - height - top, outWidth - width - left];
  if (channels !== outChannels || !Number.isInteger(left) || Math.min(bottom, right) < 0) return undefined;
  const rows = gather(indicesOf(from), 0, padded(height, top, bottom), FILL);
  const expected = piecesOf(gather(rows, 1, padded(width, left, right), FILL).data, [sizeOf(from)]);
  return JSON.stringify(expected) === JSON.stringify(pieces) ? { top, bottom, left, right } : undefined;
}
