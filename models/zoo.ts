/**
 * The trained networks that ship with the project. `models/README.md` has their accuracy and how they were trained.
 * @module
 */

import { modelsPath } from './mnist.js';

/** The network that squares where the others have ReLU: what homomorphic encryption, which adds and multiplies alone, is measured on. */
export const SQUARE_NETWORK = 'cryptonets';

/** Names of the networks; all take 28x28x1 images with pixels in [0,1] and return ten class probabilities. */
export const ZOO: readonly string[] = ['secureml', 'minionn-mnist', 'lenet', 'cryptonets-relu', SQUARE_NETWORK];

/** Names of the networks whose weights are made from a seed (generated.ts): for measurements. */
const GENERATED = ['minionn-cifar', 'resnet-20', 'squeezenet'] as const;
export type GeneratedName = (typeof GENERATED)[number];

/** All names. */
export const MODEL_NAMES: readonly string[] = [...ZOO, ...GENERATED];

/** @returns the absolute path of the network's tfjs `model.json`, or undefined for a name that is not in ZOO */
export function zooModelPath(name: string): string | undefined {
  return ZOO.includes(name) ? modelsPath(`zoo/${name}/model.json`) : undefined;
}
