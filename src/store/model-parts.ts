/** A party's share of an opened model as parts, and back. @module */
import { z } from 'zod';
import { bytesOf } from '../core/ring.js';
import { asShare } from '../core/secret.js';
import type { SharedModel, SharedWeights } from '../correlations/context.js';
import { PartReader } from './parts.js';

/** Each step, and whether its masked weights are open, in the order of the parts after the seed. */
const layoutSchema = z.array(z.tuple([z.number().int().nonnegative(), z.boolean()]));

/** The parts of a model, the first of which tells what the others are. */
export function* modelParts({ layers, revealSeed }: SharedModel): Generator<Uint8Array> {
  const layout = [...layers].map(([step, { opened }]) => [step, opened !== undefined]);
  yield new TextEncoder().encode(JSON.stringify(layout));
  yield revealSeed;
  for (const { weights, bias, opened } of layers.values()) {
    for (const words of [weights, bias, ...(opened ? [opened] : [])]) yield bytesOf(words);
  }
}

/** The model that `parts` are of. @throws RangeError, SyntaxError or a zod error where they are of none */
export function modelOf(parts: readonly Uint8Array[]): SharedModel {
  const reader = new PartReader(parts);
  const layout = layoutSchema.parse(JSON.parse(new TextDecoder().decode(reader.bytes())));
  const revealSeed = reader.bytes();
  const layers = new Map<number, SharedWeights>();
  for (const [step, opened] of layout) {
    const weights = asShare(reader.words());
    const bias = asShare(reader.words());
    layers.set(step, { weights, bias, ...(opened ? { opened: reader.words() } : {}) });
  }
  reader.end();
  return { layers, revealSeed };
}
