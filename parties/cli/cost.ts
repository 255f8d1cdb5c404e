/** What each step of a plan costs in rounds and in work, and how long the whole should take on a network. @module */
import { macsOf } from '../../src/core/linear-map.js';
import { hashesPerInstance } from '../../src/gc/schedule.js';
import type { Plan } from '../../src/plan/two.js';
import type { NetworkProfile } from '../../src/transport/link.js';

/**
 * Effective rates of one core of an ordinary server, with everything that goes with them (labels, masks, small batches): round
 * figures below what dealing a bundle and `tacit bench micro` gave on a 2-core EPYC machine. They are not measured here.
 */
export const ASSUMED = {
  /** AES-128 blocks a second while garbling or evaluating. */
  aesBlocksPerSecond: 25e6,
  /** Multiply-accumulates a second in the 32-bit ring; a quarter of them in the 64-bit ring. */
  macsPerSecond: 5e9,
  /** Bits of multiply-accumulates a second by oblivious transfer, as sender and as receiver one after the other. */
  productBitsPerSecond: 120e6,
  /** ANDs of three parties a second, with the conversions around them. */
  binaryAndsPerSecond: 500e6,
} as const;

const RING64_FACTOR = 4;

/** AES blocks and multiply-accumulates of one step, for one party. */
export interface Work {
  readonly garbleBlocks: number;
  readonly evaluateBlocks: number;
  readonly macs: number;
  /** Multiply-accumulates times bits, where the parties prepare by oblivious transfer. */
  readonly productBits: number;
}

export interface PredictedMs {
  readonly offline: number;
  readonly online: number;
}

/** The work of every step of the plan, one bundle. */
function workOf(plan: Plan): Work[] {
  return plan.steps.map((step) => {
    const none = { garbleBlocks: 0, evaluateBlocks: 0, macs: 0, productBits: 0 };
    if (step.kind === 'linear') {
      const macs = plan.batch * macsOf(step.node.map);
      return { ...none, macs, productBits: plan.trust.preprocessing === 'ot' ? macs * step.width : 0 };
    }
    if (step.kind === 'product') {
      const macs = step.elements;
      return { ...none, macs, productBits: plan.trust.preprocessing === 'ot' ? macs * step.width : 0 };
    }
    if (step.kind !== 'garbled') return none;
    const evaluateBlocks = step.instances * hashesPerInstance(step.schedule);
    return { ...none, garbleBlocks: 2 * evaluateBlocks, evaluateBlocks };
  });
}

/**
 * Bytes / rate + rounds x half a round trip + work. Offline the tables travel while the next are garbled, so the slower of the two
 * counts; online each message waits for the one before.
 */
export function predictMs(plan: Plan, network: NetworkProfile): PredictedMs {
  const bytesPerMs = (network.megabits * 1e6) / 8 / 1000;
  const macsPerMs = ASSUMED.macsPerSecond / 1000 / (plan.graph.ringBits === 64 ? RING64_FACTOR : 1);
  const blocksPerMs = ASSUMED.aesBlocksPerSecond / 1000;
  const total = (pick: (work: Work) => number): number => workOf(plan).reduce((sum, work) => sum + pick(work), 0);
  const macMs = total((work) => work.macs) / macsPerMs;
  const wireMs = plan.costs
    .flatMap((cost) => cost.online)
    .reduce((sum, move) => sum + Math.max(move['0->1'] ?? 0, move['1->0'] ?? 0) / bytesPerMs, 0);
  const { predicted } = plan;
  const productMs = total((work) => work.productBits) / (ASSUMED.productBitsPerSecond / 1000);
  const offlineBytes = Math.max(...Object.values(predicted.offline));
  const latency = (rounds: number): number => (rounds * network.roundTripMs) / 2;
  return {
    offline:
      Math.max(total((work) => work.garbleBlocks) / blocksPerMs + macMs + productMs, offlineBytes / bytesPerMs) +
      latency(predicted.rounds.offline),
    online: total((work) => work.evaluateBlocks) / blocksPerMs + macMs + wireMs + latency(predicted.rounds.online),
  };
}

export function sumOf(traffic: Partial<Record<string, number>>): number {
  return Object.values(traffic).reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}
