/**
 * Trains the networks of the zoo on MNIST and writes them to `models/zoo/<name>/`.
 *
 *   node models/train/main.mjs [secureml | minionn-mnist | lenet | cryptonets | cryptonets-relu | all] [--epochs N] [--seed S] [--out FOLDER] [--verify]
 *
 * `--verify` trains nothing: it loads the saved model and prints its accuracy and ranges. `--out` is where the folders
 * of the networks go, by default `models/zoo`. Two runs with the same seed
 * on the same machine write the same weights.
 * @module
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startBackend } from './backend.mjs';
import { readMnist } from './data.mjs';
import { buildNetwork, NETWORKS, RECIPES } from './networks.mjs';
import { fixedPointAccuracy } from './precision.mjs';
import { measureRanges } from './ranges.mjs';
import { loadModel, saveModel } from './save.mjs';
import { accuracy, trainNetwork } from './training.mjs';

/** Binary places of weights and activations at which the report states the accuracy. */
const FIXED_POINT_BITS = [4, 5, 6, 8, 10];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: fileURLToPath(new URL('../zoo', import.meta.url)) },
    verify: { type: 'boolean', default: false },
  },
});
const wanted = positionals[0] ?? 'all';
const names = wanted === 'all' ? NETWORKS : [wanted];
const unknown = names.find((name) => !NETWORKS.includes(name));
if (unknown) throw new RangeError(`network: expected one of ${NETWORKS.join(', ')}, got ${unknown}`);

await startBackend();
const test = readMnist('t10k');
for (const name of names) {
  const folder = `${values.out}/${name}`;
  if (!values.verify) await train(name, folder);
  const model = await loadModel(`${folder}/model.json`);
  report(name, model);
  model.dispose();
}

async function train(name, folder) {
  const started = performance.now();
  const minutes = () => ((performance.now() - started) / 60_000).toFixed(1);
  const recipe = { ...RECIPES[name], ...(values.epochs ? { epochs: Number(values.epochs) } : {}) };
  const seed = Number(values.seed);
  const model = buildNetwork(name, seed);
  trainNetwork(model, readMnist('train'), recipe, {
    seed,
    onEpoch: (epoch, loss) => {
      const held = (accuracy(model, test) * 100).toFixed(2);
      console.log(`${name} epoch ${epoch}/${recipe.epochs}: loss ${loss.toFixed(4)}, test ${held} %, ${minutes()} min`);
    },
  });
  await saveModel(model, folder);
  model.dispose();
}

function report(name, model) {
  const percent = (fraction) => `${(fraction * 100).toFixed(2)} %`;
  console.log(`${name}: ${model.countParams()} parameters, test accuracy ${percent(accuracy(model, test))}`);
  const fixed = FIXED_POINT_BITS.map((bits) => `${bits} bits ${percent(fixedPointAccuracy(model, test, bits))}`);
  console.log(`  in fixed point: ${fixed.join(', ')}`);
  for (const { layer, l1, low, high } of measureRanges(model)) {
    console.log(`  ${layer}: max sum|w| ${l1.toFixed(2)}, guaranteed in [${low.toFixed(2)}, ${high.toFixed(2)}]`);
  }
}
