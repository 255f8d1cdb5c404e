/** Each kind of layer privately: two and three parties have the bits of the plain evaluator. */
import { describe, expect, test } from 'vitest';
import { encode } from '../../src/core/fixed.js';
import { sizeOf } from '../../src/core/ring.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { compileThree } from '../../src/plan/three.js';
import { compilePlan } from '../../src/plan/two.js';
import { runAll } from '../support/session.js';
import { runThree } from '../support/three.js';
import { MORE_NETWORKS } from './more-networks.js';
import { NETWORKS } from './networks.js';
import { importSaved, randomInput, save } from './support.js';

describe.each(Object.entries({ ...NETWORKS, ...MORE_NETWORKS }))('%s', (_, build) => {
  test('gives two and three parties the bits of the plain evaluator', async () => {
    const { model } = await quantize(await importSaved(await save(build(), 7)));
    const { ringBits, nodes } = model.graph;
    const input = encode(ringBits, nodes[0]!.fractionBits, randomInput(9, sizeOf(nodes[0]!.shape)));
    const plain = [...evaluatePlain(model, referenceKernels(), 1, input).output];
    const two = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
    const [first] = await runAll(compilePlan({ graph: model.graph, batch: 1, trust: two }), model, [input]);
    expect([...first!.output]).toEqual(plain);
    const three = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' } as const;
    const [second] = await runThree(compileThree({ graph: model.graph, batch: 1, trust: three }), model, [input]);
    expect([...second!.output]).toEqual(plain);
  });
});
