/** What a model says of its input and of its classes: from its file, where that says it. @module */

/** The order of an image's axes: channels first or last. */
export type Layout = 'nchw' | 'nhwc';

export interface ModelCard {
  /** A byte b of channel c of an image becomes (scale b - mean[c]) / std[c]; one mean or std serves all channels. Default: scale 1/255, mean 0, std 1. */
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Channels are blue, green, red. */
  readonly blueFirst?: true;
  /** Of an input whose shape does not tell. */
  readonly layout?: Layout;
  /** Weights are from a seed: drawn inputs are as good as any, also to calibrate on. */
  readonly anyInput?: true;
  /** Names of the classes, in the order of the outputs. */
  readonly labels?: readonly string[];
}
