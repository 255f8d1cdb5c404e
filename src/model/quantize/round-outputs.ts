/**
 * Outputs rounded inside the computation, so that whoever learns them learns no more bits: one more step, a rescale, which every protocol has.
 * A policy of the model's owner against attacks that read logits, not a matter of scales.
 * @module
 */
import { TacitError } from '../../core/errors.js';
import type { NonlinearNode } from '../fixed-model.js';
import { roundingConstant, widthOf } from '../widths.js';
import type { Quantized } from './outcome.js';
import type { RangeStep } from './range.js';

/** Outputs have no more fraction bits than that in any ring. */
export const MOST_OUTPUT_BITS = 16;

/**
 * The network whose outputs are multiples of 2^-fractionBits: the same where they are that coarse already.
 *
 * @throws BAD_VALUE on other fraction bits than 0 to 16, RANGE_OVERFLOW where the ring has no room to round
 */
export function roundOutputs({ model, report }: Quantized, fractionBits: number): Quantized {
  if (!Number.isInteger(fractionBits) || fractionBits < 0 || fractionBits > MOST_OUTPUT_BITS) {
    throw new TacitError(
      'BAD_VALUE',
      `expected outputs of 0 to ${MOST_OUTPUT_BITS} fraction bits, got ${fractionBits}`,
    );
  }
  const { nodes, output, ringBits, outputWidth, guaranteed } = model.graph;
  const { name, shape, fractionBits: exact } = nodes[output]!;
  const shift = exact - fractionBits;
  if (shift <= 0) return { model, report };
  const before = report.steps.find(({ id }) => id === output)!;
  const needed = guaranteed ? widthOf(before.guaranteed, roundingConstant(shift)) : outputWidth + 1;
  const width = Math.max(shift + 1, needed);
  if (width > ringBits) {
    throw new TacitError(
      'RANGE_OVERFLOW',
      `layer ${name}: expected room to round outputs of ${outputWidth} bits, got a ring of ${ringBits}`,
      {
        facts: { layer: name, ringBits },
      },
    );
  }
  const id = nodes.length;
  const common = { id, name: `${name}/round`, shape, fractionBits };
  const node: NonlinearNode = { ...common, op: 'nonlinear', inputs: [output], activation: 'none', width, shift };
  const step: RangeStep = {
    ...common,
    kind: 'nonlinear',
    boundFractionBits: exact,
    guaranteed: before.guaranteed,
    ...(before.observed === undefined ? {} : { observed: before.observed }),
    width,
    headroomBits: ringBits - width,
    decidedBy: before.decidedBy,
  };
  const graph = { ...model.graph, nodes: [...nodes, node], output: id, outputWidth: width - shift };
  return { model: { ...model, graph }, report: { ...report, steps: [...report.steps, step] } };
}
