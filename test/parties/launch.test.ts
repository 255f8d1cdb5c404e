import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LaunchOptions, launch } from '../../parties/launch.js';
import { encode } from '../../src/core/fixed.js';
import type { TrustModel } from '../../src/core/trust.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { mapTraffic } from '../../src/plan/plan.js';
import { compilePlan } from '../../src/plan/two.js';
import type { Role } from '../../src/session/session.js';
import { PartyStore } from '../../src/store/party-store.js';
import { storeFolder } from '../../src/store/root.js';
import { storageIn } from '../../src/store/storage-folder.js';
import { listen } from '../../src/transport/websocket.js';
import { ModelMaker } from '../support/models.js';

const trust: TrustModel = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' };
const model = new ModelMaker(32, [40]).dense(30).nonlinear().dense(20).nonlinear().dense(10).done();
const plan = { graph: model.graph, batch: 2, trust };
const count = 3;
const inputs = Float32Array.from({ length: count * 40 }, (_, i) => ((i * 37) % 101) / 13 - 3);

/** Launches and records every process. */
function start(options: Partial<LaunchOptions> = {}): {
  result: ReturnType<typeof launch>;
  crew: Map<Role, ChildProcess>;
} {
  const crew = new Map<Role, ChildProcess>();
  const result = launch({ plan, model, inputs, count, onProcess: (role, child) => crew.set(role, child), ...options });
  return { result, crew };
}

async function freePort(): Promise<number> {
  const listener = await listen('127.0.0.1', 0, () => {});
  listener.close();
  return listener.port;
}

function alive(child: ChildProcess): boolean {
  try {
    process.kill(child.pid!, 0);
    return true;
  } catch {
    return false;
  }
}

describe('dealer, two parties and client as processes', () => {
  it.each(['dealer', 'ot'] as const)(
    'with threads, by %s: the same integers at the same cost',
    async (preprocessing) => {
      const large = new ModelMaker(32, [40]).dense(1200).nonlinear().dense(10).done();
      const input = { graph: large.graph, batch: 2, trust: { ...trust, preprocessing } };
      const { predicted } = compilePlan(input);
      for (const threads of [1, 3]) {
        const { result } = start({ plan: input, model: large, inputs: inputs.subarray(0, 80), count: 2, threads });
        const { outputs, passes, setup } = await result;
        const words = encode(32, 4, inputs.subarray(0, 80), { low: -8, high: 8 });
        expect([...outputs]).toEqual([...evaluatePlain(large, referenceKernels(), 2, words).output]);
        expect(setup.bytes).toEqual(predicted.setup);
        expect(passes[0]!.offline.bytes).toEqual(predicted.offline);
        expect(passes[0]!.online.bytes).toEqual(predicted.online);
        expect(passes[0]!.offline.rounds).toBe(predicted.rounds.offline);
      }
    },
  );

  it('give the integers of the plain evaluator at the predicted cost, and leave no process behind', async () => {
    const { result, crew } = start({ repeat: 2 });
    const { outputs, passes, setup, repeatable, peakMemoryBytes, startMs } = await result;
    const words = encode(32, 4, inputs, { low: -8, high: 8 });
    expect([...outputs]).toEqual([...evaluatePlain(model, referenceKernels(), count, words).output]);
    expect(repeatable).toBe(true);
    const { predicted } = compilePlan(plan);
    const twice = (traffic: object): object =>
      Object.fromEntries(Object.entries(traffic).map(([key, bytes]) => [key, 2 * bytes]));
    for (const pass of passes) {
      expect(pass.offline.bytes).toEqual(twice(predicted.offline));
      expect(pass.online.bytes).toEqual(twice(predicted.online));
      expect(pass.online.rounds).toBe(predicted.rounds.online);
      expect(pass.offline.rounds).toBe(predicted.rounds.offline);
    }
    expect(setup.bytes).toEqual(predicted.setup);
    expect(setup.rounds).toBe(predicted.rounds.setup);
    // the one lies within the other
    expect(startMs).toBeGreaterThan(setup.ms);
    for (const bytes of Object.values(peakMemoryBytes)) expect(bytes).toBeGreaterThan(10 * 1024 * 1024);
    expect([...crew.keys()].sort()).toEqual(['client', 'dealer', 'party0', 'party1']);
    for (const child of crew.values()) expect(alive(child)).toBe(false);
  });

  it.each(['dealer', 'ot'] as const)(
    'in the background, by %s: a bundle is made while another is spent, with the same integers, each once, at the predicted cost',
    async (preprocessing) => {
      const root = mkdtempSync(join(tmpdir(), 'tacit-background-'));
      try {
        const input = { ...plan, trust: { ...trust, preprocessing } };
        const { result } = start({ plan: input, store: root, repeat: 3, background: true });
        const { outputs, passes, repeatable } = await result;
        const words = encode(32, 4, inputs, { low: -8, high: 8 });
        expect([...outputs]).toEqual([...evaluatePlain(model, referenceKernels(), count, words).output]);
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

  for (const victim of ['party0', 'party1', 'dealer', 'client'] as const) {
    it(`end with PARTY_DIED when ${victim} is killed in mid-run`, async () => {
      const { result, crew } = start({ repeat: 10_000, onProgress: () => crew.get(victim)!.kill('SIGKILL') });
      await expect(result).rejects.toMatchObject({ code: 'PARTY_DIED', message: expect.stringContaining('SIGKILL') });
      for (const child of crew.values()) expect(alive(child)).toBe(false);
    });

    it(`end with PEER_TIMEOUT when ${victim} stalls`, async () => {
      const timeoutMs = 4000;
      let stopped = 0;
      const { result, crew } = start({
        repeat: 10_000,
        timeoutMs,
        onProgress: () => {
          if (stopped === 0) {
            stopped = performance.now();
            crew.get(victim)!.kill('SIGSTOP');
          }
        },
      });
      await expect(result).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
      expect(stopped).toBeGreaterThan(0);
      for (const child of crew.values()) expect(alive(child)).toBe(false);
    });
  }

  it('end with PARTY_DIED when a process cannot be started', async () => {
    const { execPath } = process;
    process.execPath = '/nonexistent/node';
    try {
      const { result, crew } = start();
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
    const { result, crew } = start({ plan: { ...plan, graph: large.graph }, model: large });
    await expect(result).rejects.toMatchObject({ code: 'UNSUPPORTED_LAYER' });
    expect(crew.size).toBe(0);
  });

  it('say PORT_TAKEN', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const { result, crew } = start({ ports: [0, port] });
    await expect(result).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(String(port)) });
    for (const child of crew.values()) expect(alive(child)).toBe(false);
    server.close();
  });

  it('stop when interrupted, and free their ports', async () => {
    const stop = new AbortController();
    const ports = await Promise.all([freePort(), freePort()]);
    const { result, crew } = start({ ports, repeat: 10_000, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(result).rejects.toMatchObject({ code: 'INTERRUPTED' });
    for (const child of crew.values()) expect(alive(child)).toBe(false);
    for (const port of ports) (await listen('127.0.0.1', port, () => {})).close();
  });
});
