/**
 * How two parties alone go through the steps of a bundle: in windows. In each, both first send their choices (corrections of the extension, ciphertexts)
 * for all of its steps; then each serves the other's. So a window is two rounds, and no more choices wait for a party than those of one.
 * @module
 */
import { choiceBytes } from '../correlations/choice-sizes.js';
import { ciphertextBytesOf, isHeStep } from '../correlations/triples/he/sizes.js';
import type { Step } from '../steps/two.js';
import { type Transferred, transfersOf } from './transfers.js';

/** Bytes of choices that may wait for a party, but for those of a single step that has more. */
const WINDOW_BYTES = 64 * 1024 * 1024;

/** The steps of each window, in order: all of a plan's. @param most bytes of choices that may wait */
export function exchangeWindows(plan: Transferred, most: number = WINDOW_BYTES): Step[][] {
  const windows: Step[][] = [[]];
  let waiting = 0;
  for (const step of plan.steps) {
    const bytes = waitingBytes(plan, step);
    if (waiting > 0 && waiting + bytes > most) {
      windows.push([]);
      waiting = 0;
    }
    windows[windows.length - 1]!.push(step);
    waiting += bytes;
  }
  return windows;
}

/** Bytes of choices that come to a party for a step, at most. */
export function waitingBytes(plan: Omit<Transferred, 'steps'>, step: Step): number {
  if (isHeStep(step)) return ciphertextBytesOf(step);
  const { softSpokenK: k, transfers } = plan;
  const { count, back } = transfersOf(plan, step) ?? { count: 0, back: 0 };
  return choiceBytes({ k, transfers }, Math.max(count, back), step.kind !== 'garbled');
}
