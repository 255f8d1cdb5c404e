/** How much an audit spends: what is attacked, and the budgets at which each attack is looked at. @module */
import type { Effort } from './attack.js';

const FULL: Effort = { inputs: 100, members: 1000, queries: [100, 300, 1000, 3000], steps: 800 };
const QUICK: Effort = { inputs: 20, members: 200, queries: [200], steps: 50 };

/** @param budget the most queries, of an input or of an extraction */
export function effortOf(quick: boolean, budget: number | undefined): Effort {
  const effort = quick ? QUICK : FULL;
  if (budget === undefined) return effort;
  const queries = effort.queries.filter((each) => each < budget);
  return { ...effort, queries: [...queries, budget] };
}
