/** tacit prepare, tacit store and --store: the contract of their JSON, and that bundles made ahead are spent. */
import { describe, expect, test } from 'vitest';
import { inferSchema, listSchema, prepareSchema } from './support/schema.js';
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

  test('tell a person what was made', async () => {
    const { code, stdout, stderr } = await tacit(await exampleOf('prepare'), {}, person);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^bundles +2 ready: 0 were there, 2 made; 1 input each$/m);
    expect(stdout).toMatch(/bundles a second/);
    const list = await tacit(await exampleOf('store'), {}, person);
    expect(list.stdout).toMatch(/^party1 +secureml [0-9a-f]{8}… +2 /m);
  });
});
