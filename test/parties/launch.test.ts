import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { predict } from '../../parties/launch.js';
import { decode } from '../../src/core/fixed.js';
import { mapTraffic } from '../../src/plan/plan.js';
import { compilePlan } from '../../src/plan/two.js';
import { PartyStore } from '../../src/store/party-store.js';
import { storeFolder } from '../../src/store/root.js';
import { storageIn } from '../../src/store/storage-folder.js';
import { listen } from '../../src/transport/websocket.js';
import {
  count,
  expectFailure,
  expectNoneAlive,
  inputs,
  model,
  plainOutputs,
  planOf,
  start,
  twoParties as trust,
} from '../support/crew.js';
import { ModelMaker } from '../support/models.js';

async function freePort(): Promise<number> {
  const listener = await listen('127.0.0.1', 0, () => {});
  listener.close();
  return listener.port;
}

describe('reals in, reals out', () => {
  it('gives what the plain evaluator gives, decoded, and takes no other reals', async () => {
    const { graph } = model;
    const { values, passes } = await predict(model, Array.from(inputs), { batch: 2 });
    const output = graph.nodes[graph.output]!;
    expect([...values]).toEqual([...decode(graph.ringBits, output.fractionBits, Uint32Array.from(plainOutputs()))]);
    expect(passes[0]!.made).toBe(Math.ceil(count / 2));
    await expect(predict(model, [1, 2])).rejects.toMatchObject({ code: 'BAD_SHAPE' });
    await expect(predict(model, [])).rejects.toMatchObject({ code: 'BAD_SHAPE' });
    await expect(
      predict(
        model,
        inputs.map(() => Number.NaN),
      ),
    ).rejects.toMatchObject({ code: 'BAD_VALUE' });
  });
});

describe('dealer, two parties and client as processes', () => {
  it('give the integers of the plain evaluator at the predicted cost, and leave no process behind', async () => {
    const { result, crew } = start(trust, { repeat: 2 });
    const { outputs, passes, setup, repeatable, peakMemoryBytes, startMs } = await result;
    expect([...outputs]).toEqual(plainOutputs());
    expect(repeatable).toBe(true);
    const { predicted } = compilePlan(planOf(trust));
    for (const pass of passes) {
      expect(pass.offline.bytes).toEqual(mapTraffic(predicted.offline, (bytes) => 2 * bytes));
      expect(pass.online.bytes).toEqual(mapTraffic(predicted.online, (bytes) => 2 * bytes));
      expect(pass.online.rounds).toBe(predicted.rounds.online);
      expect(pass.offline.rounds).toBe(predicted.rounds.offline);
    }
    expect(setup.bytes).toEqual(predicted.setup);
    expect(setup.rounds).toBe(predicted.rounds.setup);
    // the one lies within the other
    expect(startMs).toBeGreaterThan(setup.ms);
    for (const bytes of Object.values(peakMemoryBytes)) expect(bytes).toBeGreaterThan(10 * 1024 * 1024);
    expect([...crew.keys()].sort()).toEqual(['client', 'dealer', 'party0', 'party1']);
    expectNoneAlive(crew);
  });

  it.each(['dealer', 'ot'] as const)(
    'in the background, by %s: a bundle is made while another is spent, with the same integers, each once, at the predicted cost',
    async (preprocessing) => {
      const root = mkdtempSync(join(tmpdir(), 'tacit-background-'));
      try {
        const input = planOf({ ...trust, preprocessing });
        const { result } = start(trust, { plan: input, store: root, repeat: 3, background: true });
        const { outputs, passes, repeatable } = await result;
        expect([...outputs]).toEqual(plainOutputs());
        expect(repeatable).toBe(true);
        const { predicted } = compilePlan(input);
        expect(passes.length).toBe(3);
        for (const { made, offline, online } of passes) {
          expect(made).toBe(2);
          expect(offline.bytes).toEqual(mapTraffic(predicted.offline, (bytes) => 2 * bytes));
          expect(online.bytes).toEqual(mapTraffic(predicted.online, (bytes) => 2 * bytes));
          expect(offline.rounds).toBe(predicted.rounds.offline);
          expect(online.rounds).toBe(predicted.rounds.online);
        }
        for (const party of [0, 1] as const) {
          const store = new PartyStore(party, storageIn(storeFolder(root, `party${party}`)));
          expect(store.ledger.claims().map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
          expect(store.ledger.ready()).toEqual([]);
          await store.close();
        }
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    },
  );

  // every process, killed and stalled: launch-faults.slow.test.ts
  it('end when a party is killed in mid-run', async () => {
    await expectFailure(trust, 'party1', 'SIGKILL', {
      code: 'PARTY_DIED',
      message: expect.stringContaining('SIGKILL'),
    });
  });

  it.each<readonly [string, Parameters<typeof start>[1], string]>([
    ['no input', { count: 0, inputs: inputs.subarray(0, 0) }, 'BAD_VALUE'],
    ['no pass', { repeat: 0 }, 'BAD_VALUE'],
    ['less than a pass', { repeat: -1 }, 'BAD_VALUE'],
    ['no thread', { threads: 0 }, 'BAD_VALUE'],
    ['a value too few', { inputs: inputs.subarray(1) }, 'BAD_SHAPE'],
  ])('do not start for %s', async (_, options, code) => {
    const { result, crew } = start(trust, options);
    await expect(result).rejects.toMatchObject({ code });
    expect(crew.size).toBe(0);
  });

  it('end with PARTY_DIED when a process cannot be started', async () => {
    const { execPath } = process;
    process.execPath = '/nonexistent/node';
    try {
      const { result, crew } = start(trust);
      await expect(result).rejects.toMatchObject({ code: 'PARTY_DIED', message: expect.stringContaining('ENOENT') });
      for (const child of crew.values()) expect(child.pid).toBeUndefined();
    } finally {
      process.execPath = execPath;
    }
  });

  it('do not start where the plan cannot be: a circuit of too many wires', async () => {
    const image = { inHeight: 256, inWidth: 256, channels: 1, windowHeight: 256, windowWidth: 256 };
    const pool = { ...image, strideHeight: 1, strideWidth: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
    const large = new ModelMaker(32, [256, 256, 1]).nonlinear({ pool, width: 17 }).done();
    const { result, crew } = start(trust, {
      plan: { ...planOf(trust), graph: large.graph },
      model: large,
      inputs: new Float32Array(count * 256 * 256),
    });
    await expect(result).rejects.toMatchObject({ code: 'UNSUPPORTED_LAYER' });
    expect(crew.size).toBe(0);
  });

  it('say PORT_TAKEN', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const { result, crew } = start(trust, { ports: [0, port] });
    await expect(result).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(String(port)) });
    expectNoneAlive(crew);
    server.close();
  });

  it('stop when interrupted, and free their ports', async () => {
    const stop = new AbortController();
    const ports = await Promise.all([freePort(), freePort()]);
    const { result, crew } = start(trust, {
      ports,
      repeat: 10_000,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(result).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expectNoneAlive(crew);
    for (const port of ports) (await listen('127.0.0.1', port, () => {})).close();
  });
});
