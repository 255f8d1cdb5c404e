/**
 * Starts the parties (two and a dealer, or three) and the client as processes of their own on loopback, plays the model owner, and
 * waits for the client's result. Whatever happens, no process is left behind.
 * @module
 */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, TacitError } from '../src/core/errors.js';
import { sizeOf } from '../src/core/ring.js';
import { hasDealer, type TrustModel } from '../src/core/trust.js';
import type { FixedModel } from '../src/model/fixed-model.js';
import type { PlanInput } from '../src/plan/compile.js';
import { type AnyPlan, planOf } from '../src/plan/plan.js';
import { randomName } from '../src/platform/random.js';
import { checkNeeds } from '../src/roles/needs.js';
import type { Address } from '../src/roles/options.js';
import { runOwner } from '../src/roles/owner.js';
import { countOf } from '../src/roles/predict.js';
import { batchesOf, realsOf } from '../src/roles/reals.js';
import { ROLE_NAMES, type Role } from '../src/session/session.js';
import { type StoreOwner, storeFolder } from '../src/store/root.js';
import type { NetworkProfile } from '../src/transport/link.js';
import type { ClientConfig, ClientResult, PartyConfig, PartyMessage, PrepareResult } from './config.js';
import { errorOf, wasTold } from './failure.js';

export type { Pass, PrepareResult } from './config.js';

const HOST = '127.0.0.1';
const DEFAULT_TIMEOUT_MS = 30_000;
/** How long the first error waits for one that explains it. */
const GRACE_MS = 300;
/** Inputs a bundle of `predict` where nothing is said. */
const MOST_BATCH = 16;
const DEALER: TrustModel = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' };

/** What every run of all parties on this machine needs. */
export interface CrewOptions {
  readonly plan: PlanInput;
  readonly model: FixedModel;
  /** The root of the bundle stores, a folder for each participant; without it nothing outlives the run. */
  readonly store?: string;
  readonly network?: NetworkProfile;
  /** Threads of each process that takes part in the offline phase; default one less than cores. */
  readonly threads?: number;
  /** How long a party waits for another; default 30 s. */
  readonly timeoutMs?: number;
  /** Ports of the compute parties; default: free ones. */
  readonly ports?: readonly number[];
  /** Told of progress: batches done and the fraction of the one under way. */
  readonly onProgress?: (phase: 'offline' | 'online', batch: number, fraction: number) => void;
  /** Ends the run: every process is stopped. */
  readonly signal?: AbortSignal;
  /** Told when a process has started, e.g. to show or (in tests) to kill it. */
  readonly onProcess?: (role: Role, process: ChildProcess) => void;
}

export interface LaunchOptions extends CrewOptions {
  /** Reals, [count, ...input shape]. */
  readonly inputs: Float32Array;
  readonly count: number;
  /** Passes over the inputs; default 1. */
  readonly repeat?: number;
  /** Have each bundle made while the one before is spent; default false: one after the other, so that what each phase takes can be measured. */
  readonly background?: boolean;
}

export interface PrepareOptions extends CrewOptions {
  readonly store: string;
  /** Bundles that the stores are to hold. */
  readonly count: number;
}

export interface Timing {
  /** From the start of the first process until the parties had the model, with all that they hold in common. */
  readonly startMs: number;
  readonly totalMs: number;
}

export interface LaunchResult extends ClientResult, Timing {}

/** @throws as `run` */
export async function launch(options: LaunchOptions): Promise<LaunchResult> {
  const { inputs, count, repeat = 1, background = false } = options;
  checkCount('count', count);
  checkCount('repeat', repeat);
  const expected = count * sizeOf(options.plan.graph.nodes[0]!.shape);
  if (inputs.length !== expected) {
    throw new TacitError('BAD_SHAPE', `expected ${expected} values of ${count} inputs, got ${inputs.length}`);
  }
  return run(options, { kind: 'infer', inputs, count, repeat, background }, (client) => client.result);
}

/** Both have defaults: two parties and a dealer that show logits, and all inputs of up to 16 in one bundle. */
export interface PredictOptions extends Omit<CrewOptions, 'plan' | 'model'> {
  readonly trust?: TrustModel;
  /** Inputs that one bundle serves. */
  readonly batch?: number;
}

export interface PredictResult extends LaunchResult {
  /** What the policy reveals, an input after the other: logits as the model's file gives them, or indices of labels. */
  readonly values: Float64Array;
}

/**
 * Reals in, reals out: a private inference of one input or more, all parties processes of this machine.
 * @param reals each input of the shape of the model's input, within its range
 * @throws BAD_SHAPE and BAD_VALUE on other reals before anything starts, and as `run`
 */
export async function predict(
  model: FixedModel,
  reals: ArrayLike<number>,
  { trust = DEALER, batch, ...options }: PredictOptions = {},
): Promise<PredictResult> {
  const { graph } = model;
  const count = countOf(graph.nodes[0]!.shape, reals);
  const plan = planOf({ graph, batch: batch ?? Math.min(count, MOST_BATCH), trust });
  const inputs = Float32Array.from(reals);
  // a value outside the range is found out here, not by a process
  batchesOf(plan, inputs, count);
  const result = await launch({ ...options, plan: { graph, batch: plan.batch, trust }, model, inputs, count });
  return { ...result, values: realsOf(plan, result.outputs, count) };
}

/** Has bundles made for later runs with the same model and store. @throws as `run`, and STORE_FULL where there is no room for more */
export async function prepareBundles(options: PrepareOptions): Promise<PrepareResult & Timing> {
  checkCount('count', options.count);
  return run(options, { kind: 'prepare', count: options.count }, (client) => client.prepared);
}

/** @throws BAD_VALUE on anything but a whole number from 1 */
function checkCount(field: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new TacitError('BAD_VALUE', `expected ${field} to be a whole number from 1, got ${value}`);
}

/** @throws BAD_VALUE and BAD_SHAPE on options that make no sense, TacitError of the party whose failure explains the end, PARTY_DIED where one vanished, INTERRUPTED on abort */
async function run<T>(
  options: CrewOptions,
  work: ClientConfig['work'],
  resultOf: (client: Member) => Promise<T>,
): Promise<T & Timing> {
  const start = performance.now();
  if (options.threads !== undefined) checkCount('threads', options.threads);
  // a plan that cannot be is found out before anything starts
  const plan = planOf(options.plan);
  const { store, threads } = options;
  const use =
    work.kind === 'prepare' ? { bundles: work.count, keep: true } : { bundles: work.background ? 2 : 1, keep: false };
  checkNeeds(plan, { ...use, store, threads });
  const crew = new Crew(options.onProcess);
  const interrupt = (): void =>
    crew.fail('launcher', new TacitError('INTERRUPTED', 'expected to finish, was interrupted'));
  options.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    if (options.signal?.aborted) interrupt();
    const client = await crew.guard(startSession(crew, options, plan, work));
    await crew.guard(client.ready);
    const startMs = performance.now() - start;
    const result = await crew.guard(resultOf(client));
    await crew.guard(crew.allDone(options.timeoutMs ?? DEFAULT_TIMEOUT_MS));
    return { ...result, startMs, totalMs: performance.now() - start };
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    await crew.stop();
  }
}

/** Starts all processes, and shares the model. */
async function startSession(
  crew: Crew,
  options: CrewOptions,
  plan: AnyPlan,
  work: ClientConfig['work'],
): Promise<Member> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const session = randomName('session/name');
  const network = options.network ? { network: options.network } : {};
  const common = { plan: options.plan, session, timeoutMs, ...network };
  const working = { ...common, ...(options.threads === undefined ? {} : { threads: options.threads }) };
  const { trust } = plan;
  const roles = trust.parties === 3 ? (['party0', 'party1', 'party2'] as const) : (['party0', 'party1'] as const);
  const parties = roles.map((role) => crew.start(role));
  const dealer = hasDealer(trust) ? crew.start('dealer') : undefined;
  const client = crew.start('client', options.onProgress);
  const storeOf = (role: StoreOwner): { store?: string } =>
    options.store === undefined || trust.parties === 3 ? {} : { store: storeFolder(options.store, role) };
  const urls: string[] = [];
  for (const [i, role] of roles.entries()) {
    const store = role === 'party2' ? {} : storeOf(role);
    const listen: Address = { host: HOST, port: options.ports?.[i] ?? 0 };
    parties[i]!.configure({ ...working, role, listen, parties: [...urls], ...store });
    urls.push(`ws://${HOST}:${await crew.within(timeoutMs, parties[i]!, parties[i]!.listening)}`);
  }
  dealer?.configure({ ...working, role: 'dealer', urls: [urls[0]!, urls[1]!], ...storeOf('dealer') });
  client.configure({ ...common, role: 'client', urls, work });
  const { model, signal } = options;
  await runOwner({
    plan: options.plan,
    session,
    timeoutMs,
    model,
    urls,
    ...storeOf('owner'),
    ...(signal ? { signal } : {}),
  });
  return client;
}

interface Member {
  readonly role: Role;
  readonly process: ChildProcess;
  readonly listening: Promise<number>;
  readonly ready: Promise<void>;
  readonly result: Promise<ClientResult>;
  readonly prepared: Promise<PrepareResult>;
  readonly exited: Promise<void>;
  configure(config: PartyConfig): void;
}

/** Errors that a party has because of another's: they explain less. */
const CONSEQUENCES: readonly ErrorCode[] = ['PEER_GONE', 'PEER_FAILED', 'PEER_TIMEOUT', 'PARTY_DIED'];

/** The processes of one run. */
class Crew {
  readonly #members: Member[] = [];
  readonly #onProcess: CrewOptions['onProcess'];
  readonly #errors: { readonly from: string; readonly error: TacitError }[] = [];
  readonly #failed: Promise<never>;
  #reject: (error: TacitError) => void = () => {};
  #stopping = false;

  constructor(onProcess: CrewOptions['onProcess']) {
    this.#onProcess = onProcess;
    this.#failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.#failed.catch(() => {});
  }

  /** The work, or the failure that explains why it cannot be done. */
  async guard<T>(work: Promise<T>): Promise<T> {
    work.catch((error: unknown) => {
      if (error instanceof TacitError) this.fail('launcher', error);
      else this.#reject(error as TacitError);
    });
    return Promise.race([this.#failed, work.catch(() => this.#failed)]);
  }

  /** Forks a process; it waits for its configuration. */
  start(role: Role, onProgress?: CrewOptions['onProgress']): Member {
    const child = fork(entry(), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let listening: (port: number) => void = () => {};
    let ready: () => void = () => {};
    let result: (value: ClientResult) => void = () => {};
    let prepared: (value: PrepareResult) => void = () => {};
    const member: Member = {
      role,
      process: child,
      listening: new Promise((resolve) => {
        listening = resolve;
      }),
      ready: new Promise((resolve) => {
        ready = resolve;
      }),
      result: new Promise((resolve) => {
        result = resolve;
      }),
      prepared: new Promise((resolve) => {
        prepared = resolve;
      }),
      exited: new Promise((resolve) => {
        child.once('exit', () => resolve());
        // one that could not be started does not exit either
        if (child.pid === undefined) child.once('error', () => resolve());
      }),
      configure: (config) => {
        child.send(config, () => {});
      },
    };
    child.on('message', (message: PartyMessage) => {
      if (message.type === 'listening') listening(message.port);
      else if (message.type === 'ready') ready();
      else if (message.type === 'progress') onProgress?.(message.phase, message.batch, message.fraction);
      else if (message.type === 'result') result(message.result);
      else if (message.type === 'prepared') prepared(message.result);
      else this.fail(ROLE_NAMES[role], errorOf(message));
    });
    child.on('error', (error) => this.fail(ROLE_NAMES[role], died(role, error.message)));
    child.on('exit', (code, signal) => {
      if (code !== 0) this.fail(ROLE_NAMES[role], died(role, signal ?? `exit code ${code}`));
    });
    this.#members.push(member);
    this.#onProcess?.(role, child);
    return member;
  }

  /** Notes a failure; the one that explains most is thrown, a moment later. */
  fail(from: string, error: TacitError): void {
    if (this.#stopping) return;
    this.#errors.push({ from, error });
    if (error.code === 'INTERRUPTED') this.#reject(error);
    else if (this.#errors.length === 1) setTimeout(() => this.#reject(this.#explanation()), GRACE_MS);
  }

  /** What a process does in time. @throws TacitError PEER_TIMEOUT where it does not */
  async within<T>(timeoutMs: number, { role }: Member, done: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `expected ${ROLE_NAMES[role]} to answer within ${timeoutMs} ms, it did not`;
      timer = setTimeout(() => reject(new TacitError('PEER_TIMEOUT', message)), timeoutMs);
    });
    return Promise.race([done, late]).finally(() => clearTimeout(timer));
  }

  /** Waits until every process has ended by itself. */
  async allDone(timeoutMs: number): Promise<void> {
    await Promise.all(this.#members.map((member) => this.within(timeoutMs, member, member.exited)));
  }

  /** Ends every process that is still there. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { process: child } of this.#members) if (child.exitCode === null) child.kill('SIGKILL');
    await Promise.all(this.#members.map((member) => member.exited));
  }

  #explanation(): TacitError {
    // a party that died by itself says nothing, so its death outranks what its peers saw of it
    const silent = this.#errors.find(({ from, error }) => error.code === 'PARTY_DIED' && !this.#spoke(from));
    const causes = this.#errors.filter(({ error }) => !CONSEQUENCES.includes(error.code));
    const own = causes.find(({ error }) => !wasTold(error));
    const { error, from } = own ?? causes[0] ?? silent ?? this.#errors[0]!;
    const { code, message, facts } = error;
    return new TacitError(code, `${from}: ${message}`, { facts, ...(error.cause ? { cause: error.cause } : {}) });
  }

  #spoke(from: string): boolean {
    return this.#errors.some((other) => other.from === from && other.error.code !== 'PARTY_DIED');
  }
}

function died(role: Role, how: string): TacitError {
  return new TacitError('PARTY_DIED', `expected ${ROLE_NAMES[role]} to finish, it ended with ${how}. Start again`);
}

/** Compiled: beside this file. From the TypeScript source (tests): in dist, which the build makes. */
function entry(): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts')
    ? fileURLToPath(new URL('../dist/parties/child.js', import.meta.url))
    : fileURLToPath(new URL('./child.js', import.meta.url));
}
