/** What garbled tables cost, by source. @module */
import { chunkSizes } from '../../gc/schedule.js';
import { type GarbledStep, noTraffic, type Traffic } from '../../steps/two.js';
import { framedChoices } from '../choice-sizes.js';
import type { Costing, Kept, Transfers } from '../source.js';
import { garbledOtHashes, garbledTransfers, keptTableBytes, labelBytes, maskWords, tableBytes } from './sizes.js';

/** Tables and share corrections to party 1. */
export function dealtTablesCost({ bits }: Costing, step: GarbledStep): Traffic {
  return { ...noTraffic(), 'dealer->1': tableBytes(bits, step) };
}

/** Party 1's tables and corrections; all else comes from seeds. */
export function dealtTablesKept({ bits }: Costing, step: GarbledStep): Kept {
  return [0, keptTableBytes(bits, step)];
}

/** Party 1's tables and corrections, its r and the labels of r. */
export function exchangedTablesKept({ bits }: Costing, step: GarbledStep): Kept {
  const drawn = labelBytes(step, step.instances) + 4 * maskWords(bits, step, step.instances);
  return [0, keptTableBytes(bits, step) + drawn];
}

/** The extension's corrections to party 0, tables to party 1. */
export function exchangedTablesCost(costing: Costing, step: GarbledStep): Traffic {
  const corrections = chunkSizes(step.schedule, step.instances).reduce(
    (sum, n) => sum + framedChoices(costing, garbledTransfers(step, n), false),
    0,
  );
  return { ...noTraffic(), '1->0': corrections, '0->1': tableBytes(costing.bits, step) };
}

export function tablesTransfers(_: Costing, step: GarbledStep): Transfers {
  return { count: garbledTransfers(step, step.instances), back: 0, chooser: null, hashes: garbledOtHashes(step) };
}
