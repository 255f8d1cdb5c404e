/** Circuits on shared bits as plans have them: compiled once, and cut into chunks of instances. @module */
import { compileProgram } from '../../circuits/program.js';
import type { SharedCircuit } from '../../circuits/shared.js';
import type { CircuitSpec } from '../../circuits/spec.js';
import { groupsOf } from '../sliced/planes.js';
import type { SlicedStep } from '../steps/step.js';

type Circuit = Pick<SlicedStep, 'spec' | 'program' | 'finish' | 'instances' | 'groups'>;

/** Gives the circuit of a spec, whose output is needed mod 2^bits, for some instances. */
export type Circuits = (spec: CircuitSpec, bits: number, instances: number) => Circuit;

/** @param groupBytes kernel memory of the wires that are under way at once */
export function circuitsOf(build: (spec: CircuitSpec, bits: number) => SharedCircuit, groupBytes: number): Circuits {
  const compiled = new Map<string, Pick<Circuit, 'program' | 'finish'>>();
  return (spec, bits, instances) => {
    const key = JSON.stringify([spec, bits]);
    let known = compiled.get(key);
    if (known === undefined) {
      const { circuit, finish } = build(spec, bits);
      known = { program: compileProgram(circuit), finish };
      compiled.set(key, known);
    }
    return { ...known, spec, instances, groups: groupsOf(known.program, instances, groupBytes) };
  };
}
