/** The silent transfers of a plan: how they are made in each direction, what they cost and keep. @module */
import {
  baseTransfers,
  iterationBytes,
  type SilentShape,
  seedBytes,
  silentHashes,
  silentShape,
  treesOf,
} from '../ot/silent/parameters.js';
import { extensionBytes, LABEL_BYTES } from '../ot/sizes.js';
import { noTraffic, type Traffic } from '../steps/two.js';
import { framedBytes } from '../transport/frame.js';

/** By the party that is the sender; undefined where it serves none. */
export type SilentShapes = readonly [SilentShape | undefined, SilentShape | undefined];

const DIRECTIONS = ['0->1', '1->0'] as const;

/** @param counts transfers of a bundle, by sender */
export function shapesFor(k: number, [first, second]: readonly [number, number]): SilentShapes | undefined {
  return first + second === 0 ? undefined : [silentShape(k, first), silentShape(k, second)];
}

/** The extension's message that makes the first base, from the receiver. */
export function silentSetup(k: number, shapes: SilentShapes): Traffic {
  const traffic = { ...noTraffic() };
  for (const [sender, shape] of shapes.entries()) {
    if (shape) traffic[DIRECTIONS[1 - sender]!] += framedBytes(extensionBytes(k, baseTransfers(shape), false));
  }
  return traffic;
}

/** The messages of a bundle's iterations, from the sender. */
export function silentOffline(shapes: SilentShapes): Traffic {
  const traffic = { ...noTraffic() };
  for (const [sender, shape] of shapes.entries()) {
    if (shape) traffic[DIRECTIONS[sender]!] += shape.iterations * framedBytes(iterationBytes(shape));
  }
  return traffic;
}

/** Hashes of one bundle's trees under a Delta, at most. */
export function silentPathHashes(shapes: SilentShapes | undefined): number {
  return Math.max(0, ...(shapes ?? []).map((shape) => (shape ? silentHashes(shape) : 0)));
}

/** Bytes that a party holds of its iterations until a bundle is made: bases, what trees grow from, and a message that waits. */
export function silentMemory(shapes: SilentShapes | undefined): readonly [number, number] {
  const held = (party: 0 | 1): number =>
    (shapes ?? []).reduce((sum, shape, sender) => {
      if (!shape) return sum;
      const base = baseTransfers(shape) * LABEL_BYTES;
      const seeds = seedBytes(shape, sender === party ? 'sender' : 'receiver');
      return sum + base + shape.iterations * (base + seeds + iterationBytes(shape));
    }, 0);
  return [held(0), held(1)];
}

/** What a person is told of a direction. */
export interface SilentFields {
  readonly secret: number;
  readonly leaves: number;
  readonly iterations: number;
  readonly trees: number;
}

export function silentFields(shapes: SilentShapes): readonly (SilentFields | null)[] {
  return shapes.map((shape) =>
    shape
      ? {
          secret: 2 ** shape.set.logK,
          leaves: 2 ** shape.set.depth,
          iterations: shape.iterations,
          trees: treesOf(shape),
        }
      : null,
  );
}
