/** What each step of a plan costs in rounds and in work, and how long the whole should take on a network. @module */
import { andsOf } from '../../circuits/program.js';
import { macsOf } from '../../src/core/linear-map.js';
import { type HeStep, isHeStep } from '../../src/correlations/triples/he/sizes.js';
import { hashesPerInstance } from '../../src/gc/schedule.js';
import { Packing } from '../../src/he/packing/packing.js';
import type { AnyPlan } from '../../src/plan/plan.js';
import { ASSUMED } from '../../src/plan/rates.js';
import { transfersOf } from '../../src/plan/transfers.js';
import type { Plan } from '../../src/plan/two.js';
import type { NetworkProfile } from '../../src/transport/link.js';

const RING64_FACTOR = 4;
/** The work of a ciphertext or an answer, made, taken and answered, in products' coefficients. */
const TRANSFORM = 60;

export function macsPerMs(plan: AnyPlan): number {
  return ASSUMED.macsPerSecond / 1000 / (plan.graph.ringBits === 64 ? RING64_FACTOR : 1);
}

export function bytesPerMs(network: NetworkProfile): number {
  return (network.megabits * 1e6) / 8 / 1000;
}

/** Coefficients that pass through a product, and through the transforms of a ciphertext or an answer. */
function heCoefficients({ node, triples: { layout, parameters } }: HeStep): number {
  const { inputs, answers, weights, blocks } = new Packing(node.map, layout);
  const { n, primes } = parameters.ring;
  return n * primes.length * (2 * blocks * weights + TRANSFORM * (inputs + answers));
}

/** Messages that wait for each other. */
export function latencyMs(rounds: number, network: NetworkProfile): number {
  return (rounds * network.roundTripMs) / 2;
}

/** AES blocks and multiply-accumulates of one step, for one party. */
export interface Work {
  readonly garbleBlocks: number;
  readonly evaluateBlocks: number;
  /** Of masked bits: rows of ANDs. */
  readonly bitAnds: number;
  readonly macs: number;
  /** Multiply-accumulates times bits, where the parties prepare by oblivious transfer. */
  readonly productBits: number;
  /** Of products by ring LWE, and of ciphertexts and answers. */
  readonly heCoefficients: number;
}

export interface PredictedMs {
  readonly offline: number;
  readonly online: number;
}

/** The work of every step of the plan, one bundle. */
function workOf(plan: Plan): Work[] {
  return plan.steps.map((step) => {
    const none = { garbleBlocks: 0, evaluateBlocks: 0, bitAnds: 0, macs: 0, productBits: 0, heCoefficients: 0 };
    switch (step.kind) {
      case 'linear':
      case 'product': {
        const macs = step.kind === 'linear' ? plan.batch * macsOf(step.node.map) : step.elements;
        const productBits = transfersOf(plan, step) ? macs * step.width : 0;
        return { ...none, macs, productBits, heCoefficients: isHeStep(step) ? heCoefficients(step) : 0 };
      }
      case 'garbled': {
        const evaluateBlocks = step.instances * hashesPerInstance(step.schedule);
        return { ...none, garbleBlocks: 2 * evaluateBlocks, evaluateBlocks };
      }
      case 'bits':
        return { ...none, bitAnds: step.instances * andsOf(step.program) };
      case 'input':
      case 'local':
        return none;
      default:
        return step satisfies never;
    }
  });
}

/**
 * Bytes / rate + rounds x half a round trip + work. Offline the tables travel while the next are garbled, so the slower of the two
 * counts; online each message waits for the one before.
 */
export function predictMs(plan: Plan, network: NetworkProfile): PredictedMs {
  const rate = bytesPerMs(network);
  const blocksPerMs = ASSUMED.aesBlocksPerSecond / 1000;
  const total = (pick: (work: Work) => number): number => workOf(plan).reduce((sum, work) => sum + pick(work), 0);
  const macMs = total((work) => work.macs) / macsPerMs(plan);
  const wireMs = plan.costs
    .flatMap((cost) => cost.online)
    .reduce((sum, move) => sum + Math.max(move['0->1'] ?? 0, move['1->0'] ?? 0) / rate, 0);
  const { predicted } = plan;
  const bitMs = total((work) => work.bitAnds) / (ASSUMED.binaryAndsPerSecond / 1000);
  const productMs = total((work) => work.productBits) / (ASSUMED.productBitsPerSecond / 1000);
  const heMs = total((work) => work.heCoefficients) / (ASSUMED.heCoefficientsPerSecond / 1000);
  const offlineBytes = Math.max(...Object.values(predicted.offline));
  return {
    offline:
      Math.max(
        total((work) => work.garbleBlocks) / blocksPerMs + bitMs + macMs + productMs + heMs,
        offlineBytes / rate,
      ) + latencyMs(predicted.rounds.offline, network),
    online:
      total((work) => work.evaluateBlocks) / blocksPerMs +
      bitMs +
      macMs +
      wireMs +
      latencyMs(predicted.rounds.online, network),
  };
}

export function sumOf(traffic: Partial<Record<string, number>>): number {
  return Object.values(traffic).reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}
