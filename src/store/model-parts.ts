/** A party's share of an opened model as parts of at most 1 MiB, and back. @module */
import { z } from 'zod';
import { bytesOf } from '../core/ring.js';
import { asShare } from '../core/secret.js';
import type { SharedModel, SharedWeights } from '../correlations/context.js';
import { SEED_BYTES } from '../platform/random.js';
import { cut, PartReader } from './parts.js';

const size = z.number().int().nonnegative();
/** Step, and bytes of weights, bias and opening, in the order of the parts after the seed. */
const layoutSchema = z.array(z.tuple([size, size, size, size]));

/** The parts of a model, the first of which tells what the others are. */
export function* modelParts({ layers, revealSeed }: SharedModel): Generator<Uint8Array> {
  const layout = [...layers].map(([step, { weights, bias, opened }]) => [
    step,
    weights.byteLength,
    bias.byteLength,
    opened?.byteLength ?? 0,
  ]);
  yield new TextEncoder().encode(JSON.stringify(layout));
  yield revealSeed;
  for (const { weights, bias, opened } of layers.values()) {
    for (const words of [weights, bias, ...(opened ? [opened] : [])]) yield* cut(bytesOf(words));
  }
}

/** The model that `parts` are of. @throws RangeError, SyntaxError or a zod error where they are of none */
export function modelOf(parts: readonly Uint8Array[]): SharedModel {
  const reader = new PartReader(parts);
  const layout = layoutSchema.parse(JSON.parse(new TextDecoder().decode(reader.part())));
  const revealSeed = reader.bytes(SEED_BYTES);
  const layers = new Map<number, SharedWeights>();
  for (const [step, weights, bias, opened] of layout) {
    layers.set(step, {
      weights: asShare(reader.words(weights)),
      bias: asShare(reader.words(bias)),
      ...(opened > 0 ? { opened: reader.words(opened) } : {}),
    });
  }
  reader.end();
  return { layers, revealSeed };
}
