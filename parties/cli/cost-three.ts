/** How long three parties should take on a network. @module */

import { andsOf } from '../../circuits/program.js';
import { macsOf } from '../../src/core/linear-map.js';
import { ASSUMED } from '../../src/plan/rates.js';
import type { ThreePlan } from '../../src/plan/three.js';
import type { Step } from '../../src/steps/three.js';
import type { NetworkProfile } from '../../src/transport/link.js';
import { bytesPerMs, latencyMs, macsPerMs, type PredictedMs } from './cost.js';

/** A product of shares takes two products. */
const PRODUCTS = 2;

/** Bytes of the busiest direction of each move / rate + rounds x half a round trip + work. */
export function predictThreeMs(plan: ThreePlan, network: NetworkProfile): PredictedMs {
  const rate = bytesPerMs(network);
  let ms = latencyMs(plan.predicted.rounds.online, network);
  for (const step of plan.steps) ms += workMs(plan, step);
  for (const move of plan.costs.flatMap((cost) => cost.online)) ms += Math.max(...Object.values(move)) / rate;
  return { offline: 0, online: ms };
}

function workMs(plan: ThreePlan, step: Step): number {
  switch (step.kind) {
    case 'linear':
      return (PRODUCTS * plan.batch * macsOf(step.node.map)) / macsPerMs(plan);
    case 'product':
      return (PRODUCTS * step.elements) / macsPerMs(plan);
    case 'boolean':
      return (step.instances * andsOf(step.program)) / (ASSUMED.binaryAndsPerSecond / 1000);
    case 'input':
    case 'local':
      return 0;
    default:
      return step satisfies never;
  }
}
