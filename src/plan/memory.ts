/**
 * What a party needs in kernel memory, from the plan: its weights, and the tensors or the circuit of the step that takes most. Not counted
 * is what goes through it in pieces of a bounded size (products by oblivious transfer, chunks on threads).
 * @module
 */

import { inputSize, outputSize, weightSize } from '../core/linear-map.js';
import { hasDealer } from '../core/trust.js';
import { mostMaskRows } from '../correlations/bits/sizes.js';
import {
  ciphertextsAtOnce,
  type HeStep,
  heKeyBytes,
  isHeStep,
  jobBytes,
  keptSteps,
  transformedBytes,
} from '../correlations/triples/he/sizes.js';
import { largestChunk } from '../gc/schedule.js';
import { workspaceBytes } from '../gc/workspace-layout.js';
import { KERNEL_BYTES } from '../kernels/module.js';
import { convBytes, outOfKernelMemory } from '../kernels/sizes.js';
import { workBytes } from '../ot/extension-layout.js';
import { silentWorkBytes } from '../ot/silent/layout.js';
import { inputsAtOnce } from '../protocols/three/linear.js';
import { rowWidths } from '../protocols/three/sizes.js';
import { engineBytes } from '../sliced/planes.js';
import { type SlicedStep, sourcesOf } from '../steps/step.js';
import type { Step as ThreePartyStep } from '../steps/three.js';
import type { Step as TwoPartyStep } from '../steps/two.js';
import { linearSteps, ringOf } from './compile.js';
import type { ThreePlan } from './three.js';
import type { Plan } from './two.js';

/** Of elementwise arithmetic: two operands and the result, which a linear step has too, with the operand of its weights. */
const OPERANDS = 3;
/** Rounding of blocks to cache lines, and tables of programs. */
const SMALL = 2 ** 20;

/** The peak, and the step that it is at. */
export interface KernelNeed {
  readonly bytes: number;
  readonly step: string;
}

/** At most the kernel memory of the party that needs most. */
export function kernelMemory(plan: Plan | ThreePlan): KernelNeed {
  const elementBytes = ringOf(plan) / 8;
  // that stay: of two parties alone W, of a dealer W and W - B, of three parties the weights of a helper's two products
  const copies = plan.trust.parties === 2 && !hasDealer(plan.trust) ? 1 : 2;
  let resident = keptBytes(plan) + (isTwo(plan) ? transferBytes(plan) : 0);
  let most: KernelNeed = { bytes: 0, step: '' };
  const at = (step: string, bytes: number): void => {
    if (bytes > most.bytes) most = { bytes, step };
  };
  for (const { name, node } of linearSteps<TwoPartyStep | ThreePartyStep>(plan)) {
    const weights = weightSize(node.map) * elementBytes;
    at(name, resident + OPERANDS * weights);
    resident += copies * weights;
    at(name, resident);
  }
  for (const step of plan.steps) at(step.name, resident + stepBytes(plan, step));
  return { ...most, bytes: most.bytes + SMALL };
}

/** Keys of ring LWE, and weights of linear steps by it, transformed. */
function keptBytes(plan: Plan | ThreePlan): number {
  const steps = linearSteps<TwoPartyStep | ThreePartyStep>(plan).filter(
    (step): step is HeStep => 'triples' in step && isHeStep(step),
  );
  const kept = keptSteps(steps);
  const weights = steps.filter(({ index }) => kept.has(index)).map(transformedBytes);
  return weights.reduce((sum, bytes) => sum + bytes, heKeyBytes(steps));
}

function isTwo(plan: Plan | ThreePlan): plan is Plan {
  return plan.trust.parties === 2;
}

/** Of both sides of correlated transfers: what extends them, and what silent ones work on. Threads have their own. */
function transferBytes(plan: Plan): number {
  if (hasDealer(plan.trust)) return 0;
  const silent = (plan.silent ?? []).reduce((sum, shape) => sum + (shape ? silentWorkBytes(shape.set) : 0), 0);
  return 2 * workBytes(plan.softSpokenK) + silent;
}

function stepBytes(plan: Plan | ThreePlan, step: TwoPartyStep | ThreePartyStep): number {
  const bits = ringOf(plan);
  const largest = sourcesOf(step).reduce((most, id) => Math.max(most, plan.steps[id]!.elements), step.elements);
  const tensors = (OPERANDS * largest * bits) / 8;
  switch (step.kind) {
    case 'input':
    case 'local':
    case 'product':
      return tensors;
    case 'linear': {
      if ('triples' in step) {
        const multiplied = Math.max(tensors, convBytes(bits, step.node.map, plan.batch));
        return isHeStep(step) ? multiplied + ciphertextsAtOnce(step) + jobBytes(step) : multiplied;
      }
      const inputs = Math.min(plan.batch, inputsAtOnce(step.node.map));
      // products are summed up in place, of operands that are sums themselves
      const [sum, operand] = [outputSize(step.node.map), inputSize(step.node.map)].map((n) => (n * inputs * bits) / 8);
      return Math.max(tensors, sum! + Math.max(OPERANDS * operand!, convBytes(bits, step.node.map, inputs)));
    }
    case 'garbled':
      return workspaceBytes(step.schedule, largestChunk(step.schedule, step.instances), 'segment') + tensors;
    case 'boolean': {
      const rows = Array.from({ length: step.outputs }, (_, output) => rowWidths(step, output).length);
      // instances of a pool are read from a copy of the part of the tensor that they reach
      const read = step.pool === undefined ? 0 : (largest * bits) / 8;
      return slicedBytes(bits, step, Math.max(...rows)) + read;
    }
    case 'bits':
      return slicedBytes(bits, step, mostMaskRows(step)) + tensors;
    default:
      return step satisfies never;
  }
}

/** The circuits of the group that takes most, and what one of its chunks turns into words, of which so many rows are under way. */
function slicedBytes(bits: number, step: SlicedStep, rows: number): number {
  // of factors and of randomness, sums and operands
  const words = OPERANDS * rows + OPERANDS;
  return step.groups.reduce((most, group) => {
    const engines = group.reduce((sum, n) => sum + engineBytes(step.program, n), 0);
    return Math.max(most, engines + (words * Math.max(...group) * bits) / 8);
  }, 0);
}

/** @throws TacitError OUT_OF_MEMORY where a step does not fit, before anything starts */
export function checkKernelMemory(plan: Plan | ThreePlan, available: number = KERNEL_BYTES): void {
  const { bytes, step } = kernelMemory(plan);
  if (bytes <= available) return;
  throw outOfKernelMemory(step, bytes, available, plan.batch);
}
