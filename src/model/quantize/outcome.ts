/** What came of a search: the report of the network that was found, or the refusal of the best there was. @module */
import { TacitError } from '../../core/errors.js';
import type { FixedModel, Precision } from '../fixed-model.js';
import type { Graph } from '../graph.js';
import { MOST_OF_ONE, offBy } from './accuracy.js';
import type { RangeReport, RangeStep } from './range.js';
import type { Sample } from './sample.js';
import type { Judged } from './search.js';

export interface Quantized {
  readonly model: FixedModel;
  readonly report: RangeReport;
}

export function outcomeOf(judged: Judged, tolerance: number, { source, count }: Sample): Quantized {
  const { model, predicted, accuracy } = judged;
  const { error: observedError, worst: worstError, agreement } = accuracy;
  const precision = {
    tolerance,
    predictedError: predicted,
    observedError,
    worstError,
    agreement,
    sample: { source, count },
  };
  const rounded = {
    ...precision,
    predictedError: twoDigits(predicted),
    observedError: twoDigits(observedError),
    worstError: twoDigits(worstError),
  };
  return {
    model: { ...model, graph: { ...model.graph, precision: rounded } },
    report: reportOf(judged, precision),
  };
}

function reportOf(judged: Judged, precision: Precision): RangeReport {
  const { model, settings } = judged;
  const { ringBits, nodes, output, guaranteed } = model.graph;
  const steps = judged.steps.map((step) => withErrors(step, judged));
  const circuits = steps.filter((step) => step.kind === 'nonlinear' || step.id === output);
  // What is proven needs no headroom: only what was observed can run out of it.
  const decisive = guaranteed ? circuits : circuits.filter((step) => step.decidedBy === 'observed');
  const weightBits = nodes.flatMap((node) => (node.op === 'linear' ? [node.weightFractionBits] : []));
  return {
    ringBits,
    activationFractionBits: settings.activationFractionBits,
    weightFractionBits: Math.max(0, ...weightBits),
    guaranteed,
    headroomBits: Math.min(...decisive.map((step) => step.headroomBits)),
    ...precision,
    steps,
  };
}

function withErrors(step: RangeStep, { roundings, accuracy }: Judged): RangeStep {
  const rounding = roundings.find(({ id }) => id === step.id);
  const observedError = accuracy.errors.get(step.id);
  return {
    ...step,
    ...(rounding === undefined ? {} : { predictedError: Math.sqrt(rounding.error) }),
    ...(observedError === undefined ? {} : { observedError }),
  };
}

/** The layer whose rounding makes most of the error, what it has and about what it would need beside the others. */
export function tooInexact(graph: Graph, judged: Judged, tolerance: number): TacitError {
  const { settings, roundings, accuracy } = judged;
  const facts = {
    ringBits: settings.ringBits,
    ranges: settings.ranges,
    demanded: settings.exactActivationBits || settings.weightFractionBits !== undefined,
  };
  if (offBy(accuracy) <= tolerance) {
    return new TacitError(
      'PRECISION',
      `expected the greatest output of every input where the float network has it, got another for ${accuracy.misled}`,
      { facts },
    );
  }
  const worst = roundings.reduce((most, rounding) => (rounding.error > most.error ? rounding : most));
  const share = tolerance ** 2 / roundings.length;
  const needed = worst.bits + Math.max(1, Math.ceil(Math.log2(worst.error / share) / 2));
  const layer = graph.nodes[worst.node]!.name;
  const { error, worst: most } = accuracy;
  const within =
    error > tolerance
      ? `outputs within ${percent(tolerance)} of the float network, got ${percent(error)}`
      : `outputs of each input within ${percent(MOST_OF_ONE * tolerance)} of the float network, got ${percent(most)} for one`;
  return new TacitError(
    'PRECISION',
    `layer ${layer}: expected ${within}, ` +
      `most of it from its ${worst.of} of ${worst.bits} fraction bits where about ${needed} are needed`,
    { facts: { ...facts, layer } },
  );
}

function percent(part: number): string {
  return `${twoDigits(100 * part)} %`;
}

function twoDigits(value: number): number {
  return Number(value.toPrecision(2));
}
