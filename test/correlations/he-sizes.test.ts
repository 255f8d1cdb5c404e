/** What a plan says of linear steps by ring LWE: parameters that hold for their weights, the cheaper source, bounded memory. */
import { describe, expect, it } from 'vitest';
import { type Conv2d, dense, weightSize } from '../../src/core/linear-map.js';
import { triplesFor } from '../../src/correlations/triples/choice.js';
import { exchangedTripleCost } from '../../src/correlations/triples/costs.js';
import {
  blocksAtOnce,
  type HeStep,
  heBytes,
  heRings,
  heSetupBytes,
  heTriples,
  isHeStep,
  KEPT_BYTES,
  keptSteps,
  transformedBytes,
} from '../../src/correlations/triples/he/sizes.js';
import { Packing } from '../../src/he/packing/packing.js';
import { floodBound, heParameters, likelyNoise } from '../../src/he/parameters.js';
import { publicKeyBytes } from '../../src/he/sizes.js';
import { linearSteps } from '../../src/plan/compile.js';
import { compilePlan } from '../../src/plan/two.js';
import { framedBytes } from '../../src/transport/frame.js';
import { ModelMaker } from '../support/models.js';

const trust = { parties: 2, preprocessing: 'he', security: 'semi-honest', reveal: 'logits' } as const;
const SAME = { padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 };
const convolution = (extent: number, inChannels: number, outChannels: number): Conv2d => ({
  ...dense(inChannels, outChannels),
  ...SAME,
  inHeight: extent,
  inWidth: extent,
  kernelHeight: 3,
  kernelWidth: 3,
});

const MAPS: Readonly<Record<string, Conv2d>> = {
  'a dense layer': dense(300, 90),
  'a convolution': convolution(9, 16, 24),
  'a strided one': { ...convolution(12, 8, 8), strideHeight: 2, strideWidth: 2 },
  groups: { ...convolution(9, 16, 24), groups: 4 },
  depthwise: { ...convolution(9, 16, 16), groups: 16 },
};

describe('parameters', () => {
  const cases = Object.keys(MAPS).flatMap((name) => [22, 28, 29].map((width) => [name, width] as const));
  it.each(cases)('of %s and %i bits hold for all weights that an answer meets', (name, width) => {
    const map = MAPS[name]!;
    const { layout, parameters } = heTriples(map, 2, width)!;
    const packing = new Packing(map, layout);
    const ones = new Uint32Array(weightSize(map)).fill(1);
    const terms = packing.runs.map(({ input, count }, answer) =>
      Array.from({ length: count }, (_, i) => packing.packWeights(32, input + i, answer, ones))
        .map((polynomial) => polynomial.filter((word) => word !== 0).length)
        .reduce((sum, met) => sum + met, 0),
    );
    expect(layout.degree).toBe(parameters.ring.n);
    const most = Math.max(...terms);
    // flooding is 2^40 times the noise of so many, and as large as leaves room for it
    expect(floodBound(parameters)).toBeGreaterThanOrEqual(likelyNoise(parameters.ring, width, most) << 40n);
    expect(heParameters(width, most, parameters.ring.bits)).toEqual(parameters);
  });

  it('are of the larger ring where the width asks for it', () => {
    expect(heTriples(dense(300, 90), 1, 28)!.parameters.ring.n).toBe(4096);
    expect(heTriples(dense(300, 90), 1, 32)!.parameters.ring.n).toBe(8192);
    expect(heTriples(dense(300, 90), 1, 64)!.parameters.ring.n).toBe(8192);
  });

  it('are of few rings in one network', () => {
    const maker = new ModelMaker(32, [300]);
    for (const width of [17, 22, 24, 26, 28]) maker.dense(90).nonlinear({ width });
    const steps = compilePlan({ graph: maker.dense(90).done().graph, batch: 1, trust }).steps.filter(isHeStep);
    expect(steps.length).toBe(6);
    const rings = heRings(steps);
    expect(rings.map(({ n, bits }) => [n, bits])).toEqual([
      [4096, 90],
      [4096, 109],
      [8192, 120],
    ]);
    expect(heSetupBytes(steps)).toBe(rings.reduce((sum, ring) => sum + framedBytes(publicKeyBytes(ring)), 0));
  });
});

describe('a step', () => {
  it('goes by what sends less', () => {
    const { graph } = new ModelMaker(32, [100]).dense(100).nonlinear().dense(4).done();
    for (const batch of [1, 40]) {
      const costing = { bits: 32, batch, transfers: 'softspoken', k: 4 } as const;
      for (const step of linearSteps(compilePlan({ graph, batch, trust }))) {
        const bytes = heBytes(step.node.map, heTriples(step.node.map, batch, step.width)!);
        const by = bytes < exchangedTripleCost(costing, step)['0->1'] ? 'he' : 'ot';
        expect(step.triples.by).toBe(by);
        expect(triplesFor('ot', costing, step)).toEqual({ by: 'ot' });
        expect(triplesFor('dealer', costing, step)).toEqual({ by: 'dealer' });
      }
    }
  });
});

describe('memory', () => {
  const stepOf = (map: Conv2d, index: number, batch = 1): HeStep => {
    const triples = heTriples(map, batch, 24)!;
    return { index, node: { map }, triples } as HeStep;
  };

  it('of transformed weights has a bound: what does not fit is not kept, what comes after it may be', () => {
    const [large, small] = [convolution(64, 256, 256), dense(300, 90)];
    const steps = [stepOf(large, 1), stepOf(small, 2)];
    expect(transformedBytes(steps[0]!)).toBeGreaterThan(KEPT_BYTES);
    expect([...keptSteps(steps)]).toEqual([2]);
  });

  it('of ciphertexts has a bound: blocks take turns', () => {
    const { layout, parameters } = heTriples(convolution(64, 256, 256), 8, 24)!;
    const packing = new Packing(convolution(64, 256, 256), layout);
    expect(blocksAtOnce(packing, parameters)).toBeLessThan(packing.blocks);
    expect(blocksAtOnce(packing, parameters)).toBeGreaterThan(0);
  });
});
