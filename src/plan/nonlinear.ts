/** How two parties compute a non-linear step: by a garbled circuit or on masked bits. @module */
import { buildCircuit } from '../../circuits/build.js';
import { buildTwo } from '../../circuits/shared.js';
import type { CircuitSpec } from '../../circuits/spec.js';
import type { Pool2d } from '../core/linear-map.js';
import type { Costing } from '../correlations/source.js';
import type { Sources } from '../correlations/sources.js';
import { type Schedule, schedule } from '../gc/schedule.js';
import type { BitsStep, GarbledStep } from '../steps/two.js';
import type { Draft, PlanInput } from './compile.js';
import { costOf } from './costs.js';
import { nonlinearMs } from './rates.js';
import { circuitsOf } from './sliced.js';

/** A step whose protocol is open. */
interface NonlinearDraft extends Draft {
  readonly source: number;
  readonly spec: CircuitSpec;
  readonly instances: number;
  readonly outputs: number;
  readonly pool?: Pool2d;
}

export type NonlinearSteps = (draft: NonlinearDraft) => GarbledStep | BitsStep;

/** @param groupBytes kernel memory of the wires of masked bits that are under way at once */
export function nonlinearSteps(
  { nonlinear = 'gc', network }: PlanInput,
  costing: Costing,
  sources: Sources,
  groupBytes: number,
): NonlinearSteps {
  const schedules = new Map<string, Schedule>();
  const garbled = ({ width: _, ...draft }: NonlinearDraft): GarbledStep => {
    const key = JSON.stringify(draft.spec);
    const known = schedules.get(key) ?? schedule(buildCircuit(draft.spec));
    schedules.set(key, known);
    return { ...draft, kind: 'garbled', knownOffline: true, schedule: known };
  };
  const circuitOf = circuitsOf(buildTwo, groupBytes);
  const bits = ({ width, ...draft }: NonlinearDraft): BitsStep => {
    const circuit = circuitOf(draft.spec, width, draft.instances);
    return { ...draft, ...circuit, kind: 'bits', knownOffline: false, bits: width };
  };
  switch (nonlinear) {
    case 'gc':
      return garbled;
    case 'bits':
      return bits;
    case 'auto':
      return (draft) => {
        const [gc, masked] = [garbled(draft), bits(draft)];
        const [gcMs, bitsMs] = [gc, masked].map((step) => nonlinearMs(step, costOf(step, costing, sources), network));
        const predictedMs = { gc: gcMs!, bits: bitsMs! };
        return gcMs! <= bitsMs! ? { ...gc, predictedMs } : { ...masked, predictedMs };
      };
    default:
      return nonlinear satisfies never;
  }
}
