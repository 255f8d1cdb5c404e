/**
 * Garbling and evaluating in memory, by the classes that the protocols use.
 *
 * The circuit is the subtraction that opens every ReLU of the project, 32 bits wide, its difference revealed as bits: 31 ANDs in
 * a chain, 123 XORs. All inputs are false, so the difference is zero and a wrong evaluation shows.
 * @module
 */
import { unmaskedValue } from '../circuits/arithmetic.js';
import { CircuitBuilder } from '../circuits/builder.js';
import { andCount, type Circuit } from '../circuits/circuit.js';
import { TacitError } from '../src/core/errors.js';
import { expandInto } from '../src/core/prg.js';
import { type Evaluated, Evaluator } from '../src/gc/evaluate.js';
import { Garbler, toDelta } from '../src/gc/garble.js';
import { CHUNK_INSTANCES, LABEL_BYTES, type Schedule, schedule } from '../src/gc/schedule.js';
import type { KernelModule } from '../src/kernels/module.js';
import { randomSeed, type Seed } from '../src/platform/random.js';
import { type Probe, rateOf } from './measure.js';

const WIDTH = 32;
/** Instances garbled at once: what the protocols take. */
export const INSTANCES: number = CHUNK_INSTANCES;

/** The subject of garbleAnds, evaluateAnds and streamedAnds. */
export interface Subject {
  readonly plan: Schedule;
  /** ANDs of all instances of a chunk. */
  readonly ands: number;
}

/** Builds the circuit; both processes of a streamed run come to the same one. */
export function subject(): Subject {
  const builder = new CircuitBuilder(WIDTH, WIDTH);
  const circuit: Circuit = builder.build([{ kind: 'bits', bits: unmaskedValue(builder, 0, WIDTH) }]);
  return { plan: schedule(circuit), ands: andCount(circuit) * INSTANCES };
}

function labels(seed: Seed, label: string): Uint8Array {
  const bytes = new Uint8Array(WIDTH * INSTANCES * LABEL_BYTES);
  expandInto(bytes, seed, label);
  return bytes;
}

/** Both parties' false labels, which are the active ones of inputs that are false. */
interface InputLabels {
  readonly t: Uint8Array;
  readonly r: Uint8Array;
}

export function inputLabels(seed: Seed): InputLabels {
  return { t: labels(seed, 't'), r: labels(seed, 'r') };
}

/** Sets the labels of a chunk: gates reuse the slots of inputs, so each chunk that counts needs them anew. */
export function load(side: Garbler | Evaluator, { t, r }: InputLabels): void {
  side.garblerLabels(INSTANCES).set(t);
  side.evaluatorLabels(INSTANCES).set(r);
}

/** A garbler with the Delta of the seed. */
export function garblerOf(module: KernelModule, plan: Schedule, seed: Seed): Garbler {
  const garbler = new Garbler(module, plan, INSTANCES);
  const delta = new Uint8Array(LABEL_BYTES);
  expandInto(delta, seed, 'delta');
  garbler.setDelta(toDelta(delta));
  return garbler;
}

/** @throws TacitError INTERNAL where the difference of zeros is not zero */
export function expectZero({ bits }: Evaluated): void {
  if (bits.length !== WIDTH || bits.some((bit) => bit.includes(1))) {
    throw new TacitError('INTERNAL', 'garbling: expected zero from the evaluator, got another value. Run the tests');
  }
}

/** ANDs garbled a second. Loading labels is not garbling: chunks after the first garble what is left in the slots. */
export function garbleAnds(module: KernelModule): Probe<'garbleAnds'> {
  const { plan, ands } = subject();
  const seed = randomSeed('bench/seed');
  const garbler = garblerOf(module, plan, seed);
  load(garbler, inputLabels(seed));
  const chunk = (): number => {
    for (const _ of garbler.garble(INSTANCES));
    return ands;
  };
  return { name: 'garbleAnds', window: (seconds) => rateOf(seconds, chunk) };
}

/** ANDs evaluated a second: one garbled chunk in kernel memory, checked once and then evaluated on whatever is in the slots. */
export function evaluateAnds(module: KernelModule): Probe<'evaluateAnds'> {
  const { plan, ands } = subject();
  const seed = randomSeed('bench/seed');
  const input = inputLabels(seed);
  const garbler = garblerOf(module, plan, seed);
  load(garbler, input);
  const segments: Uint8Array[] = [];
  for (const segment of garbler.garble(INSTANCES)) {
    const { pointer } = module.memory.allocate(segment.length);
    module.memory.bytes.copyWithin(pointer, segment.byteOffset, segment.byteOffset + segment.length);
    segments.push(module.memory.bytes.subarray(pointer, pointer + segment.length));
  }
  garbler.dispose();
  const evaluator = new Evaluator(module, plan, INSTANCES);
  load(evaluator, input);
  const chunk = (): Evaluated => {
    const evaluation = evaluator.evaluate(INSTANCES);
    let next = evaluation.next(new Uint8Array());
    for (let segment = 0; !next.done; segment++) next = evaluation.next(segments[segment]!);
    return next.value;
  };
  expectZero(chunk());
  const units = (): number => {
    chunk();
    return ands;
  };
  return { name: 'evaluateAnds', window: (seconds) => rateOf(seconds, units) };
}
