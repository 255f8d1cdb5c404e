/** The model that a command works on: from a name or a file to a fixed-point network and what the plan is compiled from. @module */
import { createHash } from 'node:crypto';
import { generatedModel } from '../../models/generated.js';
import { isFile, unknownModel } from '../../models/unknown.js';
import { zooModelPath } from '../../models/zoo.js';
import { TacitError } from '../../src/core/errors.js';
import { MOST_CIRCUIT_BITS, MOST_CIRCUIT_VALUES, macsOf } from '../../src/core/linear-map.js';
import { bytesOf, type RingBits, sizeOf, wordsPerElement } from '../../src/core/ring.js';
import { hasDealer, type Preprocessing, type Reveal, revealedIndices, type TrustModel } from '../../src/core/trust.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import type { Graph } from '../../src/model/graph.js';
import type { InputShape } from '../../src/model/import/importer.js';
import { loadModel } from '../../src/model/load.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import type { RangeReport } from '../../src/model/quantize/range.js';
import { roundOutputs } from '../../src/model/quantize/round-outputs.js';
import type { Nonlinear, PlanInput } from '../../src/plan/compile.js';
import { transfersFor } from '../../src/plan/transfer-choice.js';
import type { NetworkProfile } from '../../src/transport/link.js';
import { type Inputs, readAllInputs } from './inputs.js';
import { checkLabels, outputKindOf, readLabels } from './labels.js';
import { type FractionBits, float32Range, type TransferChoice } from './options.js';
import { checkImageFlags, type InputFlags, type InputRules, inputRulesOf, shapesOf } from './rules.js';

/** The flags that decide the fixed-point network. */
export interface ModelFlags extends InputFlags {
  /** Of inputs whose shape the file leaves open. */
  readonly inputShape?: readonly InputShape[];
  readonly ring: RingBits | 'auto';
  readonly fractionBits?: FractionBits;
  readonly tolerance?: number;
  /** Sources of inputs to observe ranges on. */
  readonly calibrate?: readonly string[];
  /** Fraction bits that outputs are rounded to before they are opened. */
  readonly roundLogits?: number;
  /** Widths by what those cause alone. */
  readonly unproven?: true;
  readonly reveal: Reveal;
  readonly parties: 2 | 3;
  /** Of two parties; default dealer. Three have none. */
  readonly preprocessing?: Preprocessing;
  readonly softspokenK?: number;
  /** Of two parties without a dealer; default softspoken, auto where links are shaped. */
  readonly transfers?: TransferChoice;
  /** Of two parties; default gc, auto where links are shaped. */
  readonly nonlinear?: Nonlinear;
  /** Of the links between parties. */
  readonly network?: NetworkProfile;
  /** A file of the names of classes. */
  readonly labels?: string;
}

export interface Subject {
  readonly graph: Graph;
  readonly rules: InputRules;
  /** What ranges were observed on. */
  readonly calibration: Inputs | undefined;
  /** Names of the classes, where they are known. */
  readonly labels: readonly string[] | undefined;
  readonly model: FixedModel;
  readonly ranges: RangeReport;
  /** Fraction bits that outputs are rounded to, where they are. */
  readonly roundLogits: number | undefined;
  readonly trust: TrustModel;
  /** Where it is not left to the plan. */
  readonly softSpokenK: number | undefined;
  readonly transfers: TransferChoice;
  readonly network: NetworkProfile | undefined;
  /** Of two parties. */
  readonly nonlinear: Nonlinear;
}

/** What all parties compile: the subject's plan for bundles of `batch` inputs. */
export function planInputOf(
  { model, trust, softSpokenK, transfers, network, nonlinear }: Subject,
  batch: number,
): PlanInput {
  const input = {
    graph: model.graph,
    batch,
    trust,
    ...(softSpokenK === undefined ? {} : { softSpokenK }),
    nonlinear,
    ...(network ? { network: { rttMs: network.roundTripMs, mbit: network.megabits } } : {}),
  };
  return { ...input, transfers: transfers === 'auto' ? transfersFor(input) : transfers };
}

/** Numbers of a model for a report. */
export interface ModelFacts {
  readonly name: string;
  /** SHA-256 over the fixed-point graph and the weights, hex. */
  readonly digest: string;
  readonly parameters: number;
  readonly linearMacs: number;
  /** Elements that go through a relu or clip. */
  readonly relus: number;
}

/** @throws UNKNOWN_MODEL where `name` is neither a name of the zoo nor a file; what the importer throws; USAGE where a shape is given that is not open */
export async function loadNamed(
  name: string,
  { inputShape = [] }: Pick<ModelFlags, 'inputShape'> = {},
): Promise<Graph> {
  const graph = generatedModel(name) ?? (await loadFile(zooModelPath(name) ?? name, name, inputShape));
  for (const { shape, name: input } of inputShape) {
    const ports = graph.inputs.filter((port) => input === undefined || port.name === input);
    // the batch may be left out
    if (ports.some((port) => [`${shape}`, `1,${shape}`].includes(`${port.shape}`))) continue;
    throw new TacitError(
      'USAGE',
      `expected --input-shape for an input that ${name} leaves open, got [${shape.join(',')}] for one of ${shapesOf(graph.inputs)}. Leave it out`,
    );
  }
  return graph;
}

async function loadFile(path: string, name: string, inputShapes: readonly InputShape[]): Promise<Graph> {
  if (!isFile(path)) throw unknownModel(name);
  return loadModel(path, { inputShapes });
}

/** What networks are calibrated on that have no better inputs. */
const DRAWN: readonly string[] = ['random:8'];

/** @throws USAGE on flags that the trust model has no use for */
function trustOf({ parties, preprocessing, nonlinear, softspokenK, transfers, reveal }: ModelFlags): TrustModel {
  if (parties === 3 && preprocessing !== undefined) {
    throw new TacitError(
      'USAGE',
      `expected no --preprocessing with --parties 3, got ${preprocessing}. Three parties prepare nothing: leave it out`,
    );
  }
  if (parties === 3 && nonlinear !== undefined) {
    throw new TacitError(
      'USAGE',
      `expected no --nonlinear with --parties 3, got ${nonlinear}. Three parties have a way of their own: leave it out`,
    );
  }
  const trust: TrustModel =
    parties === 3
      ? { parties, preprocessing: 'none', security: 'semi-honest', reveal }
      : { parties, preprocessing: preprocessing ?? 'dealer', security: 'semi-honest', reveal };
  if (softspokenK !== undefined && (parties === 3 || hasDealer(trust))) {
    throw new TacitError(
      'USAGE',
      `expected --softspoken-k of two parties without a dealer, got ${softspokenK} ${parties === 3 ? 'with --parties 3' : 'with a dealer'}. Leave it out`,
    );
  }
  if (transfers !== undefined && (parties === 3 || hasDealer(trust))) {
    throw new TacitError(
      'USAGE',
      `expected --transfers of two parties without a dealer, got ${transfers} ${parties === 3 ? 'with --parties 3' : 'with a dealer'}. Leave it out`,
    );
  }
  return trust;
}

/** Calibrates and quantises; everything that can be wrong with a model is said here. @param inputs that are to be inferred, where they are known */
export async function prepareSubject(graph: Graph, flags: ModelFlags, inputs?: Inputs): Promise<Subject> {
  if (flags.unproven && flags.calibrate === undefined) {
    throw new TacitError('USAGE', 'expected --calibrate with --unproven, got none. Give inputs to observe ranges on');
  }
  const trust = trustOf(flags);
  const values = sizeOf(graph.nodes[graph.output]!.shape);
  if (revealedIndices(flags.reveal) > values) {
    throw new TacitError(
      'USAGE',
      `expected --reveal top:K with K from 1 to ${values}, got ${flags.reveal}. Give a smaller K`,
    );
  }
  if (flags.reveal !== 'logits' && graph.outputs.length > 1) {
    throw new TacitError(
      'USAGE',
      `expected a network of one output with --reveal ${flags.reveal}, got ${graph.outputs.length}, whose numbers do not compare. Use --reveal logits`,
    );
  }
  const labels = flags.labels === undefined ? graph.card?.labels : await readLabels(flags.labels);
  if (labels) checkLabels(labels, values, graph.outputs);
  if (labels && graph.outputs.length > 1 && outputKindOf(graph.outputs) === 'logits') {
    throw new TacitError(
      'USAGE',
      `expected --labels for a network of one output, got ${graph.outputs.length}, of which none alone has all classes. Leave it out`,
    );
  }
  const rules = inputRulesOf(flags, graph);
  const given = flags.calibrate ?? (graph.card?.anyInput ? DRAWN : undefined);
  const calibration = given && (await readAllInputs(given, rules));
  checkImageFlags(flags, inputs, calibration);
  const { roundLogits } = flags;
  if (roundLogits !== undefined && flags.reveal !== 'logits') {
    throw new TacitError(
      'USAGE',
      `expected --reveal logits with --round-logits, got ${flags.reveal}. Leave one out: labels have no fraction`,
    );
  }
  const quantized = await quantize(graph, {
    ringBits: flags.ring,
    activationFractionBits: flags.fractionBits?.activation,
    weightFractionBits: flags.fractionBits?.weight,
    tolerance: flags.tolerance,
    inputRange: float32Range(rules.range),
    calibration: calibration?.values,
    unproven: flags.unproven,
  });
  const { model, report } = roundLogits === undefined ? quantized : roundOutputs(quantized, roundLogits);
  const most = Math.min(MOST_CIRCUIT_VALUES, Math.floor(MOST_CIRCUIT_BITS / model.graph.outputWidth));
  if (flags.reveal !== 'logits' && values > most) {
    throw new TacitError(
      'USAGE',
      `expected at most ${most} outputs with --reveal ${flags.reveal}, got ${values}. Use --reveal logits`,
    );
  }
  return {
    graph,
    rules,
    calibration,
    labels,
    model,
    ranges: report,
    roundLogits,
    trust,
    softSpokenK: flags.softspokenK,
    transfers: flags.transfers ?? (flags.network ? 'auto' : 'softspoken'),
    network: flags.network,
    nonlinear: flags.nonlinear ?? (flags.network ? 'auto' : 'gc'),
  };
}

export function factsOf({ graph, parameters }: FixedModel): ModelFacts {
  const hash = createHash('sha256').update(JSON.stringify(graph));
  let count = 0;
  let linearMacs = 0;
  let relus = 0;
  for (const node of graph.nodes) {
    if (node.op === 'nonlinear' && node.activation !== 'none') relus += sizeOf(node.shape);
    if (node.op !== 'linear') continue;
    const { weights, bias } = parameters.get(node.id)!;
    hash.update(bytesOf(weights)).update(bytesOf(bias));
    count += weights.length / wordsPerElement(graph.ringBits) + (node.hasBias ? node.map.outChannels : 0);
    linearMacs += macsOf(node.map);
  }
  return { name: graph.name, digest: hash.digest('hex'), parameters: count, linearMacs, relus };
}
