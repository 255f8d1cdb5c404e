import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ZOO, zooModelPath } from '../../models/zoo.js';
import { loadModel } from '../../src/model/load.js';
import { quantize } from '../../src/model/quantize/quantize.js';

/** The digest of a plan covers the graph, and parties of different versions have to agree on it. */
test('the networks of the zoo are in fixed point what they were: nodes, field by field, and weights', async () => {
  const digests: Record<string, string> = {};
  for (const name of ZOO) {
    const { graph, parameters } = (await quantize(await loadModel(zooModelPath(name)!))).model;
    const { precision: _, ...known } = graph;
    const hash = createHash('sha256').update(JSON.stringify(known));
    for (const [id, { weights, bias }] of parameters) hash.update(`${id}`).update(weights).update(bias);
    digests[name] = hash.digest('hex').slice(0, 16);
  }
  expect(digests).toMatchInlineSnapshot(`
    {
      "cryptonets": "e7cef0daa4ced75d",
      "cryptonets-relu": "3d74d01df4342bac",
      "lenet": "7e3b26e292956941",
      "minionn-mnist": "9f420f57f2195b7c",
      "secureml": "34808e193ff2c389",
    }
  `);
});
