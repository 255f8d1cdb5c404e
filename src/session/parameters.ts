/** How weights travel from the model owner to a party that does not expand them from a seed. @module */
import { weightSize } from '../core/linear-map.js';
import { bytesOf, type RingBits, wordsPerElement } from '../core/ring.js';
import type { Receiver, Sender } from '../correlations/context.js';
import type { LinearNode, LinearWeights } from '../model/fixed-model.js';

/** One byte that says: the model is here. */
export const RECEIPT: Uint8Array = new Uint8Array([1]);

/** A linear step of any plan. */
interface Step {
  readonly index: number;
  readonly node: Pick<LinearNode, 'map'>;
}

/** The weights and the bias of each step. */
export async function sendLayers(
  steps: readonly Step[],
  layers: ReadonlyMap<number, LinearWeights>,
  lane: Sender,
): Promise<void> {
  for (const { index } of steps) {
    const { weights, bias } = layers.get(index)!;
    await lane.send(index, bytesOf(weights));
    await lane.send(index, bytesOf(bias));
  }
}

export async function receiveLayers(
  bits: RingBits,
  steps: readonly Step[],
  lane: Receiver,
): Promise<Map<number, LinearWeights>> {
  const perElement = wordsPerElement(bits);
  const layers = new Map<number, LinearWeights>();
  for (const { index, node } of steps) {
    const weights = await lane.receiveWords(index, weightSize(node.map) * perElement);
    const bias = await lane.receiveWords(index, node.map.outChannels * perElement);
    layers.set(index, { weights, bias });
  }
  return layers;
}
