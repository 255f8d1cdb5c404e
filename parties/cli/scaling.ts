/** How the bytes of pixels become the reals that a model takes: said by the user, never guessed. @module */
import { TacitError } from '../../src/core/errors.js';
import { float32Range, type Range } from './options.js';

const MAX_BYTE = 255;

/** What the flags say. */
export interface ScalingFlags {
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Default: what scaled pixels can reach. */
  readonly inputRange?: Range;
}

/** A byte b of channel c becomes (scale b - mean[c]) / std[c]. One mean or std serves all channels. */
export interface Scaling {
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What is read, and what it may hold. */
export interface InputRules {
  readonly range: Range;
  /** undefined: the range is not that of pixels divided by 255, and no flag says what pixels are to become. */
  readonly scaling: Scaling | undefined;
}

const UNIT: Range = { low: 0, high: 1 };
const BY_255: Scaling = { scale: 1 / MAX_BYTE, mean: [0], std: [1] };

/**
 * What the flags say together, of inputs of `shape` without the batch dimension.
 *
 * @throws USAGE where means or deviations are of other channels
 */
export function inputRulesOf(flags: ScalingFlags, shape: readonly number[]): InputRules {
  const { scale, mean, std, inputRange } = flags;
  const isUnit = inputRange === undefined || (inputRange.low === UNIT.low && inputRange.high === UNIT.high);
  if (scale === undefined && mean === undefined && std === undefined) {
    return { range: inputRange ?? UNIT, scaling: isUnit ? BY_255 : undefined };
  }
  const scaling = { scale: scale ?? BY_255.scale, mean: mean ?? BY_255.mean, std: std ?? BY_255.std };
  const channels = shape.length === 3 ? shape[2]! : 1;
  for (const [flag, values] of [['--mean', scaling.mean] as const, ['--std', scaling.std] as const]) {
    if (values.length === 1 || values.length === channels) continue;
    throw new TacitError(
      'USAGE',
      `expected one ${flag} or one for each of ${channels} channels, got ${values.length}. Give as many`,
    );
  }
  return { range: inputRange ?? float32Range(reachOf(scaling)), scaling };
}

/** The least interval that holds every byte of every channel. */
function reachOf(scaling: Scaling): Range {
  const channels = Math.max(scaling.mean.length, scaling.std.length);
  const ends = Array.from({ length: channels }, (_, c) => [0, MAX_BYTE].map((byte) => scaled(byte, scaling, c))).flat();
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** Reals of bytes, channels last. @throws USAGE where no scaling is known */
export function scalePixels(
  bytes: ArrayLike<number>,
  channels: number,
  { scaling, range }: InputRules,
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
