/**
 * Sklansky's prefixes, which the circuits of three parties use, beside Kogge and Stone's: the carries of 32-bit sums, in memory, by a
 * party that knows one of both sides' bits. Both take as many messages, so that local work and bytes decide.
 * @module
 */
import { release } from '#platform';
import { CircuitBuilder } from '../circuits/builder.js';
import type { Circuit } from '../circuits/circuit.js';
import { compileProgram } from '../circuits/program.js';
import { carries, join, type Prefixes, sklansky } from '../circuits/shallow.js';
import { KeyStream } from '../src/core/prg.js';
import type { KernelModule } from '../src/kernels/module.js';
import { randomSeed } from '../src/platform/random.js';
import { Engine } from '../src/protocols/three/engine.js';
import { makeResident } from '../src/sliced/slots.js';
import { FIRST_HELPER } from '../src/steps/three.js';
import { type Probe, rateOf } from './measure.js';

/** The width of a sum, and as many at once as fit in the second-level cache. */
export const SUMS = { width: 32, instances: 8192 } as const;

/** At distance 1, 2, 4 .. every group is joined with the one that far below: no wire has many readers. */
export const koggeStone: Prefixes = (builder, groups) => {
  let prefixes = groups;
  for (let distance = 1; distance < groups.length; distance *= 2) {
    prefixes = prefixes.map((spans, i) => {
      const below = prefixes[i - distance]?.at(-1);
      return below === undefined ? spans : spans.map((span) => join(builder, span, below));
    });
  }
  return [...prefixes];
};

/** The carries of a sum with prefixes in this arrangement. */
export function carryCircuit(prefixes: Prefixes): Circuit {
  const { width } = SUMS;
  const builder = new CircuitBuilder(width, width);
  const bits = carries(builder, builder.garblerWord(0, width), builder.evaluatorWord(0, width), prefixes);
  return builder.build([{ kind: 'bits', bits }]);
}

/** Sums a second of one party. */
function sumsBy<Name extends string>(name: Name, module: KernelModule, prefixes: Prefixes): Probe<Name> {
  const program = compileProgram(carryCircuit(prefixes));
  const streams = {
    first: new KeyStream(randomSeed('bench/seed'), 'bench'),
    second: new KeyStream(randomSeed('bench/seed'), 'bench'),
  };
  const resident = makeResident(module, program);
  const engine = new Engine({ module }, FIRST_HELPER, program, resident, streams, SUMS.instances);
  engine.clearInputs();
  const sums = (): number => {
    engine.multiplyKnown();
    engine.expandOwner();
    for (const [index, { outs }] of program.levels.entries()) {
      const rows = engine.level(index);
      if (outs.length === 0) continue;
      engine.accept(index, rows);
      release(rows);
    }
    return SUMS.instances;
  };
  return { name, window: (seconds) => rateOf(seconds, sums) };
}

export function sklanskySums(module: KernelModule): Probe<'sklanskySums'> {
  return sumsBy('sklanskySums', module, sklansky);
}

export function koggeStoneSums(module: KernelModule): Probe<'koggeStoneSums'> {
  return sumsBy('koggeStoneSums', module, koggeStone);
}
