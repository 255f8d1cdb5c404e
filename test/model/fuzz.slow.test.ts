/** Random networks with the default tolerance; FUZZ gives how many of each format. */
import { expect, test } from 'vitest';
import { evaluateFloat } from '../../src/model/float.js';
import { ended } from '../../src/model/ops/ending.js';
import { circumstancesOf, fuzz, type Outcome } from './fuzzing.js';
import { randomGraph } from './import/onnx/random-graphs.js';
import { imported } from './import/onnx/support.js';
import { randomModel } from './random-models.js';
import { importSaved, maxDifference, predict, random, randomInput, tf } from './support.js';

const COUNT = Number(process.env.FUZZ ?? 40);
const FIRST = Number(process.env.FUZZ_FIRST ?? 1);
const BATCH = 4;

/** Of float32 against float32, by other backends and in another order. */
const FLOAT_ERROR = 1e-3;
/** The tolerance, half as much again and a bit: 32 inputs of the sample say that much of 64 others where outputs are mostly small, seldom great. */
const MOST_ERROR = 0.04;

function judge(seed: number, what: string, outcome: Outcome, faults: string[], counts: Map<string, number>): void {
  const { range, calibrated } = circumstancesOf(seed);
  const circumstances = `seed ${seed}, ${range.low} to ${range.high}${calibrated ? ', calibrated' : ''}: ${what}`;
  const count = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (outcome.kind === 'refused') {
    count(outcome.code);
    console.info(`REFUSED ${circumstances}: ${outcome.message}`);
    return;
  }
  count('ran');
  if (!(outcome.error <= MOST_ERROR)) faults.push(`${circumstances}: off by ${outcome.error}, told ${outcome.told}`);
  if (outcome.wrapped.length > 0) faults.push(`${circumstances}: wrapped in ${outcome.wrapped}`);
}

test('random LayersModels are imported as tfjs has them, and in fixed point within the tolerance or refused', async () => {
  const faults: string[] = [];
  const counts = new Map<string, number>();
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const { model, saved, inputShape, layers } = await randomModel(seed);
    const what = `[${inputShape}] ${layers}`;
    try {
      const size = inputShape.reduce((a, b) => a * b, 1);
      const { low, high } = circumstancesOf(seed).range;
      const input = randomInput(seed, BATCH * size, low, high);
      await tf.setBackend('cpu');
      const expected = predict(model, input, BATCH);
      const graph = await importSaved(saved);
      const found = ended(graph.outputs, (await evaluateFloat(graph, BATCH, input)).logits);
      const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
      const worst = maxDifference(found, expected) / scale;
      if (!(worst <= FLOAT_ERROR)) faults.push(`seed ${seed} ${what}: float off by ${worst}`);
      judge(seed, what, await fuzz(graph, seed), faults, counts);
    } catch (error) {
      faults.push(`seed ${seed} ${what}: ${error instanceof Error ? error.stack : error}`);
    }
    model.dispose();
  }
  console.info([...counts].map((entry) => entry.join(' ')).join(', '));
  expect(faults).toEqual([]);
}, 3_600_000);

test('random ONNX graphs are in fixed point within the tolerance or refused', async () => {
  const faults: string[] = [];
  const counts = new Map<string, number>();
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const next = random(seed ^ 0xdeeb);
    const count = 2 + Math.floor(next() * 11);
    // half of the graphs have moderate weights: they are seldom refused
    const magnitudes = next() < 0.5 ? { least: -4, most: 3 } : { least: -0.5, most: 0.5 };
    const { model, inputShape, operators } = await randomGraph(seed + 1e5, () => undefined, { count, magnitudes });
    const what = `[${inputShape}] ${operators}`;
    try {
      judge(seed, what, await fuzz(await imported(model), seed), faults, counts);
    } catch (error) {
      faults.push(`seed ${seed} ${what}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  console.info([...counts].map((entry) => entry.join(' ')).join(', '));
  expect(faults).toEqual([]);
}, 3_600_000);
