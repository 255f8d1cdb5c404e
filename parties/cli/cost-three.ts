/** How long three parties should take on a network. @module */

import { andsOf } from '../../circuits/program.js';
import { macsOf } from '../../src/core/linear-map.js';
import type { ThreePlan } from '../../src/plan/three.js';
import type { NetworkProfile } from '../../src/transport/link.js';
import { ASSUMED, type PredictedMs } from './cost.js';

const RING64_FACTOR = 4;
/** A product of shares takes two products. */
const PRODUCTS = 2;

/** Bytes of the busiest direction of each move / rate + rounds x half a round trip + work. */
export function predictThreeMs(plan: ThreePlan, network: NetworkProfile): PredictedMs {
  const bytesPerMs = (network.megabits * 1e6) / 8 / 1000;
  const macsPerMs = ASSUMED.macsPerSecond / 1000 / (plan.graph.ringBits === 64 ? RING64_FACTOR : 1);
  let ms = (plan.predicted.rounds.online * network.roundTripMs) / 2;
  for (const step of plan.steps) {
    if (step.kind === 'linear') ms += (PRODUCTS * plan.batch * macsOf(step.node.map)) / macsPerMs;
    if (step.kind === 'product') ms += (PRODUCTS * step.elements) / macsPerMs;
    if (step.kind === 'boolean') ms += (step.instances * andsOf(step.program)) / (ASSUMED.binaryAndsPerSecond / 1000);
  }
  for (const move of plan.costs.flatMap((cost) => cost.online)) ms += Math.max(...Object.values(move)) / bytesPerMs;
  return { offline: 0, online: ms };
}
