/** Private runs of the benches by real parties are checked, layer by layer and as a whole. */
import { describe, expect, it } from 'vitest';
import { firstImages, realsOf } from '../../bench/images.js';
import { measureLayers } from '../../bench/layers.js';
import { MODES } from '../../bench/modes.js';
import { labelsOf, runPrivate } from '../../bench/private.js';
import { inputsOf, loadSubject } from '../../bench/subjects.js';

const PATIENCE_MS = 180_000;

describe('private runs', { timeout: PATIENCE_MS }, () => {
  it.each(MODES)('by $name give the plain evaluator and the digits', async (mode) => {
    const { model } = await loadSubject('secureml');
    const inputs = realsOf(firstImages(2));
    const figures = await runPrivate({ model, mode, inputs, count: 2, batch: 2, passes: 1, warmPasses: 0 });
    expect(figures.exactInputs).toBe(2);
    expect(labelsOf(model, figures.outputs)).toEqual([7, 2]);
    for (const value of [figures.ms.online, figures.bytes.online, figures.rounds, figures.peakMemoryBytes]) {
      expect(value).toBeGreaterThan(0);
    }
  });

  it('take a network apart into its layers', async () => {
    const { model, name } = await loadSubject('secureml');
    const rows = await measureLayers({ name, model, modes: MODES.slice(0, 1), batch: 1 });
    expect(rows.map(({ kind }) => kind)).toEqual(['linear', 'relu', 'linear', 'relu', 'linear']);
    expect(rows.map(({ work }) => work)).toEqual([784 * 128, 128, 128 * 128, 128, 1280]);
    expect(rows.every(({ exact }) => exact)).toBe(true);
  });
});

it('a subject may be generated: no tfjs model, no accuracy, the same inputs each time', async () => {
  const subject = await loadSubject('minionn-cifar');
  expect(subject.path).toBeUndefined();
  const inputs = inputsOf(subject, firstImages(1), 2);
  expect(inputs.length).toBe(2 * 32 * 32 * 3);
  expect(inputs).toEqual(inputsOf(subject, firstImages(1), 2));
});
