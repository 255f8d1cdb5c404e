/** tacit prepare, tacit store and --store: the contract of their JSON, and that bundles made ahead are spent. */
import { describe, expect, test } from 'vitest';
import { inferSchema, listSchema, prepareSchema, pruneSchema } from './support/schema.js';
import { exampleOf, runIn, scratchFolder, tacit } from './support/tacit.js';

const folder = scratchFolder();
const person = scratchFolder();

const run = runIn(folder);
const nothing = { 'dealer->0': 0, 'dealer->1': 0, '0->1': 0, '1->0': 0 };

describe('bundles made ahead', () => {
  test('are made once, and spent from the working directory', async () => {
    const prepare = ['prepare', 'secureml', '--count'];
    const first = await run(prepareSchema, ...prepare, '2');
    expect(first).toMatchObject({ store: '.tacit', resumed: false, batch: 1 });
    expect(first.bundles).toEqual({ asked: 2, had: 0, made: 2, ready: 2 });
    expect(first.offline.bytes).toEqual(first.offline.predictedBytes);
    expect(Object.keys(first.diskBytes)).toEqual(['owner', 'party0', 'party1', 'dealer']);
    const second = await run(prepareSchema, ...prepare, '3');
    expect(second.resumed).toBe(true);
    expect(second.bundles).toEqual({ asked: 3, had: 2, made: 1, ready: 3 });
    expect(second.setup.bytes).toEqual(nothing);

    const spent = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-1', '--repeat', '2');
    expect(spent.bundles).toMatchObject({ stored: 1, made: 0 });
    expect(spent.check?.bitIdentical).toBe(true);
    for (const phase of [spent.setup, spent.offline]) {
      expect(phase.bytes).toEqual(nothing);
      expect(phase.predictedBytes).toEqual(nothing);
    }
    expect(spent.online.bytes).toEqual(spent.online.predictedBytes);
    const ignored = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-1', '--store', 'none');
    expect(ignored.bundles).toMatchObject({ stored: 0, made: 1 });
    // one is left: the other two are made on the fly
    const mixed = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-3', '--batch', '1', '--background');
    expect(mixed.background).toBe(true);
    expect(mixed.bundles).toMatchObject({ stored: 1, made: 2 });
    expect(mixed.offline.bytes).toEqual(mixed.offline.predictedBytes);
    expect(mixed.check?.bitIdentical).toBe(true);

    const { participants } = await run(listSchema, 'store');
    expect(participants.map(({ owner, ready, spent, highWater }) => [owner, ready, spent, highWater])).toEqual([
      ['party0', 0, 5, 5],
      ['party1', 0, 5, 5],
      ['dealer', 0, 0, 5],
    ]);
    expect(participants[0]!.models).toMatchObject([{ name: 'secureml', ready: 0 }]);
  });

  test('serve another number of inputs where there are enough, by the share that is held; else they are named', {
    timeout: 180_000,
  }, async () => {
    const store = ['--store', 'batches'];
    await run(prepareSchema, 'prepare', 'secureml', '--count', '4', ...store);
    const three = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-3', ...store);
    expect(three).toMatchObject({ batch: 1, bundles: { stored: 3, made: 0, total: { stored: 3, made: 0 } } });
    expect(three.check?.bitIdentical).toBe(true);
    // one is left: too few
    const few = await tacit(['infer', 'secureml', '--input', 'mnist:0-3', ...store, '--json'], {}, folder);
    expect(few.stderr).toBe(
      'tacit: expected bundles of 3 inputs in batches, got 1 of 1: they are not used. Give --batch 1 to spend them\n',
    );
    const made = inferSchema.parse(JSON.parse(few.stdout));
    expect(made).toMatchObject({ batch: 3, bundles: { stored: 0, made: 1 } });
    // of another batch and policy, but of the same weights: nothing is set up
    for (const phase of [made.setup]) expect(phase.bytes).toEqual(nothing);
    const batched = await run(prepareSchema, 'prepare', 'secureml', '--count', '2', '--batch', '2', ...store);
    expect(batched).toMatchObject({ resumed: true, bundles: { had: 0, made: 2 } });
    const label = ['--reveal', 'label'];
    const labels = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-1', ...store, ...label);
    expect(labels).toMatchObject({ setup: { bytes: nothing }, bundles: { made: 1 } });
    const twice = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-2', '--repeat', '2', ...store);
    expect(twice).toMatchObject({ batch: 2, passes: 2, bundles: { stored: 1, total: { stored: 2, made: 0 } } });
    const { participants } = await run(listSchema, 'store', ...store);
    expect(participants[0]!.models).toMatchObject([{ name: 'secureml', bundles: [{ batch: 1, ready: 1 }] }]);
    const dry = await run(pruneSchema, 'store', 'prune', '--dry-run', '--all', ...store);
    expect(dry).toMatchObject({ dryRun: true, bundles: 2, models: 2 });
    expect((await run(pruneSchema, 'store', 'prune', ...store)).items).toEqual([]);
  });

  test('tell a person what was made', async () => {
    const { code, stdout, stderr } = await tacit(await exampleOf('prepare'), {}, person);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^bundles +2 ready: 0 were there, 2 made; 1 input each$/m);
    expect(stdout).toMatch(/bundles a second/);
    const list = await tacit(await exampleOf('store'), {}, person);
    expect(list.stdout).toMatch(/^party1 +secureml [0-9a-f]{8}… +2 /m);
  });
});
