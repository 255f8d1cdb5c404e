/** A bundle as parts, and back: the arrays of its steps are parts as they are, so that neither way copies. @module */
import { z } from 'zod';
import { bytesOf } from '../core/ring.js';
import { Bundle, type BundleId, type Material } from '../correlations/bundle.js';
import { PartReader } from './parts.js';

const KINDS = ['words', 'segments', 'masks', 'labels'] as const satisfies readonly (keyof Material)[];

const whole = z.number().int().nonnegative();
/** Each step and how many arrays it has of each kind, in the order of the parts after seed and delta. */
const layoutSchema = z.object({
  delta: z.boolean(),
  steps: z.array(z.tuple([whole, whole, whole, whole, whole])),
});

/** The parts of a bundle, the first of which tells what the others are. */
export function* partsOf({ seed, delta, materials }: Bundle): Generator<Uint8Array> {
  const steps = [...materials].map(([step, material]) => [step, ...KINDS.map((kind) => material[kind].length)]);
  yield new TextEncoder().encode(JSON.stringify({ delta: delta !== undefined, steps }));
  yield seed;
  if (delta) yield delta;
  for (const material of materials.values()) {
    for (const kind of KINDS) {
      for (const array of material[kind]) yield array instanceof Uint32Array ? bytesOf(array) : array;
    }
  }
}

/** The bundle that `parts` are of. @throws RangeError, SyntaxError or a zod error where they are of none */
export function bundleOf(id: BundleId, parts: readonly Uint8Array[]): Bundle {
  const reader = new PartReader(parts);
  const layout = layoutSchema.parse(JSON.parse(new TextDecoder().decode(reader.bytes())));
  const bundle = new Bundle(id, reader.bytes(), layout.delta ? reader.bytes() : undefined);
  for (const [step, words, segments, masks, labels] of layout.steps) {
    bundle.put(step, {
      words: Array.from({ length: words }, () => reader.words()),
      segments: Array.from({ length: segments }, () => reader.bytes()),
      masks: Array.from({ length: masks }, () => reader.words()),
      labels: Array.from({ length: labels }, () => reader.bytes()),
    });
  }
  reader.end();
  return bundle;
}
