/**
 * A bundle as parts of at most 1 MiB, and back: what a step has in store keeps its arrays, so that writing copies nothing and reading
 * copies once.
 * @module
 */
import { z } from 'zod';
import { bytesOf } from '../core/ring.js';
import { Bundle, type BundleId, type Material } from '../correlations/bundle.js';
import { cut, PartReader } from './parts.js';

const KINDS = ['words', 'segments', 'masks', 'labels'] as const satisfies readonly (keyof Material)[];

const lengths = z.array(z.number().int().nonnegative());
/** Bytes of every array of every step, in the order of the parts after seed and delta. */
const layoutSchema = z.object({
  seed: z.number().int(),
  delta: z.number().int(),
  steps: z.array(z.tuple([z.number().int().nonnegative(), lengths, lengths, lengths, lengths])),
});

/** The parts of a bundle, the first of which tells what the others are. */
export function* partsOf(bundle: Bundle): Generator<Uint8Array> {
  const steps = [...bundle.materials].map(([step, material]) => [
    step,
    ...KINDS.map((kind) => material[kind].map((array) => array.byteLength)),
  ]);
  const delta = bundle.delta ?? new Uint8Array();
  yield new TextEncoder().encode(JSON.stringify({ seed: bundle.seed.length, delta: delta.length, steps }));
  yield bundle.seed;
  yield* cut(delta);
  for (const material of bundle.materials.values()) {
    for (const kind of KINDS) {
      for (const array of material[kind]) yield* cut(array instanceof Uint32Array ? bytesOf(array) : array);
    }
  }
}

/** The bundle that `parts` are of. @throws RangeError, SyntaxError or a zod error where they are of none */
export function bundleOf(id: BundleId, parts: readonly Uint8Array[]): Bundle {
  const reader = new PartReader(parts);
  const layout = layoutSchema.parse(JSON.parse(new TextDecoder().decode(reader.part())));
  const seed = reader.bytes(layout.seed);
  const delta = reader.bytes(layout.delta);
  const bundle = new Bundle(id, seed, delta.length > 0 ? delta : undefined);
  for (const [step, words, segments, masks, labels] of layout.steps) {
    bundle.put(step, {
      words: words.map((bytes) => reader.words(bytes)),
      segments: segments.map((bytes) => reader.bytes(bytes)),
      masks: masks.map((bytes) => reader.words(bytes)),
      labels: labels.map((bytes) => reader.bytes(bytes)),
    });
  }
  reader.end();
  return bundle;
}
