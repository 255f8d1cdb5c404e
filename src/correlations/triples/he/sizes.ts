/** How a linear step's cross terms lie in ciphertexts of ring LWE, what they cost, and what memory they take. @module */
import { type Conv2d, weightSize } from '../../../core/linear-map.js';
import { layoutOf } from '../../../he/packing/layout.js';
import { Packing } from '../../../he/packing/packing.js';
import { type HeParameters, heParameters } from '../../../he/parameters.js';
import { DEGREES, type HeRing } from '../../../he/ring.js';
import { answerBytes, ciphertextBytes, polynomialBytes, publicKeyBytes } from '../../../he/sizes.js';
import type { HeTriples, LinearStep, Step } from '../../../steps/two.js';
import { framedBytes, HEADER_BYTES } from '../../../transport/frame.js';

/** Bits that a prime of a modulus holds. */
const PRIME_BITS = 30;
/** Ciphertexts that a party holds at once to multiply: blocks of an image are worked on together as far as they fit. */
const CIPHERTEXT_BYTES: number = 64 * 1024 * 1024;
/** Four of roots of unity, a key, and the two of a public one. */
const KEY_POLYNOMIALS = 7;
/** Polynomials that a job has room for besides. */
const JOB_POLYNOMIALS = 16;
/** Transformed weights that a party keeps for a session; beyond that they are transformed when a bundle needs them. */
export const KEPT_BYTES: number = 256 * 1024 * 1024;

/** A linear step by ring LWE: by name where the map is, so that all parties find the same. undefined where no window fits a polynomial. */
export function heTriples(map: Conv2d, batch: number, width: number): HeTriples | undefined {
  const weightsOfOutput = weightSize(map) / map.outChannels;
  let parameters = heParameters(width, weightsOfOutput);
  for (;;) {
    const { ring } = parameters;
    const cost = {
      degree: ring.n,
      up: framedBytes(ciphertextBytes(ring)),
      down: HEADER_BYTES + answerBytes(parameters, 0),
    };
    const layout = layoutOf(map, batch, cost);
    if (layout === undefined) return undefined;
    // noise meets all coefficients of a polynomial of weights, those of its other outputs too
    const terms = weightsOfOutput * layout.outChannels;
    const needed = heParameters(width, terms, wholePrimes(ring));
    const filled = heParameters(width, terms, wholePrimes(needed.ring));
    if (filled.ring.n === ring.n) return { by: 'he', layout, parameters: filled };
    parameters = filled;
  }
}

/** The most bits of a modulus with as many primes: steps whose moduli differ by a little share a ring, and its keys. */
function wholePrimes({ n, bits }: HeRing): number {
  const { mostBits } = DEGREES.find((degree) => degree.n === n)!;
  return Math.min(mostBits, Math.ceil(bits / PRIME_BITS) * PRIME_BITS);
}

/** Bytes that each party sends: its ciphertexts, and answers to the other's. */
export function heBytes(map: Conv2d, { layout, parameters }: Pick<HeTriples, 'layout' | 'parameters'>): number {
  const packing = new Packing(map, layout);
  let bytes = packing.inputs * framedBytes(ciphertextBytes(parameters.ring));
  for (let answer = 0; answer < packing.answers; answer++) {
    bytes += framedBytes(answerBytes(parameters, packing.outputsIn(answer)));
  }
  return bytes;
}

/** Bytes of the ciphertexts that each party sends. */
export function ciphertextBytesOf({ node, triples: { layout, parameters } }: HeStep): number {
  return new Packing(node.map, layout).inputs * ciphertextBytes(parameters.ring);
}

/** A step that is done by ring LWE. */
export interface HeStep extends LinearStep {
  readonly triples: HeTriples;
}

export function isHeStep(step: Step): step is HeStep {
  return step.kind === 'linear' && step.triples.by === 'he';
}

/** The rings of all steps, each once: a party has a key in each. */
export function heRings(steps: readonly HeStep[]): HeRing[] {
  const rings = new Map(steps.map(({ triples: { parameters } }) => [ringName(parameters.ring), parameters.ring]));
  return [...rings.values()];
}

export function ringName({ n, bits }: HeRing): string {
  return `${n}/${bits}`;
}

/** Bytes that each party sends in set-up: a public key a ring. */
export function heSetupBytes(steps: readonly HeStep[]): number {
  return heRings(steps).reduce((sum, ring) => sum + framedBytes(publicKeyBytes(ring)), 0);
}

/** Kernel memory that a party holds for a session beside weights: in each ring roots of unity, its key, and the other's public one. */
export function heKeyBytes(steps: readonly HeStep[]): number {
  return heRings(steps).reduce((sum, ring) => sum + KEY_POLYNOMIALS * polynomialBytes(ring), 0);
}

/** How many blocks' ciphertexts a party multiplies at once. */
export function blocksAtOnce({ blocks, inputsOfBlock }: Packing, { ring }: HeParameters): number {
  const fitting = Math.floor(CIPHERTEXT_BYTES / (inputsOfBlock * 2 * polynomialBytes(ring)));
  return Math.max(1, Math.min(blocks, fitting));
}

/** Bytes of a step's ciphertexts that are multiplied at once. */
export function ciphertextsAtOnce({ node, triples: { layout, parameters } }: HeStep): number {
  const packing = new Packing(node.map, layout);
  return blocksAtOnce(packing, parameters) * packing.inputsOfBlock * 2 * polynomialBytes(parameters.ring);
}

/** Bytes of a step's weights, transformed. */
export function transformedBytes({ node, triples: { layout, parameters } }: HeStep): number {
  return new Packing(node.map, layout).weights * polynomialBytes(parameters.ring);
}

/** The steps whose transformed weights are kept: in order, as far as there is room. */
export function keptSteps(steps: readonly HeStep[]): ReadonlySet<number> {
  const kept = new Set<number>();
  let room = KEPT_BYTES;
  for (const step of steps) {
    const bytes = transformedBytes(step);
    if (bytes > room) continue;
    room -= bytes;
    kept.add(step.index);
  }
  return kept;
}

/** Kernel memory of one job: an accumulator, weights that are transformed for it alone, and what kernels need besides. */
export function jobBytes({ node, triples: { layout, parameters } }: HeStep): number {
  const { runs } = new Packing(node.map, layout);
  const longest = runs.reduce((most, { count }) => Math.max(most, count), 0);
  return (longest + JOB_POLYNOMIALS) * polynomialBytes(parameters.ring);
}
