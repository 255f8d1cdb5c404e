import { describe, expect, test } from 'vitest';
import { TacitError } from '../../../../src/core/errors.js';
import { encode } from '../../../../src/core/fixed.js';
import { sizeOf } from '../../../../src/core/ring.js';
import { referenceKernels } from '../../../../src/kernels/reference.js';
import type { FixedModel } from '../../../../src/model/fixed-model.js';
import { SUPPORTED_OPERATORS } from '../../../../src/model/import/onnx/operators.js';
import { evaluatePlain } from '../../../../src/model/plain.js';
import { quantize } from '../../../../src/model/quantize/quantize.js';
import { compileThree } from '../../../../src/plan/three.js';
import { compilePlan } from '../../../../src/plan/two.js';
import { runAll } from '../../../support/session.js';
import { runThree } from '../../../support/three.js';
import { randomInput } from '../../support.js';
import { OPERATORS, type RandomGraph, randomGraph } from './random-graphs.js';
import { SINGLE_OPERATORS, singleOperator } from './single-operators.js';
import { imported } from './support.js';

const MOST_SEEDS = 40;
const MOST_ELEMENTS = 200;

interface Small {
  readonly graph: Pick<RandomGraph, 'inputShape' | 'model'>;
  readonly model: FixedModel;
}

const range = { low: -1, high: 1 };

/** A small graph of the operator, and its fixed-point model within the tolerance. */
async function modelOf(operator: string): Promise<Small> {
  if (SINGLE_OPERATORS.includes(operator)) {
    const graph = singleOperator(operator);
    const calibration = randomInput(1, 4 * sizeOf(graph.inputShape), -1, 1);
    return { graph, model: (await quantize(await imported(graph.model), { inputRange: range, calibration })).model };
  }
  const refusals: string[] = [];
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const graph = await randomGraph(seed, () => undefined, { count: 1, names: [operator] });
    const size = sizeOf(graph.inputShape);
    if (graph.operators.length === 0 || size > MOST_ELEMENTS) continue;
    const calibration = randomInput(seed, 4 * size, -1, 1);
    try {
      const { model } = await quantize(await imported(graph.model), { inputRange: range, calibration });
      return { graph, model };
    } catch (error) {
      if (!(error instanceof TacitError)) throw error;
      refusals.push(error.message);
    }
  }
  throw new Error(`${operator}: ${refusals[0] ?? 'no graph'}`);
}

/** At the end of a network they are the client's, or the policy's: nothing is computed of them. */
const ENDS: readonly string[] = ['ArgMax', 'TopK'];

test('there is a graph of every supported operator', () => {
  expect([...OPERATORS, ...SINGLE_OPERATORS, ...ENDS].sort()).toEqual([...SUPPORTED_OPERATORS].sort());
});

describe.each([...OPERATORS, ...SINGLE_OPERATORS])('a graph of %s', (operator) => {
  test('gives two and three parties the bits of the plain evaluator', async () => {
    const { graph, model } = await modelOf(operator);
    const { ringBits, nodes } = model.graph;
    const input = encode(ringBits, nodes[0]!.fractionBits, randomInput(9, sizeOf(graph.inputShape), -1, 1));
    const plain = [...evaluatePlain(model, referenceKernels(), 1, input).output];
    const two = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
    const [first] = await runAll(compilePlan({ graph: model.graph, batch: 1, trust: two }), model, [input]);
    expect([...first!.output]).toEqual(plain);
    const three = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' } as const;
    const [second] = await runThree(compileThree({ graph: model.graph, batch: 1, trust: three }), model, [input]);
    expect([...second!.output]).toEqual(plain);
  });
});
