/** Stores without a dealer, and under faults: a run that is interrupted, a disk that is full, a bundle that is damaged. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fileOf } from '../../src/store/shelf-files.js';
import { inferSchema, listSchema, prepareSchema, pruneSchema, verifySchema } from './support/schema.js';
import { cramped, ended, runIn, scratchFolder, start, tacit } from './support/tacit.js';

const folder = scratchFolder();
const run = runIn(folder);

const nothing = { 'dealer->0': 0, 'dealer->1': 0, '0->1': 0, '1->0': 0 };

describe('bundles made ahead', () => {
  test('without a dealer are spent as well', async () => {
    const ot = ['--preprocessing', 'ot', '--store', 'alone'];
    const made = await run(prepareSchema, 'prepare', 'secureml', '--count', '1', '--threads', '2', ...ot);
    expect(made.offline.bytes).toEqual(made.offline.predictedBytes);
    const spent = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-1', ...ot);
    expect(spent.bundles).toMatchObject({ stored: 1, made: 0 });
    expect(spent.check?.bitIdentical).toBe(true);
    for (const phase of [spent.setup, spent.offline, spent.online]) expect(phase.bytes).toEqual(phase.predictedBytes);
    expect(spent.setup.bytes).toEqual(nothing);
    const fresh = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-1', ...ot);
    expect(fresh.bundles).toMatchObject({ stored: 0, made: 1 });
    expect(fresh.setup.bytes['0->1']).toBeGreaterThan(0);
    for (const phase of [fresh.setup, fresh.offline, fresh.online]) expect(phase.bytes).toEqual(phase.predictedBytes);
  });

  test('are kept when the run that makes them is interrupted', async () => {
    const args = ['prepare', 'secureml', '--store', 'cut', '--count'];
    const child = start([...args, '10000', '--json'], {}, folder);
    const end = ended(child);
    let ready = 0;
    while (ready < 3) {
      await sleep(100);
      const { code, stdout } = await tacit(['store', 'list', '--store', 'cut', '--json'], {}, folder);
      if (code === 0) ready = listSchema.parse(JSON.parse(stdout)).participants[0]?.ready ?? 0;
    }
    const busy = await tacit(['store', 'prune', '--store', 'cut', '--json'], {}, folder);
    expect(JSON.parse(busy.stdout).error).toEqual({
      code: 'STORE_IN_USE',
      message: expect.stringMatching(/ Wait for it$/),
    });
    const second = ['infer', 'secureml', '--input', 'mnist:0-1', '--store', 'cut', '--json'];
    const { error } = JSON.parse((await tacit(second, {}, folder)).stdout);
    expect(error).toEqual({ code: 'STORE_IN_USE', message: expect.stringMatching(/Wait for it, give --store none /) });
    child.kill('SIGINT');
    const { code, stdout } = await end;
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 130, error: 'INTERRUPTED' });
    const again = await run(prepareSchema, ...args, '4');
    expect(again.resumed).toBe(true);
    expect(again.bundles.had).toBeGreaterThanOrEqual(3);
  });
});

describe('a full disk', () => {
  test('ends prepare with what was made before, which can be spent', async () => {
    const args = ['secureml', '--store', 'full', '--json'];
    await run(prepareSchema, 'prepare', 'secureml', '--store', 'full', '--count', '1');
    const kiB = Math.ceil(statSync(join(folder, 'full', 'party1', fileOf('bundle 1'))).size / 1024) - 1;
    const { code, stdout, stderr } = await cramped(kiB, ['prepare', ...args, '--count', '50'], folder);
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 1, error: 'STORE_FULL' });
    expect(stderr).toMatch(/^tacit: the client: party [01]: expected room on the disk for \S+bundle-\d+, got .*\n$/);
    const { participants } = await run(listSchema, 'store', '--store', 'full');
    expect(participants[1]).toMatchObject({ owner: 'party1', ready: 1 });
    await run(verifySchema, 'store', 'verify', '--store', 'full');
    const spent = await cramped(kiB, ['infer', ...args, '--input', 'mnist:0-1'], folder);
    expect({ code: spent.code, stderr: spent.stderr }).toEqual({ code: 0, stderr: '' });
    expect(inferSchema.parse(JSON.parse(spent.stdout)).bundles).toMatchObject({ stored: 1, made: 0 });
  });
});

describe('a disk that is full from the start', () => {
  // of the ledger and its spare, and of the share of the model
  test.each([100, 600])('lets infer go on that keeps nothing: files of %d kiB', async (kiB) => {
    const store = ['secureml', '--store', `none ${kiB}`, '--json'];
    const { code, stdout, stderr } = await cramped(kiB, ['infer', ...store, '--input', 'mnist:0-1'], folder);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^tacit: none \d+ is not there: .*\ntacit: nothing is kept for later runs: expected room on the disk for .*\n$/,
    );
    const report = inferSchema.parse(JSON.parse(stdout));
    expect(report.bundles).toMatchObject({ stored: 0, made: 1 });
    expect(report.check?.bitIdentical).toBe(true);
    const prepared = await cramped(kiB, ['prepare', ...store, '--count', '1'], folder);
    expect({ code: prepared.code, error: JSON.parse(prepared.stdout).error.code }).toEqual({
      code: 1,
      error: 'STORE_FULL',
    });
    // and with room again
    const after = await run(prepareSchema, 'prepare', 'secureml', '--store', `none ${kiB}`, '--count', '1');
    expect(after.bundles).toMatchObject({ had: 0, made: 1 });
  });
});

describe('a damaged store', () => {
  test('is noticed by verify, and mended by prune', async () => {
    await run(prepareSchema, 'prepare', 'secureml', '--count', '2', '--store', 'damaged');
    expect(await run(verifySchema, 'store', 'verify', '--store', 'damaged')).toMatchObject({ bundles: 4, models: 2 });
    const path = join(folder, 'damaged', 'party1', fileOf('bundle 2'));
    const bytes = readFileSync(path);
    bytes[bytes.length - 30_000]! ^= 1;
    writeFileSync(path, bytes);
    const args = ['store', 'verify', '--store', 'damaged', '--json'];
    const { code, stdout, stderr } = await tacit(args, {}, folder);
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 1, error: 'STORE_CORRUPT' });
    expect(stderr).toMatch(/^tacit: expected every checksum as it was written, got another for bundle \d of party1\./);
    // what one party lost the other has no use for
    expect(await run(pruneSchema, 'store', 'prune', '--store', 'damaged')).toMatchObject({ bundles: 2, models: 0 });
    expect(await run(verifySchema, 'store', 'verify', '--store', 'damaged')).toMatchObject({ bundles: 2, models: 2 });
    const left = await run(inferSchema, 'infer', 'secureml', '--input', 'mnist:0-1', '--store', 'damaged');
    expect(left.bundles).toMatchObject({ stored: 1, made: 0 });
    const all = await run(pruneSchema, 'store', 'prune', '--all', '--store', 'damaged');
    expect(all).toMatchObject({ bundles: 0, models: 2 });
    expect(all.after).toBeLessThan(all.before);
    expect(readdirSync(join(folder, 'damaged')).sort()).toEqual(['dealer', 'owner', 'party0', 'party1']);
    const fresh = await run(prepareSchema, 'prepare', 'secureml', '--count', '1', '--store', 'damaged');
    expect(fresh).toMatchObject({ resumed: false, bundles: { had: 0, made: 1 } });
  });
});
