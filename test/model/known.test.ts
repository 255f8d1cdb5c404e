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
      "cryptonets": "3008dfe16bce9bf0",
      "cryptonets-relu": "5e1baa4c6f758ad9",
      "lenet": "ff826ece2c5c872d",
      "minionn-mnist": "a3db941fba359096",
      "secureml": "5054634ccaacee43",
    }
  `);
});
