/** A plan for as many parties as its trust model names. @module */
import { sizeOf, wordsPerElement } from '../core/ring.js';
import type { Traffic as ThreePartyTraffic } from '../steps/three.js';
import type { Traffic as TwoPartyTraffic } from '../steps/two.js';
import { type PlanInput, ringOf } from './compile.js';
import { checkKernelMemory } from './memory.js';
import { compileThree, type ThreePlan } from './three.js';
import { compilePlan, type Plan } from './two.js';

export type AnyPlan = Plan | ThreePlan;

/** Bytes a direction: of two parties and a dealer, or among three. */
export type AnyTraffic = TwoPartyTraffic | ThreePartyTraffic;

/** @throws BAD_VALUE on settings that no plan has, OUT_OF_MEMORY where a party cannot hold a step, RangeError where the graph is inconsistent */
export function planOf(input: PlanInput): AnyPlan {
  const plan = input.trust.parties === 3 ? compileThree(input) : compilePlan(input);
  checkKernelMemory(plan);
  return plan;
}

/** Ring words of one batch of inputs. */
export function inputWords(plan: AnyPlan): number {
  return plan.batch * sizeOf(plan.graph.nodes[0]!.shape) * wordsPerElement(ringOf(plan));
}

/** Ring words of one output. */
export function outputWords(plan: AnyPlan): number {
  return sizeOf(plan.outputShape) * wordsPerElement(ringOf(plan));
}

/** Whether a plan is for three parties. */
export function isThree(plan: AnyPlan): plan is ThreePlan {
  return plan.trust.parties === 3;
}

/** The same directions with other bytes. */
export function mapTraffic(traffic: AnyTraffic, change: (bytes: number, direction: string) => number): AnyTraffic {
  const changed = Object.entries(traffic).map(([direction, bytes]) => [direction, change(bytes, direction)]);
  return Object.fromEntries(changed) as AnyTraffic;
}

/** Bytes of one direction; none where the traffic is of another number of parties. */
export function bytesIn(traffic: AnyTraffic, direction: string): number {
  return (traffic as Partial<Record<string, number>>)[direction] ?? 0;
}

/** The sum, direction by direction. */
export function sumTraffic(a: AnyTraffic, b: AnyTraffic): AnyTraffic {
  return mapTraffic(a, (bytes, direction) => bytes + bytesIn(b, direction));
}
