/** Randomness made ahead of time into a store, then spent by inferences: each bundle once, also across crashes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, quantize } from 'tacit-mpc';
import { launch, prepareBundles } from 'tacit-mpc/launch';

const store = mkdtempSync(join(tmpdir(), 'tacit-bundles-'));
const { model } = await quantize(await loadModel('models/zoo/secureml/model.json'), {
  inputRange: { low: 0, high: 1 },
});
const trust = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'label' };
const plan = { graph: model.graph, batch: 1, trust };

const { made } = await prepareBundles({ plan, model, store, count: 2 });
console.log(`prepared ${made.length} bundles`);

const inputs = new Float32Array(3 * 784).fill(0.5);
const { passes } = await launch({ plan, model, store, inputs, count: 3 });
const [{ stored, made: fresh, online }] = passes;
console.log(
  `3 inputs spent ${stored} bundles from the store and ${fresh} made on the fly, online in ${online.ms.toFixed(0)} ms`,
);

rmSync(store, { recursive: true });
