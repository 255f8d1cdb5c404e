/** What a model wants of its inputs: its card, and before it what the flags say. Nothing is guessed. @module */
import { TacitError } from '../../src/core/errors.js';
import { sizeOf } from '../../src/core/ring.js';
import type { Layout, ModelCard } from '../../src/model/card.js';
import type { Graph } from '../../src/model/graph.js';
import type { Port } from '../../src/model/ops/node.js';
import { type ImageAxes, imageAxesOf } from './layout.js';
import { float32Range, type Range } from './options.js';
import { BY_255, reachOf, type Scaling } from './scaling.js';

/** What the flags say. */
export interface InputFlags {
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Default: what scaled pixels can reach. */
  readonly inputRange?: Range;
  /** Of the arrays that are given, and of the model's input where neither card nor shape tells. */
  readonly layout?: Layout;
  readonly resize?: true;
  readonly invert?: true;
}

export interface InputRules {
  /** Of one input; of a model of several all their elements in a row. */
  readonly shape: readonly number[];
  readonly inputs: readonly Port[];
  /** Where the input is an image; 'open' where only --layout could tell its axes. */
  readonly image: ImageAxes | 'open' | undefined;
  /** Of arrays, where it was said. */
  readonly layout: Layout | undefined;
  readonly resize: boolean;
  readonly invert: boolean;
  /** Channels are blue, green, red. */
  readonly blueFirst: boolean;
  readonly range: Range;
  /** undefined: the range is not that of pixels divided by 255, and nothing says what pixels are to become. */
  readonly scaling: Scaling | undefined;
}

/** For a message: the shape of the only input, or names and shapes. */
export function shapesOf(inputs: readonly Port[]): string {
  const shape = (port: Port): string => `[${port.shape.join(',')}]`;
  return inputs.length === 1 ? shape(inputs[0]!) : inputs.map((port) => `${port.name} ${shape(port)}`).join(' and ');
}

const UNIT: Range = { low: 0, high: 1 };

/** @throws USAGE where means or deviations are of other channels */
export function inputRulesOf(flags: InputFlags, { inputs, card = {} }: Pick<Graph, 'inputs' | 'card'>): InputRules {
  const shape = inputs.length === 1 ? inputs[0]!.shape : [inputs.reduce((sum, port) => sum + sizeOf(port.shape), 0)];
  const own = imageAxesOf(shape, card.layout);
  const image = own === undefined || own === 'open' ? imageAxesOf(shape, flags.layout) : own;
  return {
    shape,
    inputs,
    image,
    layout: flags.layout,
    resize: flags.resize === true,
    invert: flags.invert === true,
    blueFirst: card.blueFirst === true,
    ...scalingOf(flags, card, typeof image === 'object' ? image.channels : 1),
  };
}

function scalingOf(flags: InputFlags, card: ModelCard, channels: number): Pick<InputRules, 'range' | 'scaling'> {
  const { inputRange } = flags;
  const [scale, mean, std] = [flags.scale ?? card.scale, flags.mean ?? card.mean, flags.std ?? card.std];
  if (scale === undefined && mean === undefined && std === undefined) {
    const isUnit = inputRange === undefined || (inputRange.low === UNIT.low && inputRange.high === UNIT.high);
    return { range: inputRange ?? UNIT, scaling: isUnit ? BY_255 : undefined };
  }
  const scaling = { scale: scale ?? BY_255.scale, mean: mean ?? BY_255.mean, std: std ?? BY_255.std };
  for (const [flag, values] of [['--mean', scaling.mean] as const, ['--std', scaling.std] as const]) {
    if (values.length === 1 || values.length === channels) continue;
    throw new TacitError(
      'USAGE',
      `expected one ${flag} or one for each of ${channels} channels, got ${values.length}. Give as many`,
    );
  }
  return { range: inputRange ?? float32Range(reachOf(scaling)), scaling };
}

/** What was read: whether images were among it. */
type Read = { readonly scaling?: Scaling };

/**
 * That flags for images have images to act on.
 * @param inputs to be inferred, undefined of commands that infer none @param calibration undefined without
 * @throws USAGE where they have none
 */
export function checkImageFlags(flags: InputFlags, inputs: Read | undefined, calibration: Read | undefined): void {
  const { scale, mean, std, inputRange, resize, invert } = flags;
  if (inputs?.scaling !== undefined || calibration?.scaling !== undefined) return;
  if (resize || invert) {
    throw new TacitError(
      'USAGE',
      'expected an image among the inputs with --resize or --invert, got none. Leave them out',
    );
  }
  // without inputs they say what pixels are going to reach
  const isScaled = scale !== undefined || mean !== undefined || std !== undefined;
  if (inputs === undefined || !isScaled || inputRange !== undefined) return;
  throw new TacitError(
    'USAGE',
    'expected an image among the inputs with --scale, --mean or --std, got none. Leave them out, or give --input-range as well',
  );
}
