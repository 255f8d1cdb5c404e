/** The seeds that ring LWE takes: each is drawn once, for one key, one ciphertext or one answer. @module */
import { randomSeed, type Seed } from '../platform/random.js';
import type { CiphertextSeeds } from './ring-lwe.js';

export function drawKey(): Seed {
  return randomSeed('he/key');
}

/** Two that say nothing of each other: the first is sent. */
export function drawCiphertext(): CiphertextSeeds {
  return { uniform: randomSeed('he/uniform'), error: randomSeed('he/error') };
}

export function drawAnswer(): Seed {
  return randomSeed('he/answer');
}
