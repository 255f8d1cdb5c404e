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
    const hash = createHash('sha256').update(JSON.stringify(graph));
    for (const [id, { weights, bias }] of parameters) hash.update(`${id}`).update(weights).update(bias);
    digests[name] = hash.digest('hex').slice(0, 16);
  }
  expect(digests).toMatchInlineSnapshot(`
    {
      "cryptonets": "aee218ff92d576e0",
      "cryptonets-relu": "0b71aaa12e5f6cf2",
      "lenet": "5b071c1ea905a2dc",
      "minionn-mnist": "c720caf1b5e5a8d6",
      "secureml": "9811092770fbf9e6",
    }
  `);
});
