/** The client: splits its input, sends each party its share, and alone learns the output. @module */

import { ProtocolError, TacitError } from '../core/errors.js';
import { ringOf } from '../plan/compile.js';
import { type AnyPlan, type AnyTraffic, inputWords, isThree, mapTraffic, outputWords } from '../plan/plan.js';
import { openOutput as openThree } from '../protocols/three/open.js';
import { openOutput as openTwo } from '../protocols/two/open.js';
import type { Beginning, Notice, PhaseReport, Request } from '../session/messages.js';
import { NoticeBoard } from '../session/notices.js';
import type { Role, Session } from '../session/session.js';
import { EVALUATOR, GARBLER, noTraffic } from '../steps/two.js';
import type { Channel } from '../transport/channel.js';
import { sendInput } from './inputs.js';

/** What a phase cost: wall-clock at the client, bytes that the parties counted, measured rounds. */
export interface PhaseCost {
  readonly ms: number;
  readonly bytes: AnyTraffic;
  readonly rounds: number;
}

export interface Inference {
  /** Ring words of what the policy reveals, plan.outputShape. */
  readonly output: Uint32Array;
  readonly online: PhaseCost;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
}

/** The largest resident size of each process: party0, party1 and, where there is one, dealer or party2. */
export type PeakMemory = Readonly<Record<string, number>>;

export type ProgressListener = (phase: 'offline' | 'online', step: number, steps: number) => void;

/** The compute parties of a plan. */
export function computeRoles(plan: AnyPlan): readonly Role[] {
  return isThree(plan) ? ['party0', 'party1', 'party2'] : ['party0', 'party1'];
}

export class Client {
  readonly plan: AnyPlan;
  readonly #session: Session;
  readonly #parties: readonly Channel[];
  readonly #boards: readonly NoticeBoard[];
  #setup: PhaseCost | undefined;
  #beginning: Beginning | undefined;
  #full: string | undefined;

  private constructor(plan: AnyPlan, session: Session, parties: readonly Channel[], onProgress?: ProgressListener) {
    this.plan = plan;
    this.#session = session;
    this.#parties = parties;
    // one party's progress stands for all
    this.#boards = parties.map((party, i) =>
      i === EVALUATOR
        ? new NoticeBoard(party, ({ phase, step, steps }) => onProgress?.(phase, step, steps))
        : new NoticeBoard(party),
    );
  }

  /** Waits until all parties have the model. `session` must have joined them. */
  static async start(plan: AnyPlan, session: Session, onProgress?: ProgressListener): Promise<Client> {
    const parties: Channel[] = [];
    for (const role of computeRoles(plan)) parties.push(await session.channel(role));
    const client = new Client(plan, session, parties, onProgress);
    const start = performance.now();
    const beginnings = await client.#notices('ready');
    client.#setup = costOf(
      plan,
      start,
      beginnings.map(({ report }) => report),
    );
    if (!beginnings.every((beginning) => sameBundles(beginning, beginnings[0]!))) {
      throw new ProtocolError(
        'BUNDLE_MISMATCH',
        'expected all parties to have the same bundles ready, got different ones',
      );
    }
    client.#beginning = beginnings[0]!;
    client.#full = beginnings.find(({ full }) => full !== undefined)?.full;
    return client;
  }

  /** What setting up cost: the triples' B and the opening F, or base transfers. Where these wait for the first bundle (whose time they count in), it is whole after `end`. */
  get setup(): PhaseCost {
    return this.#setup!;
  }

  /** Whether the parties hold the model since an earlier session: then setting up cost nothing but the agreement. */
  get resumed(): boolean {
    return this.#beginning!.resumed;
  }

  /** Why a party keeps nothing for later sessions, where it was to: its disk is full. This session goes on. */
  get full(): string | undefined {
    return this.#full;
  }

  /** Bundles that the parties have in store, lowest first. */
  get ready(): number[] {
    return this.#beginning!.ready.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
  }

  /** The lowest number that was never used: `prepare` takes it, then the ones after it in order. */
  get next(): number {
    return this.#beginning!.next;
  }

  /**
   * Has both parties fill bundle `number`; they may infer with another at the same time.
   * @param keep for a later session, where the parties have stores that outlive this one
   * @throws TacitError STORE_FULL where a party has no room to keep it: this bundle is lost, the session goes on
   */
  async prepare(number: number, keep = false): Promise<PhaseCost> {
    const made = await this.#session.run(() => this.#prepare(number, keep));
    if (made instanceof TacitError) throw made;
    return made;
  }

  async #prepare(number: number, keep: boolean): Promise<PhaseCost | TacitError> {
    const start = performance.now();
    const prepared = this.#notices('prepared', number).catch((error: unknown) => {
      if (error instanceof TacitError && error.code === 'STORE_FULL') return error;
      throw error;
    });
    const [notices] = await Promise.all([prepared, this.#ask({ op: 'prepare', number, keep })]);
    if (notices instanceof TacitError) return notices;
    return costOf(
      this.plan,
      start,
      notices.map(({ report }) => report),
    );
  }

  /**
   * One private inference with bundle `number`.
   * @param input ring words of the encoded input, [batch, ...shape]
   */
  infer(number: number, input: Uint32Array): Promise<Inference> {
    return this.#session.run(() => this.#infer(number, input));
  }

  async #infer(number: number, input: Uint32Array): Promise<Inference> {
    if (input.length !== inputWords(this.plan)) {
      throw new RangeError(`input: expected ${inputWords(this.plan)} words, got ${input.length}`);
    }
    const bits = ringOf(this.plan);
    const start = performance.now();
    const inferred = this.#notices('inferred', number);
    // the wait for the output tells of it
    inferred.catch(() => {});
    await this.#ask({ op: 'infer', number });
    const lanes = this.#parties.map((party) => party.lane('online', number));
    await sendInput(this.plan, input, lanes);
    const step = this.plan.steps.length;
    // the parties know by themselves when to give up on each other
    const words = outputWords(this.plan);
    const shares = await Promise.all(lanes.map((lane) => lane.receiveWords(step, words, Number.POSITIVE_INFINITY)));
    const output = isThree(this.plan) ? openThree(bits, shares) : openTwo(bits, shares);
    const ms = performance.now() - start;
    const reports = (await inferred).map(({ report }) => report);
    const counts = lanes.map((lane) => lane.count);
    for (const [i, party] of this.#parties.entries()) party.closeLane(lanes[i]!);
    return {
      output,
      online: { ...costOf(this.plan, start, reports), ms },
      uploadBytes: counts.reduce((sum, count) => sum + count.sentBytes, 0),
      downloadBytes: counts.reduce((sum, count) => sum + count.receivedBytes, 0),
    };
  }

  /** Ends the session for all, in good order. */
  end(): Promise<PeakMemory> {
    return this.#session.run(() => this.#end());
  }

  async #end(): Promise<PeakMemory> {
    const ended = this.#notices('ended');
    ended.catch(() => {});
    await this.#ask({ op: 'end' });
    this.#session.expectEnd();
    const notices = await ended;
    this.#session.finish();
    const parties = notices.map(({ peakMemoryBytes }, party) => [`party${party}`, peakMemoryBytes]);
    const setups = notices.flatMap(({ setup }) => setup ?? []);
    if (setups.length > 0) this.#setup = { ...costOf(this.plan, 0, setups), ms: this.setup.ms };
    const dealer = notices[GARBLER]!.dealerPeakMemoryBytes;
    return { ...Object.fromEntries(parties), ...(dealer === undefined ? {} : { dealer }) };
  }

  async #ask(request: Request): Promise<void> {
    await Promise.all(this.#parties.map((party) => party.lane('control', 0).sendMessage(request)));
  }

  /** The same notice from all parties. */
  #notices<Op extends Notice['op']>(op: Op, number?: number): Promise<NoticeOf<Op>[]> {
    return Promise.all(this.#boards.map((board) => board.next(op, number)));
  }
}

type NoticeOf<Op extends Notice['op']> = Extract<Notice, { op: Op }>;

function sameBundles(first: Beginning, second: Beginning): boolean {
  const facts = ({ resumed, ready, next }: Beginning): string => JSON.stringify([resumed, ready, next]);
  return facts(first) === facts(second);
}

/** Bytes of a phase from what the parties counted. */
function costOf(plan: AnyPlan, start: number, reports: readonly PhaseReport[]): PhaseCost {
  const ms = performance.now() - start;
  const rounds = Math.max(...reports.map((report) => report.rounds));
  if (isThree(plan)) {
    const sent: Readonly<Record<string, number>> = Object.assign({}, ...reports.map((report) => report.sent));
    return { ms, rounds, bytes: mapTraffic(plan.predicted.offline, (_, direction) => sent[direction] ?? 0) };
  }
  const [first, second] = reports as [PhaseReport, PhaseReport];
  return {
    ms,
    rounds,
    bytes: {
      ...noTraffic(),
      'dealer->0': first.fromDealer,
      'dealer->1': second.fromDealer,
      '0->1': first.toPeer,
      '1->0': second.toPeer,
    },
  };
}
