/**
 * SIGKILL at random moments: no bundle number is used in two sessions, on either side, whoever is killed.
 *
 * TACIT_CRASH_KILLS for a longer run, TACIT_CRASH_SEED for other moments and victims.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { PartyConfig } from '../../parties/config.js';
import { Client } from '../../src/client.js';
import { ProtocolError } from '../../src/core/errors.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { compilePlan, type PlanInput } from '../../src/plan/plan.js';
import { Session } from '../../src/session.js';
import type { Claim } from '../../src/store/ledger.js';
import { PartyStore, SHELF_FILE } from '../../src/store/party-store.js';
import { storeFolder } from '../../src/store/root.js';
import { dial } from '../../src/transport/websocket.js';
import { ModelMaker } from '../support/models.js';
import { share } from '../support/parties.js';
import { randomIntegers } from '../support/session.js';

const KILLS = Number(process.env.TACIT_CRASH_KILLS ?? 200);
const SEED = Number(process.env.TACIT_CRASH_SEED ?? 1);
/** When the victim dies, of ten: a few ms after the start, after the client has joined, or after some of the client's work is done. */
const MOMENTS = ['start', ...Array<'joined'>(3).fill('joined'), ...Array<'working'>(6).fill('working')] as const;
const LONGEST_MS = { start: 40, joined: 40, working: 8 } as const;
const MOST_DONE = 12;
const LONGEST_GAP_MS = 10;
const TIMEOUT_MS = 5000;
/** Who has not noticed by then that somebody is gone waits for it to come, and dies too. */
const PATIENCE_MS = 250;
const SPARES = 2;
/** What those are told who survive: by the link, by the client, or by the owner, who gives up. */
const AFTERMATH: readonly string[] = ['PEER_GONE', 'PEER_TIMEOUT', 'PARTY_DIED', 'INTERRUPTED'];

const ROLES = ['party0', 'party1', 'dealer'] as const;
type HostRole = (typeof ROLES)[number];

const root = mkdtempSync(join(tmpdir(), 'tacit-crash-'));
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
const model = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done();
const planInput: PlanInput = { graph: model.graph, batch: 1, trust };
const plan = compilePlan(planInput);
const kernels = wasmKernels(loadKernelModule());
const input = randomIntegers(12, 32, 7, 'x');
const expected = [...evaluatePlain(model, referenceKernels(), 1, input).output];

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Ended {
  readonly code: string;
  readonly message?: string;
}

/** A process that plays a role, session after session. */
class Host {
  readonly process: ChildProcess;
  readonly gone: Promise<void>;
  #listening: (port: number) => void = () => {};
  #ended: (ended: Ended) => void = () => {};

  constructor() {
    const path = fileURLToPath(new URL('../support/party-host.mjs', import.meta.url));
    this.process = fork(path, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.gone = new Promise((resolve) => this.process.once('exit', () => resolve()));
    this.process.once('exit', (code, signal) => {
      if (!this.process.killed) this.#ended({ code: 'DIED', message: `by itself: ${signal ?? `exit code ${code}`}` });
    });
    this.process.on('message', (message: { type: string; port?: number } & Ended) => {
      if (message.type === 'listening') this.#listening(message.port!);
      else if (message.type === 'ended') this.#ended(message);
    });
  }

  /** The port where it listens, and how it ends; killed counts as ended. */
  play(config: PartyConfig): { port: Promise<number>; ended: Promise<Ended> } {
    const port = new Promise<number>((resolve) => {
      this.#listening = resolve;
    });
    const over = new Promise<Ended>((resolve) => {
      this.#ended = resolve;
    });
    // one that is being killed may still look connected: `gone` tells
    if (this.process.connected) this.process.send(config, () => {});
    return {
      port,
      ended: Promise.race([over, this.gone.then(() => ({ code: this.process.killed ? 'killed' : 'DIED' }))]),
    };
  }
}

const spares: Host[] = [];
const hosts = new Map<HostRole, Host>();

function hostOf(role: HostRole): Host {
  while (spares.length <= SPARES) spares.push(new Host());
  const host = hosts.get(role) ?? spares.shift()!;
  hosts.set(role, host);
  return host;
}

afterAll(() => {
  for (const host of [...spares, ...hosts.values()]) host.process.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

interface Plot {
  readonly victim: HostRole;
  readonly moment: (typeof MOMENTS)[number];
  readonly delayMs: number;
  /** Requests of the client that are answered before. */
  readonly done: number;
  /** Dies soon after, in every other session. */
  readonly second: HostRole | undefined;
  readonly gapMs: number;
}

/** Numbers with which the client has seen a right result. */
const inferred: number[] = [];
let resumed = 0;
let spentFromStore = 0;

/**
 * Spends what is there, makes some for later, and makes and spends at once, one beside the other, until somebody dies.
 * @param done called with the number of requests that were answered
 */
async function work(client: Client, done: (requests: number) => void): Promise<void> {
  if (client.resumed) resumed++;
  let { next } = client;
  let requests = 0;
  done(requests);
  const infer = async (number: number): Promise<void> => {
    expect([...(await client.infer(number, input)).output]).toEqual(expected);
    inferred.push(number);
    done(++requests);
  };
  const prepare = async (number: number, keep: boolean): Promise<void> => {
    await client.prepare(number, keep);
    done(++requests);
  };
  // some are left for the sessions after this one
  for (const number of client.ready.slice(0, 4)) {
    await Promise.all([infer(number), prepare(next++, true)]);
    spentFromStore++;
  }
  for (;;) {
    await prepare(next++, true);
    const number = next++;
    await prepare(number, false);
    await infer(number);
  }
}

/** One session, which ends with the death of the victim; without one it ends in good order. Returns how each role ended. */
async function session(
  plot: Plot | undefined,
  act: (client: Client, done: (requests: number) => void) => Promise<void>,
): Promise<Ended[]> {
  const name = randomBytes(8).toString('hex');
  const common = { plan: planInput, session: name, timeoutMs: TIMEOUT_MS };
  const cast = ROLES.map(hostOf) as [Host, Host, Host];
  const [host0, host1, dealer] = cast;
  const victim = plot && hostOf(plot.victim);
  const kill = (): void => void victim?.process.kill('SIGKILL');
  const at = (moment: Plot['moment']): void => {
    if (plot?.moment === moment) setTimeout(kill, plot.delayMs);
  };
  const giveUp = new AbortController();
  const me = new Session({ role: 'client', planDigest: plan.digest, trust, session: name }, { timeoutMs: TIMEOUT_MS });
  const listen = { host: '127.0.0.1', port: 0 };
  const folder = (role: HostRole): string => storeFolder(root, role);
  const ended: Promise<Ended>[] = [];
  const over = new Set<Host>();
  const played = (host: Host, config: PartyConfig): Promise<string> => {
    const { port, ended: end } = host.play(config);
    ended.push(end);
    void end.then(() => over.add(host));
    return Promise.race([port, end]).then((value) => `ws://127.0.0.1:${typeof value === 'number' ? value : 1}`);
  };
  at('start');
  const second = plot?.second && hostOf(plot.second);
  void victim?.gone.then(async () => {
    if (second) setTimeout(() => second.process.kill('SIGKILL'), plot.gapMs);
    me.fail(new ProtocolError('PARTY_DIED', 'expected everybody, one was killed. Start again'));
    giveUp.abort();
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    for (const host of cast) if (!over.has(host)) host.process.kill('SIGKILL');
  });
  const url0 = await played(host0, { ...common, role: 'party0', listen, store: folder('party0') });
  const url1 = await played(host1, { ...common, role: 'party1', listen, store: folder('party1'), party0: url0 });
  const urls = [url0, url1] as const;
  void played(dealer, { ...common, role: 'dealer', urls, store: folder('dealer') });
  const owner = share({ plan: planInput, model }, name, urls, storeFolder(root, 'owner'), giveUp.signal).catch(
    () => {},
  );
  const failure = await me
    .run(async () => {
      await me.join(await dial(url0, TIMEOUT_MS, giveUp.signal), ['party0']);
      await me.join(await dial(url1, TIMEOUT_MS, giveUp.signal), ['party1']);
      at('joined');
      await act(await Client.start(plan, kernels, me), (requests) => {
        if (requests === plot?.done) at('working');
      });
    })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  // the client too is told that somebody is gone; a wrong result is something else
  const told = failure instanceof ProtocolError && AFTERMATH.includes(failure.code);
  if (failure && !(plot && told)) throw failure;
  // where the session ended before the victim did
  kill();
  await Promise.all([victim?.gone, second?.gone]);
  const ends = await Promise.all(ended);
  await owner;
  for (const [i, role] of ROLES.entries()) if (cast[i]!.process.killed) hosts.delete(role);
  return ends.map((end, i) => (cast[i]!.process.killed ? { code: 'killed' } : end));
}

async function view<T>(party: 0 | 1, look: (store: PartyStore) => T): Promise<T> {
  const store = PartyStore.view(party, storeFolder(root, `party${party}`));
  try {
    return look(store);
  } finally {
    await store.close();
  }
}

it(`${KILLS} kills`, { timeout: 60_000 + KILLS * 2000 }, async () => {
  const random = uniform(SEED);
  const codes = new Map<string, number>();
  for (let kills = 0; kills < KILLS; ) {
    const victim = ROLES[Math.floor(random() * ROLES.length)]!;
    const moment = MOMENTS[Math.floor(random() * MOMENTS.length)]!;
    const delayMs = random() * LONGEST_MS[moment];
    const done = Math.floor(random() * MOST_DONE);
    const second = ROLES.filter((role) => role !== victim)[Math.floor(random() * 4)];
    const gapMs = random() * LONGEST_GAP_MS;
    const ends = await session({ victim, moment, delayMs, done, second, gapMs }, work);
    for (const { code, message } of ends) {
      if (code === 'killed') kills++;
      codes.set(code, (codes.get(code) ?? 0) + 1);
      // whoever survives is told that a peer is gone, and nothing else goes wrong
      expect(['killed', ...AFTERMATH], message).toContain(code);
    }
  }
  // everybody starts again, and what is left can be spent
  let left: number[] = [];
  await session(undefined, async (client) => {
    left = client.ready;
    for (const number of left) expect([...(await client.infer(number, input)).output]).toEqual(expected);
    inferred.push(...left);
    expect(client.resumed).toBe(true);
    await client.end();
  });
  const claims = (await Promise.all([view(0, (s) => s.ledger.claims()), view(1, (s) => s.ledger.claims())])) as [
    Claim[],
    Claim[],
  ];
  const highWaters = await Promise.all([view(0, (s) => s.ledger.highWater), view(1, (s) => s.ledger.highWater)]);
  const sessions = new Map<number, string>();
  for (const [party, own] of claims.entries()) {
    const numbers = own.map(({ number }) => number);
    expect(new Set(numbers).size, `party ${party} used a number twice`).toBe(numbers.length);
    for (const { number, session: used } of own) {
      expect(sessions.get(number) ?? used, `number ${number} in two sessions`).toBe(used);
      sessions.set(number, used);
    }
    expect(Math.max(...numbers)).toBeLessThanOrEqual(highWaters[party]!);
    // whatever the client has seen a result of is recorded
    for (const number of inferred) expect(sessions.has(number)).toBe(true);
  }
  expect(new Set(inferred).size).toBe(inferred.length);
  // nothing half-written is left, and the room of what was spent was used again
  for (const party of [0, 1] as const) {
    const store = PartyStore.open(party, storeFolder(root, `party${party}`));
    expect(store.ledger.ready()).toEqual([]);
    expect(store.sweep()).toBe(0);
    await store.close();
    expect(statSync(join(storeFolder(root, `party${party}`), SHELF_FILE)).size).toBeLessThan(20e6);
  }
  expect(inferred.length).toBeGreaterThan(KILLS / 4);
  console.log(
    `${KILLS} kills, ${inferred.length} inferences, ${spentFromStore} from the store, ${resumed} sessions resumed, ${left.length} left`,
    Object.fromEntries(codes),
  );
});
