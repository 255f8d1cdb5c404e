/**
 * SIGKILL at random moments: no bundle number is used in two sessions, on either side, whichever participant is killed.
 *
 * TACIT_CRASH_KILLS for a longer run, TACIT_CRASH_SEED for other moments and victims.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { PartyConfig } from '../../parties/config.js';
import { ProtocolError } from '../../src/core/errors.js';
import { BUNDLE_MEMORY } from '../../src/correlations/spool.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain } from '../../src/model/plain.js';
import type { Nonlinear, PlanInput } from '../../src/plan/compile.js';
import { keptBytes } from '../../src/plan/kept.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import { Client } from '../../src/roles/client.js';
import { Session } from '../../src/session/session.js';
import { PartyStore } from '../../src/store/party-store.js';
import { type StoreOwner, storeFolder } from '../../src/store/root.js';
import { TEMPORARY } from '../../src/store/spool-file.js';
import { storageIn } from '../../src/store/storage-folder.js';
import { dial } from '../../src/transport/dial.js';
import { ModelMaker } from '../support/models.js';
import { share } from '../support/parties.js';
import { randomIntegers } from '../support/session.js';

const KILLS = Number(process.env.TACIT_CRASH_KILLS ?? 200);
const SEED = Number(process.env.TACIT_CRASH_SEED ?? 1);
/** When the victim dies, of ten: a few ms after the start, after the client has joined, or after some of the client's work is done. */
const MOMENTS = ['start', ...Array<'joined'>(3).fill('joined'), ...Array<'working'>(6).fill('working')] as const;
type Moment = (typeof MOMENTS)[number];
const LONGEST_GAP_MS = 10;
const TIMEOUT_MS = 5000;
/** A participant that has not noticed by then that another is gone waits for it to come, and dies too. */
const PATIENCE_MS = 250;
const SPARES = 2;
/** What those are told who survive: by the link, by the client, or by the owner, who gives up. */
const AFTERMATH: readonly string[] = ['PEER_GONE', 'PEER_TIMEOUT', 'PARTY_DIED', 'INTERRUPTED'];

type HostRole = 'party0' | 'party1' | 'dealer';

/** Who plays, and what. */
interface Setting {
  readonly roles: readonly HostRole[];
  readonly kills: number;
  readonly longestMs: Readonly<Record<Moment, number>>;
  /** Requests of the client that may be answered before a participant dies. */
  readonly mostDone: number;
  readonly plan: PlanInput;
  readonly model: FixedModel;
}

function settingOf(
  preprocessing: 'dealer' | 'ot' | 'he',
  model: FixedModel,
  rest: Omit<Setting, 'plan' | 'model'>,
  nonlinear: Nonlinear = 'gc',
): Setting {
  const trust = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' } as const;
  return { ...rest, model, plan: { graph: model.graph, batch: 1, trust, nonlinear } };
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  'with a dealer': settingOf('dealer', new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done(), {
    roles: ['party0', 'party1', 'dealer'],
    kills: KILLS - 2 * Math.floor(KILLS / 5) - Math.floor(KILLS / 10) - Math.floor(KILLS / 20),
    longestMs: { start: 40, joined: 40, working: 8 },
    mostDone: 12,
  }),
  'with a dealer, on masked bits': settingOf(
    'dealer',
    new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done(),
    {
      roles: ['party0', 'party1', 'dealer'],
      kills: Math.floor(KILLS / 5),
      longestMs: { start: 40, joined: 40, working: 8 },
      mostDone: 12,
    },
    'bits',
  ),
  // party 1's bundles stream into files and out of them: those that are kept on the shelf, the others in files without a name
  'with a dealer, bundles in mid-stream': settingOf(
    'dealer',
    new ModelMaker(32, [12]).dense(95_000).nonlinear().dense(8).done(),
    {
      roles: ['party0', 'party1', 'dealer'],
      kills: Math.floor(KILLS / 20),
      longestMs: { start: 40, joined: 600, working: 900 },
      mostDone: 9,
    },
  ),
  // party 1's bundle takes several transactions, so that half-written ones occur
  'without a dealer': settingOf('ot', new ModelMaker(32, [12]).dense(6000).nonlinear().dense(8).done(), {
    roles: ['party0', 'party1'],
    kills: Math.floor(KILLS / 5),
    longestMs: { start: 40, joined: 200, working: 150 },
    mostDone: 5,
  }),
  // keys are lost with a process, and drawn anew
  'by ring LWE': settingOf('he', new ModelMaker(32, [12]).dense(400).nonlinear().dense(90).done(), {
    roles: ['party0', 'party1'],
    kills: Math.floor(KILLS / 10),
    longestMs: { start: 40, joined: 200, working: 150 },
    mostDone: 5,
  }),
};

const input = randomIntegers(12, 32, 7, 'x');

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

const roots: string[] = [];

afterAll(() => {
  for (const host of [...spares, ...hosts.values()]) host.process.kill('SIGKILL');
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

interface Plot {
  readonly victim: HostRole;
  readonly moment: Moment;
  readonly delayMs: number;
  /** Requests of the client that are answered before. */
  readonly done: number;
  /** Dies soon after, in every other session. */
  readonly second: HostRole | undefined;
  readonly gapMs: number;
}

/** Sessions in one setting, one after another, with the same stores. */
class Run {
  readonly root: string = mkdtempSync(join(tmpdir(), 'tacit-crash-'));
  readonly #setting: Setting;
  readonly #plan: Plan;
  readonly #expected: number[];
  /** Numbers with which the client has seen a right result. */
  readonly inferred: number[] = [];
  resumed = 0;
  spentFromStore = 0;
  mostReady = 0;
  /** Bundles that were found without an entry after a session. */
  halfWritten = 0;

  constructor(setting: Setting) {
    roots.push(this.root);
    this.#setting = setting;
    this.#plan = compilePlan(setting.plan);
    this.#expected = [...evaluatePlain(setting.model, referenceKernels(), 1, input).output];
  }

  folder(role: StoreOwner): string {
    return storeFolder(this.root, role);
  }

  async infer(client: Client, number: number): Promise<void> {
    expect([...(await client.infer(number, input)).output]).toEqual(this.#expected);
    this.inferred.push(number);
  }

  /**
   * Spends what is there, makes some for later, and makes and spends at once, one beside the other, until a participant dies.
   * @param done called with the number of requests that were answered
   */
  async work(client: Client, done: (requests: number) => void): Promise<void> {
    if (client.resumed) this.resumed++;
    this.mostReady = Math.max(this.mostReady, client.ready.length);
    let { next } = client;
    let requests = 0;
    done(requests);
    const infer = async (number: number): Promise<void> => {
      await this.infer(client, number);
      done(++requests);
    };
    const prepare = async (number: number, keep: boolean): Promise<void> => {
      await client.prepare(number, keep);
      done(++requests);
    };
    // some are left for the sessions after this one
    for (const number of client.ready.slice(0, 4)) {
      await Promise.all([infer(number), prepare(next++, true)]);
      this.spentFromStore++;
    }
    for (;;) {
      await prepare(next++, true);
      const number = next++;
      await prepare(number, false);
      await infer(number);
    }
  }

  /** One session, which ends with the death of the victim; without one it ends in good order. Returns how each role ended. */
  async session(
    plot: Plot | undefined,
    act: (client: Client, done: (requests: number) => void) => Promise<void>,
  ): Promise<Ended[]> {
    const { roles, plan, model } = this.#setting;
    const name = randomBytes(8).toString('hex');
    const common = { plan, session: name, timeoutMs: TIMEOUT_MS };
    const cast = new Map(roles.map((role) => [role, hostOf(role)]));
    const victim = plot && cast.get(plot.victim);
    const kill = (): void => void victim?.process.kill('SIGKILL');
    const at = (moment: Moment): void => {
      if (plot?.moment === moment) setTimeout(kill, plot.delayMs);
    };
    const giveUp = new AbortController();
    const { digest, trust } = this.#plan;
    const me = new Session({ role: 'client', planDigest: digest, trust, session: name }, { timeoutMs: TIMEOUT_MS });
    const listen = { host: '127.0.0.1', port: 0 };
    const ended: Promise<Ended>[] = [];
    const over = new Set<Host>();
    const played = (config: PartyConfig & { role: HostRole }): Promise<string> => {
      const host = cast.get(config.role)!;
      const { port, ended: end } = host.play(config);
      ended.push(end);
      void end.then(() => over.add(host));
      return Promise.race([port, end]).then((value) => `ws://127.0.0.1:${typeof value === 'number' ? value : 1}`);
    };
    at('start');
    const second = plot?.second && cast.get(plot.second);
    void victim?.gone.then(async () => {
      if (second) setTimeout(() => second.process.kill('SIGKILL'), plot.gapMs);
      me.fail(new ProtocolError('PARTY_DIED', 'expected all participants, one was killed. Start again'));
      giveUp.abort();
      await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
      for (const host of cast.values()) if (!over.has(host)) host.process.kill('SIGKILL');
    });
    const url0 = await played({ ...common, role: 'party0', listen, parties: [], store: this.folder('party0') });
    const url1 = await played({ ...common, role: 'party1', listen, store: this.folder('party1'), parties: [url0] });
    const urls = [url0, url1] as const;
    if (cast.has('dealer')) void played({ ...common, role: 'dealer', urls, store: this.folder('dealer') });
    const owner = share({ plan, model }, name, urls, this.folder('owner'), giveUp.signal).catch(() => {});
    const failure = await me
      .run(async () => {
        await me.join(await dial(url0, TIMEOUT_MS, giveUp.signal), ['party0']);
        await me.join(await dial(url1, TIMEOUT_MS, giveUp.signal), ['party1']);
        at('joined');
        await act(await Client.start(this.#plan, me), (requests) => {
          if (requests === plot?.done) at('working');
        });
      })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    // the client too is told that a participant is gone; a wrong result is something else
    const told = failure instanceof ProtocolError && AFTERMATH.includes(failure.code);
    if (failure && !(plot && told)) throw failure;
    // where the session ended before the victim did
    kill();
    await Promise.all([victim?.gone, second?.gone]);
    const ends = await Promise.all(ended);
    await owner;
    for (const [role, host] of cast) if (host.process.killed) hosts.delete(role);
    return ends.map((end, i) => (cast.get(roles[i]!)!.process.killed ? { code: 'killed' } : end));
  }

  /** Looks at what a killed party left behind. */
  async countHalfWritten(): Promise<void> {
    for (const party of [0, 1] as const) {
      const ready = await this.view(party, (store) => store.ledger.ready().length);
      const files = readdirSync(this.folder(`party${party}`));
      this.halfWritten += files.filter((name) => name.includes('bundle-')).length - ready;
      // a file without a name goes with its process
      expect(files.filter((name) => name.startsWith(TEMPORARY))).toEqual([]);
    }
  }

  async view<T>(party: 0 | 1, look: (store: PartyStore) => T): Promise<T> {
    const store = new PartyStore(party, storageIn(this.folder(`party${party}`), 'look'));
    try {
      return look(store);
    } finally {
      await store.close();
    }
  }
}

it('a bundle that is to stream is too large for memory', () => {
  const plan = compilePlan(SETTINGS['with a dealer, bundles in mid-stream']!.plan);
  expect(keptBytes(plan)[1]).toBeGreaterThan(BUNDLE_MEMORY);
});

describe(`${KILLS} kills`, () => {
  it.each(Object.entries(SETTINGS))('%s', { timeout: 60_000 + KILLS * 2000 }, async (title, setting) => {
    const { roles, kills: most, longestMs, mostDone } = setting;
    const run = new Run(setting);
    const random = uniform(SEED);
    const codes = new Map<string, number>();
    for (let kills = 0; kills < most; ) {
      const victim = roles[Math.floor(random() * roles.length)]!;
      const moment = MOMENTS[Math.floor(random() * MOMENTS.length)]!;
      const delayMs = random() * longestMs[moment];
      const done = Math.floor(random() * mostDone);
      const second = roles.filter((role) => role !== victim)[Math.floor(random() * 4)];
      const gapMs = random() * LONGEST_GAP_MS;
      const plot = { victim, moment, delayMs, done, second, gapMs };
      const ends = await run.session(plot, (client, answered) => run.work(client, answered));
      if (run.inferred.length > 0) await run.countHalfWritten();
      for (const { code, message } of ends) {
        if (code === 'killed') kills++;
        codes.set(code, (codes.get(code) ?? 0) + 1);
        // a survivor is told that a peer is gone, and nothing else goes wrong
        expect(['killed', ...AFTERMATH], message).toContain(code);
      }
    }
    // all start again, and what is left can be spent
    let left: number[] = [];
    let last = 0;
    await run.session(undefined, async (client) => {
      left = client.ready;
      for (const number of left) await run.infer(client, number);
      expect(client.resumed).toBe(true);
      last = client.next;
      await client.prepare(last, true);
      await client.end();
    });
    const claims = [await run.view(0, (s) => s.ledger.claims()), await run.view(1, (s) => s.ledger.claims())];
    const highWaters = [await run.view(0, (s) => s.ledger.highWater), await run.view(1, (s) => s.ledger.highWater)];
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
      for (const number of run.inferred) expect(sessions.has(number)).toBe(true);
    }
    expect(new Set(run.inferred).size).toBe(run.inferred.length);
    // nothing half-written is left, no model but the one that is held, and no file of what was spent
    for (const party of [0, 1] as const) {
      const store = new PartyStore(party, storageIn(run.folder(`party${party}`)));
      const [only] = store.ledger.ready();
      expect(store.ledger.ready().length).toBe(1);
      expect(only!.number).toBe(last);
      expect(store.models().length).toBe(1);
      expect(store.sweep()).toBe(0);
      await store.close();
      expect(readdirSync(run.folder(`party${party}`)).length).toBe(4);
    }
    expect(run.inferred.length).toBeGreaterThan(most / 20);
    console.log(
      `${title}: ${most} kills, ${run.inferred.length} inferences, ${run.spentFromStore} from the store, ${run.resumed} sessions resumed, ${run.halfWritten} bundles half-written or not yet deleted, ${left.length} left`,
      Object.fromEntries(codes),
    );
  });
});
