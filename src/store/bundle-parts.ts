/** A bundle in a spool of its own, and back: after the arrays of its steps come seed, delta, and what tells which array is whose. @module */
import { z } from 'zod';
import { Bundle, type BundleId, KINDS, type Layout } from '../correlations/bundle.js';
import type { Spool } from '../correlations/spool.js';

const whole = z.number().int().nonnegative();
/** Each step, and which parts it has of each kind. */
const descriptionSchema = z.object({
  delta: z.boolean(),
  steps: z.array(z.tuple([whole, z.array(whole), z.array(whole), z.array(whole), z.array(whole)])),
});

/** What follows the arrays of a bundle. */
export function endOf({ seed, delta, layouts }: Bundle): Uint8Array[] {
  const steps = [...layouts].map(([step, layout]) => [step, ...KINDS.map((kind) => layout[kind])]);
  const description = new TextEncoder().encode(JSON.stringify({ delta: delta !== undefined, steps }));
  return [seed.slice(), ...(delta ? [delta.slice()] : []), description];
}

/** The bundle that a spool of so many parts holds. @throws RangeError, SyntaxError or a zod error where it holds none */
export async function bundleIn(id: BundleId, spool: Spool, parts: number): Promise<Bundle> {
  const description = new TextDecoder().decode(await spool.take(parts - 1));
  const { delta, steps } = descriptionSchema.parse(JSON.parse(description));
  const offset = delta ? await spool.take(parts - 2) : undefined;
  const seed = await spool.take(parts - (delta ? 3 : 2));
  const layouts = steps.map(([step, ...kinds]): [number, Layout] => {
    const [words, segments, masks, labels] = kinds;
    return [step, { words, segments, masks, labels }];
  });
  return new Bundle(id, seed, offset, spool, layouts);
}
