/**
 * About how long a run by real parties takes: what the plan predicts of one evaluation at the rates of a small machine. Good enough
 * to choose a number of passes and to say how many minutes are left; no figure of a report.
 * @module
 */

import type { PlanInput } from '../src/plan/compile.js';
import { type AnyTraffic, planOf } from '../src/plan/plan.js';
import type { LinkName } from './results.js';
import { profileOf } from './shaping.js';

/** Made, sent and consumed a millisecond, offline and online together. */
const BYTES_PER_MS = 400e3;
/** Where nothing but the processes takes time. */
const MS_A_ROUND = 0.4;
/** From the start of the processes to the first input, and back. */
const LAUNCH_MS = 900;

/** What one evaluation sends, offline and online together. */
export interface Work {
  readonly bytes: number;
  readonly rounds: number;
}

export function workOf(plan: PlanInput): Work {
  const { predicted } = planOf(plan);
  return {
    bytes: sum(predicted.offline) + sum(predicted.online),
    rounds: predicted.rounds.offline + predicted.rounds.online,
  };
}

/** One evaluation without a network delay. */
export function evaluationMs({ bytes, rounds }: Work): number {
  return bytes / BYTES_PER_MS + rounds * MS_A_ROUND;
}

/** What a link adds at its nominal latency and rate. */
export function wireMs(link: LinkName, { bytes, rounds }: Work): number {
  const profile = profileOf(link);
  return profile ? (rounds * profile.roundTripMs) / 2 + (8 * bytes) / (profile.megabits * 1e3) : 0;
}

/** Processes started, `evaluations` one after the other. */
export function runMs(work: Work, evaluations: number, link: LinkName = 'none'): number {
  return LAUNCH_MS + evaluations * (evaluationMs(work) + wireMs(link, work));
}

function sum(traffic: AnyTraffic): number {
  return Object.values(traffic).reduce((bytes, direction) => bytes + direction, 0);
}
