/** What the figures of both packings have in common: parameters, the verdict on what was decrypted, times and sizes. @module */
import type { MnistImages } from '../../models/mnist.js';
import { bestOf, shareOf } from '../labels.js';
import type { HeFigures } from './measure.js';
import { evaluate, type IntegerNetwork, levelsOf, type SquareNetwork } from './network.js';
import { type BfvClient, type SEALLibrary, SECURITY_BITS } from './seal.js';

export function common(
  seal: SEALLibrary,
  client: BfvClient,
  moduli: readonly bigint[],
): Pick<HeFigures, 'library' | 'parameters'> {
  const { keys, fresh } = client.modulusBits;
  return {
    library: `node-seal ${seal.Version}, BFV`,
    parameters: {
      degree: client.slots,
      coefficientBits: keys,
      freshBits: fresh,
      plainModuli: moduli.map(String),
      securityBits: SECURITY_BITS,
    },
  };
}

/**
 * Holds every image's decrypted logits against the integer network that was evaluated, and both against the float network.
 * @param whole whether that was the whole network: a sample's labels say nothing
 */
export function verdictOf(
  float: SquareNetwork,
  network: IntegerNetwork,
  images: MnistImages,
  logits: readonly (readonly bigint[])[],
  whole: boolean,
): Pick<HeFigures, 'images' | 'exactImages' | 'accuracy' | 'agreement' | 'integers' | 'floatAccuracy'> {
  const { count, labels } = images;
  const expected = levelsOfAll(images, float).map((levels) => evaluate(network, levels));
  const exactImages = logits.filter((values, i) =>
    values.every((value, o) => value === BigInt(expected[i]![o]!)),
  ).length;
  if (!whole)
    return { images: count, exactImages, accuracy: null, agreement: null, integers: null, floatAccuracy: null };
  const floats = bytesOfAll(images, float).map((bytes) =>
    bestOf(
      evaluate(
        float,
        Float64Array.from(bytes, (byte) => byte / 255),
      ),
    ),
  );
  const held = (best: readonly number[]) => ({ accuracy: shareOf(best, labels), agreement: shareOf(best, floats) });
  return {
    images: count,
    exactImages,
    ...held(logits.map((values) => bestOf(values.map(Number)))),
    integers: held(expected.map(bestOf)),
    floatAccuracy: shareOf(floats, labels),
  };
}

function bytesOfAll({ images, count }: MnistImages, { windows }: SquareNetwork): Uint8Array[] {
  const pixels = windows.side ** 2;
  return Array.from({ length: count }, (_, i) => images.subarray(i * pixels, (i + 1) * pixels));
}

/** Each image's pixels as the integer network takes them. */
export function levelsOfAll(images: MnistImages, network: SquareNetwork): Float64Array[] {
  return bytesOfAll(images, network).map(levelsOf);
}

/** A value and the milliseconds that it took. */
export function timed<T>(work: () => T): [T, number] {
  const start = performance.now();
  const value = work();
  return [value, performance.now() - start];
}

export function bytesOf(messages: readonly Uint8Array[]): number {
  return sum(messages.map((bytes) => bytes.length));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** One number of each field's numbers. */
export function foldFields<Field extends string>(
  records: readonly Readonly<Record<Field, number>>[],
  fold: (values: readonly number[]) => number,
): Record<Field, number> {
  const fields = Object.keys(records[0]!) as Field[];
  const folded = fields.map((field) => [field, fold(records.map((record) => record[field]))] as const);
  return Object.fromEntries(folded) as Record<Field, number>;
}
