/** How the bytes of pixels become the reals that a model takes: said by the model's card or by the user, never guessed. @module */
import { TacitError } from '../../src/core/errors.js';
import type { Range } from './options.js';

const MAX_BYTE = 255;

/** A byte b of channel c becomes (scale b - mean[c]) / std[c]. One mean or std serves all channels. */
export interface Scaling {
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export const BY_255: Scaling = { scale: 1 / MAX_BYTE, mean: [0], std: [1] };

/** The least interval that holds every byte of every channel. */
export function reachOf(scaling: Scaling): Range {
  const channels = Math.max(scaling.mean.length, scaling.std.length);
  const ends = Array.from({ length: channels }, (_, c) => [0, MAX_BYTE].map((byte) => scaled(byte, scaling, c))).flat();
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** Reals of bytes, channels last. @throws USAGE where no scaling is known */
export function scalePixels(
  bytes: ArrayLike<number>,
  channels: number,
  { scaling, range }: { readonly scaling: Scaling | undefined; readonly range: Range },
  name: string,
): Float32Array {
  if (scaling === undefined) {
    throw new TacitError(
      'USAGE',
      `expected --scale, --mean or --std to say how the pixels of ${name} become numbers from ${range.low} to ${range.high}, got none. Give for example --scale 1 for 0 to 255, or --mean 0.5 --std 0.5 for -1 to 1`,
    );
  }
  return Float32Array.from(bytes, (byte, i) => scaled(byte, scaling, i % channels));
}

/** For a person. */
export function describeScaling({ scale, mean, std }: Scaling): string {
  const byte = scale === BY_255.scale ? 'b / 255' : scale === 1 ? 'b' : `${scale} b`;
  const isShifted = mean.some((value) => value !== 0);
  const centred = isShifted ? `${byte} - ${channelText(mean)}` : byte;
  if (std.every((value) => value === 1)) return `byte b as ${centred}`;
  return `byte b as ${isShifted ? `(${centred})` : centred} / ${channelText(std)}`;
}

function channelText(values: readonly number[]): string {
  return values.length === 1 ? String(values[0]) : `[${values.join(', ')}]`;
}

function perChannel(values: readonly number[], channel: number): number {
  return values[values.length === 1 ? 0 : channel]!;
}

function scaled(byte: number, { scale, mean, std }: Scaling, channel: number): number {
  // by 255 as everybody divides, not by a product with its rounded inverse
  const real = scale === BY_255.scale ? byte / MAX_BYTE : byte * scale;
  return (real - perChannel(mean, channel)) / perChannel(std, channel);
}
