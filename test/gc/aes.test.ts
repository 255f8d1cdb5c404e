import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { buildAes128 } from '../../circuits/aes128.js';
import { formatBristol, parseBristol } from '../../circuits/bristol.js';
import { Evaluator } from '../../src/gc/evaluate.js';
import { Garbler, toDelta } from '../../src/gc/garble.js';
import { LABEL_BYTES, schedule } from '../../src/gc/schedule.js';
import { loadKernelModule } from '../../src/kernels/module.js';

/** Labels [wire][instance] of the bits of each instance's bytes, least significant first. */
function choose(zero: Uint8Array, bytes: readonly Uint8Array[], delta: Uint8Array): Uint8Array {
  const n = bytes.length;
  const active = zero.slice();
  for (const [i, block] of bytes.entries()) {
    for (let bit = 0; bit < 8 * block.length; bit++) {
      if ((block[bit >> 3]! >> (bit & 7)) & 1) {
        for (let k = 0; k < LABEL_BYTES; k++) active[(bit * n + i) * LABEL_BYTES + k]! ^= delta[k]!;
      }
    }
  }
  return active;
}

it('garbled AES-128, read from Bristol Fashion text, gives the answers of FIPS 197, appendices B and C.1', () => {
  const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
  const keys = [hex('2b7e151628aed2a6abf7158809cf4f3c'), hex('000102030405060708090a0b0c0d0e0f')];
  const blocks = [hex('3243f6a8885a308d313198a2e0370734'), hex('00112233445566778899aabbccddeeff')];
  const answers = ['3925841d02dc09fbdc118597196a0b32', '69c4e0d86a7b0430d8cdb78070b4c55a'];
  const n = 2;
  const module = loadKernelModule(64 * 1024 * 1024);
  const plan = schedule(parseBristol(formatBristol(buildAes128())));
  const delta = toDelta(randomBytes(16));
  const falseKey = new Uint8Array(randomBytes(128 * n * LABEL_BYTES));
  const falseBlock = new Uint8Array(randomBytes(128 * n * LABEL_BYTES));
  const garbler = new Garbler(module, plan, n);
  garbler.setDelta(delta);
  garbler.garblerLabels(n).set(falseKey);
  garbler.evaluatorLabels(n).set(falseBlock);
  const segments: Uint8Array[] = [];
  for (const segment of garbler.garble(n)) segments.push(segment.slice());
  const evaluator = new Evaluator(module, plan, n);
  evaluator.garblerLabels(n).set(choose(falseKey, keys, delta));
  evaluator.evaluatorLabels(n).set(choose(falseBlock, blocks, delta));
  const evaluation = evaluator.evaluate(n);
  let next = evaluation.next(new Uint8Array());
  for (let s = 0; !next.done; s++) next = evaluation.next(segments[s]!);
  const { bits } = next.value;
  const out = answers.map((_, i) => {
    const bytes = new Uint8Array(16);
    for (let bit = 0; bit < 128; bit++) bytes[bit >> 3]! |= bits[bit]![i]! << (bit & 7);
    return Buffer.from(bytes).toString('hex');
  });
  expect(out).toEqual(answers);
});
