/** The parameters of every linear step of the zoo stand in docs/ring-lwe.md: they are made here. `npx vitest run test/he/zoo.slow.test.ts -u` writes them. */
import { expect, it } from 'vitest';
import { generatedModel } from '../../models/generated.js';
import { MODEL_NAMES, zooModelPath } from '../../models/zoo.js';
import { outputSize, weightSize } from '../../src/core/linear-map.js';
import { heTriples } from '../../src/correlations/triples/he/sizes.js';
import { floodBound, likelyNoise } from '../../src/he/parameters.js';
import { loadModel } from '../../src/model/load.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { linearSteps } from '../../src/plan/compile.js';
import { compilePlan } from '../../src/plan/two.js';

const trust = { parties: 2, preprocessing: 'he', security: 'semi-honest', reveal: 'logits' } as const;

const HEAD = `# Ring LWE: the parameters of the zoo

Every linear step of the networks that Tacit knows by name, as a plan of two parties with \`--preprocessing he\` has it, or would have it where transfers send less. \`test/he/zoo.slow.test.ts\` makes this file.
[Decision 22](decisions/0022-ring-lwe.md) has the argument, [the architecture](architecture.md#ring-lwe) the scheme.

- *width*: the result matters mod 2^width. *terms*: weights other than 0 in the polynomials that one answer sums up; noise is counted for all of them, at their largest.
- *N*, *log q*: 128 bits of security up to 109 for N = 4096, 218 for 8192 (Homomorphic Encryption Standard, ternary secrets).
- *hidden by*: log2 of flooding's bound over 12 standard deviations of the noise, at least 40.
- *distance*: what the answers of one inference tell of weights beyond ring LWE, at most: coefficients * E|v| / 2F for both parties' steps alike.
- *wrong*: the probability that some output of one inference decrypts wrongly, at most: outputs * 2^-102 (noise is within its room always, the rounding of a' within 12 standard deviations).

| network | step | width | terms | N | log q | primes | hidden by | outputs | distance | wrong | by |
|---|---|---|---|---|---|---|---|---|---|---|---|
`;

const LEAST_TAIL = 102;

it('the table of the documents is that of the plans', { timeout: 1_200_000 }, async () => {
  const rows: string[] = [];
  for (const name of MODEL_NAMES) {
    const graph = generatedModel(name) ?? (await loadModel(zooModelPath(name)!));
    const { model } = await quantize(graph);
    const plan = compilePlan({ graph: model.graph, batch: 1, trust });
    const totals = { outputs: 0, distance: 0 };
    for (const { node, width, triples } of linearSteps(plan)) {
      const { map } = node;
      const { layout, parameters } = heTriples(map, 1, width)!;
      const { ring, m } = parameters;
      const terms = (weightSize(map) / map.outChannels) * layout.outChannels;
      const noise = Number(likelyNoise(ring, m, terms));
      const bound = Number(floodBound(parameters));
      const outputs = outputSize(map);
      const distance = (outputs * noise) / 12 / (2 * bound);
      expect(bound / noise).toBeGreaterThanOrEqual(2 ** 40);
      expect(ring.bits).toBeLessThanOrEqual(ring.n === 4096 ? 109 : 218);
      totals.outputs += outputs;
      totals.distance += distance;
      const hidden = Math.log2(bound / noise).toFixed(1);
      const wrong = (Math.log2(outputs) - LEAST_TAIL).toFixed(0);
      rows.push(
        `| ${name} | ${node.name} | ${width} | ${terms} | ${ring.n} | ${ring.bits} | ${ring.primes.length} | ${hidden} | ${outputs} | 2^${Math.log2(distance).toFixed(0)} | 2^${wrong} | ${triples.by} |`,
      );
    }
    const { outputs, distance } = totals;
    const wrong = Math.log2(outputs) - LEAST_TAIL;
    expect(wrong).toBeLessThan(-80);
    rows.push(
      `| **${name}** | all | | | | | | | ${outputs} | 2^${Math.log2(distance).toFixed(0)} | 2^${wrong.toFixed(0)} | |`,
    );
  }
  await expect(`${HEAD}${rows.join('\n')}\n`).toMatchFileSnapshot('../../docs/ring-lwe.md');
});
