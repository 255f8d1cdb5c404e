import { expect, test } from 'vitest';
import { caseNames, hasCases, type Outcome, runCase } from './cases.js';

const isCi = process.env.CI === 'true';

test.skipIf(!hasCases && !isCi).each(['node', 'pytorch-converted', 'pytorch-operator', 'simple'])(
  'every %s case of ONNX whose operators are supported gives what ONNX says',
  async (set) => {
    const outcomes: Outcome[] = [];
    for (const name of await caseNames(set)) outcomes.push(await runCase(name));
    const of = (result: Outcome['result']): Outcome[] => outcomes.filter((outcome) => outcome.result === result);
    const counts = new Map<string, number>();
    for (const { operator } of of('unsupported')) counts.set(operator, (counts.get(operator) ?? 0) + 1);
    const unsupported = [...counts].map(([operator, count]) => `${operator} ${count}`).sort();
    console.info(
      `${set}: ${outcomes.length} cases, ${of('passed').length + of('failed').length} run, ${of('passed').length} passed, ` +
        `${of('unsupported').length} unsupported (${unsupported.join(', ')})`,
    );
    expect(of('failed').map(({ name, why }) => `${name}: ${why}`)).toEqual([]);
  },
  600_000,
);
