/** Private evaluations by real parties, each a process of its own, held against the plain evaluator. @module */
import { launch } from '../parties/launch.js';
import { encode } from '../src/core/fixed.js';
import { sizeOf } from '../src/core/ring.js';
import { loadKernelModule } from '../src/kernels/module.js';
import { wasmKernels } from '../src/kernels/wasm.js';
import type { FixedModel, InputNode } from '../src/model/fixed-model.js';
import { evaluatePlain } from '../src/model/plain.js';
import type { PlanInput } from '../src/plan/compile.js';
import type { PhaseCost } from '../src/roles/client.js';
import type { NetworkProfile } from '../src/transport/link.js';
import { bestOf } from './labels.js';
import { median } from './measure.js';
import { type Mode, planFields } from './modes.js';
import type { Row } from './results.js';

export interface PrivateJob {
  readonly model: FixedModel;
  readonly mode: Mode;
  /** Reals, [count, ...input shape]. */
  readonly inputs: Float32Array;
  readonly count: number;
  /** Inputs that one evaluation serves. */
  readonly batch: number;
  /** Passes over all inputs that are measured. */
  readonly passes: number;
  /** Passes before, that warm up; default WARM_PASSES. */
  readonly warmPasses?: number;
  /** Links between the parties; default loopback as it is. */
  readonly network?: NetworkProfile;
  /** Of each process that works offline; default as `launch` has it. */
  readonly threads?: number;
}

/** Medians over the passes, each over all inputs. */
export interface PrivateFigures {
  readonly ms: Row['ms'];
  readonly bytes: Row['bytes'];
  readonly rounds: number;
  /** Of the party that held most. */
  readonly peakMemoryBytes: number;
  /** Ring words of the first pass. */
  readonly outputs: Uint32Array;
  /** Inputs whose outputs are those of the plain evaluator, bit for bit; all passes gave the same. */
  readonly exactInputs: number;
}

const WARM_PASSES = 1;
/** A link that is slow to answer is not one that is gone. */
const TIMEOUT_MS = 120_000;

/** @throws TacitError of the party that failed */
export async function runPrivate(job: PrivateJob): Promise<PrivateFigures> {
  const { model, mode, inputs, count, batch, passes, warmPasses = WARM_PASSES } = job;
  const plan: PlanInput = { graph: model.graph, batch, ...planFields(mode) };
  const result = await launch({
    plan,
    model,
    inputs,
    count,
    repeat: passes + warmPasses,
    timeoutMs: TIMEOUT_MS,
    ...(job.network ? { network: job.network } : {}),
    ...(job.threads === undefined ? {} : { threads: job.threads }),
  });
  const counted = result.passes.slice(warmPasses);
  const of = (figure: (pass: (typeof counted)[0]) => number): number => median(counted.map(figure));
  return {
    ms: { offline: of(({ offline }) => offline.ms), online: of(({ online }) => online.ms) },
    bytes: {
      setup: phaseBytes(result.setup),
      offline: of(({ offline }) => phaseBytes(offline)),
      online: of(({ online }) => phaseBytes(online)),
      client: of(({ uploadBytes, downloadBytes }) => uploadBytes + downloadBytes),
    },
    rounds: of(({ online }) => online.rounds),
    peakMemoryBytes: Math.max(...Object.values(result.peakMemoryBytes)),
    outputs: result.outputs,
    exactInputs: result.repeatable ? exactInputs(model, inputs, count, result.outputs) : 0,
  };
}

/** In all directions. */
export function phaseBytes({ bytes }: PhaseCost): number {
  return Object.values(bytes).reduce((sum, direction) => sum + direction, 0);
}

function exactInputs(model: FixedModel, inputs: Float32Array, count: number, outputs: Uint32Array): number {
  const expected = plainOutputs(model, inputs, count);
  const words = expected.length / count;
  let exact = 0;
  for (let n = 0; n < count; n++) {
    const [from, to] = [n * words, (n + 1) * words];
    if (expected.subarray(from, to).every((word, i) => word === outputs[from + i])) exact++;
  }
  return exact;
}

/** Ring words that the plain fixed-point evaluator gives. */
export function plainOutputs(model: FixedModel, inputs: Float32Array, count: number): Uint32Array {
  const { ringBits, nodes } = model.graph;
  const input = nodes[0] as InputNode;
  const encoded = encode(ringBits, input.fractionBits, inputs, input);
  return evaluatePlain(model, wasmKernels(loadKernelModule()), count, encoded).output;
}

/** The best label of each input from ring words of logits. */
export function labelsOf({ graph }: FixedModel, outputs: Uint32Array): number[] {
  const classes = sizeOf(graph.nodes[graph.output]!.shape);
  const words = graph.ringBits / 32;
  const count = outputs.length / words / classes;
  return Array.from({ length: count }, (_, n) => {
    const scores = Array.from({ length: classes }, (_, c) => {
      const at = (n * classes + c) * words;
      return words === 1 ? outputs[at]! | 0 : (outputs[at + 1]! | 0) * 2 ** 32 + outputs[at]!;
    });
    return bestOf(scores);
  });
}
