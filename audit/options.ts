/** Flags of `tacit audit` alone. @module */
import type { PlanFlags } from '../parties/cli/flags.js';
import { TacitError } from '../src/core/errors.js';

export interface AuditFlags extends PlanFlags {
  readonly data: string;
  readonly dataLabels?: string;
  readonly train?: string;
  readonly trainLabels?: string;
  readonly attacks?: readonly string[];
  readonly policies?: readonly string[];
  readonly budget?: number;
  readonly quick?: true;
  readonly seed: number;
  readonly out?: string;
}

/** Names with commas between them. @throws USAGE */
export function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return [...new Set(names)];
  throw new TacitError(
    'USAGE',
    `expected names with commas between them, got ${text.slice(0, 40)}. Give for example evasion,extraction`,
  );
}
