/** The Boolean engine of three parties in memory: one party's ANDs with resharing, and how fast plain AND and XOR stream. @module */

import { release } from '#platform';
import { CircuitBuilder } from '../circuits/builder.js';
import { andsOf, compileProgram } from '../circuits/program.js';
import { KeyStream } from '../src/core/prg.js';
import type { KernelModule } from '../src/kernels/module.js';
import { randomSeed } from '../src/platform/random.js';
import { Engine } from '../src/protocols/three/engine.js';
import { makeResident } from '../src/sliced/slots.js';
import { OWNER } from '../src/steps/three.js';
import { type Probe, rateOf } from './measure.js';

/** ANDs of a level, and instances of each: about what a chunk of ReLUs has. */
export const LEVEL = { ands: 32, instances: 32_768 } as const;

const VECTOR_BYTES = 16;

/** ANDs a second of one party: local products, zero shares from both keys, its message made and the next party's taken in. */
export function binaryAnds(module: KernelModule): Probe<'binaryAnds'> {
  const { ands, instances } = LEVEL;
  const builder = new CircuitBuilder(ands, ands);
  const [left, right] = [builder.garblerWord(0, ands), builder.evaluatorWord(0, ands)];
  // inverted: products of plain inputs, which each party knows in part, would be cheaper
  const bits = left.map((bit, k) => builder.and(bit ^ 1, right[k]! ^ 1));
  const program = compileProgram(builder.build([{ kind: 'bits', bits }]));
  const streams = {
    first: new KeyStream(randomSeed('bench/seed'), 'bench'),
    second: new KeyStream(randomSeed('bench/seed'), 'bench'),
  };
  const engine = new Engine({ module }, OWNER, program, makeResident(module, program), streams, instances);
  engine.clearInputs();
  const level = (): number => {
    const rows = engine.level(0);
    engine.accept(0, rows);
    release(rows);
    return andsOf(program) * instances;
  };
  return { name: 'binaryAnds', window: (seconds) => rateOf(seconds, level) };
}

/** Bits a second of (a AND b) xor c over buffers of that size: what an AND could cost at least. */
export function andXorBits(module: KernelModule): Probe<'andXorBits'> {
  const bytes = (LEVEL.ands * LEVEL.instances) / 8;
  const { memory, exports } = module;
  const [a, b, c, out] = [0, 1, 2, 3].map(() => memory.allocate(bytes).pointer) as [number, number, number, number];
  return {
    name: 'andXorBits',
    window: (seconds) =>
      rateOf(seconds, () => {
        exports.bitStream(a, b, c, out, bytes / VECTOR_BYTES);
        return 8 * bytes;
      }),
  };
}
