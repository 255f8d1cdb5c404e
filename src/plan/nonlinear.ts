/** How two parties compute a non-linear step: by a garbled circuit or on masked bits. @module */
import { buildCircuit } from '../../circuits/build.js';
import { MOST_GROUP_BITS } from '../../circuits/shallow.js';
import { buildTwo } from '../../circuits/shared.js';
import type { CircuitSpec } from '../../circuits/spec.js';
import type { Pool2d } from '../core/linear-map.js';
import type { Costing, ExchangedSource } from '../correlations/source.js';
import type { Sources } from '../correlations/sources.js';
import { type Schedule, schedule } from '../gc/schedule.js';
import type { BitsStep, GarbledStep } from '../steps/two.js';
import type { Draft, PlanInput } from './compile.js';
import { costOf } from './costs.js';
import { nonlinearMs, type StepTransfers } from './rates.js';
import { circuitsOf } from './sliced.js';

/** A step whose protocol is open. */
interface NonlinearDraft extends Draft {
  readonly source: number;
  readonly spec: CircuitSpec;
  readonly instances: number;
  readonly outputs: number;
  readonly pool?: Pool2d;
}

/** Of carries, where products of masks come by transfers: a pair of bits has three products, four bits have fifteen, and a level more is a message. */
const TRANSFERRED_GROUP_BITS = 2;

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
  const mostBits = sources.by === 'parties' ? TRANSFERRED_GROUP_BITS : MOST_GROUP_BITS;
  const circuitOf = circuitsOf((spec, width) => buildTwo(spec, width, mostBits), groupBytes);
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
        const [gcMs, bitsMs] = [gc, masked].map((step) =>
          nonlinearMs(step, costOf(step, costing, sources), network, stepTransfers(step, costing, sources)),
        );
        const predictedMs = { gc: gcMs!, bits: bitsMs! };
        return gcMs! <= bitsMs! ? { ...gc, predictedMs } : { ...masked, predictedMs };
      };
    default:
      return nonlinear satisfies never;
  }
}

function stepTransfers(step: GarbledStep | BitsStep, costing: Costing, sources: Sources): StepTransfers | undefined {
  if (sources.by === 'dealer') return undefined;
  const source: Pick<ExchangedSource<GarbledStep | BitsStep>, 'transfers'> = sources.of[step.kind];
  const { count, back } = source.transfers?.(costing, step) ?? { count: 0, back: 0 };
  return { count: count + back, by: costing };
}
