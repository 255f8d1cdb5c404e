/** Where a compute party's bundles come from: a dealer, or the other party and this one alone. @module */
import { ProtocolError, TacitError } from '../core/errors.js';
import { hasDealer } from '../core/trust.js';
import type { Bundle } from '../correlations/bundle.js';
import type { Arithmetic, SharedModel } from '../correlations/context.js';
import type { Spool } from '../correlations/spool.js';
import { prepareBundle } from '../offline/prepare.js';
import { type ModelShare, openWeights, residentModel } from '../offline/setup.js';
import { bundlesPerSession, holdModel, prepareByTransfer, setUpTransfers } from '../offline/transfer.js';
import type { Plan } from '../plan/two.js';
import { dealerEndSchema, type PhaseReport } from '../session/messages.js';
import type { Session } from '../session/session.js';
import { GARBLER, type Party } from '../steps/two.js';
import type { Channel, Lane } from '../transport/channel.js';

/** What a party needs to have bundles made. */
export interface SourceContext {
  readonly plan: Plan;
  readonly party: Party;
  readonly arithmetic: Arithmetic;
  readonly session: Session;
  readonly share: ModelShare;
  /** The share as an earlier session set it up with the same others. */
  readonly held: SharedModel | undefined;
  readonly peer: Channel;
}

export interface BundleSource {
  /** The party's share of the model, ready for bundles of this source. */
  readonly model: SharedModel;
  /** What setting up has cost so far. */
  setup(): PhaseReport;
  /** One at a time, in the same order at both parties: a failure leaves their streams out of step, and must end the session. */
  prepare(
    number: number,
    spool: Spool,
    onStep: (step: number) => void,
  ): Promise<{ bundle: Bundle; report: PhaseReport }>;
  /** Ends what serves the bundles; its peak memory where it is a process of its own. */
  end(): Promise<number | undefined>;
}

/** The source that the plan's trust model names. @throws ProtocolError where the other side does not keep to the protocol */
export function openSource(context: SourceContext): Promise<BundleSource> {
  return hasDealer(context.plan.trust) ? dealerSource(context) : transferSource(context);
}

async function dealerSource(context: SourceContext): Promise<BundleSource> {
  const { plan, party, arithmetic, session, share, held, peer } = context;
  const dealer = await session.channel('dealer');
  const control = dealer.lane('control', 0);
  const lanes = { dealer: dealer.lane('setup', 0), peer: peer.lane('setup', 0) };
  const model = held
    ? residentModel(arithmetic, held)
    : await openWeights(plan, arithmetic, party, share, lanes.dealer, lanes.peer);
  return {
    model,
    setup: () => reportOf([lanes.peer], lanes.dealer),
    prepare: async (number, spool, onStep) => {
      if (party === GARBLER) await control.sendMessage({ op: 'deal', number });
      const lane = dealer.lane('offline', number);
      const bundle = await prepareBundle(plan, arithmetic, party, number, model, lane, spool, onStep);
      dealer.closeLane(lane);
      return { bundle, report: reportOf([], lane) };
    },
    end: async () => {
      if (party !== GARBLER) return undefined;
      await control.sendMessage({ op: 'end' });
      const ended = dealerEndSchema.safeParse(await control.receiveMessage());
      if (!ended.success) {
        throw new ProtocolError('BAD_FRAME', 'dealer: expected its report, got another');
      }
      return ended.data.peakMemoryBytes;
    },
  };
}

/** Where the model is held already, base transfers wait until a bundle is asked for: a session that spends what is there needs none. */
async function transferSource(context: SourceContext): Promise<BundleSource> {
  const { plan, party, arithmetic, session, share, held, peer } = context;
  const setup = peer.lane('setup', 0);
  const setUp = (): ReturnType<typeof setUpTransfers> =>
    setUpTransfers(plan, arithmetic, party, session.self.session, setup);
  let transfers = held ? undefined : await setUp();
  const model = holdModel(arithmetic, share, (held ?? transfers!).revealSeed);
  const most = bundlesPerSession(plan);
  let made = 0;
  return {
    model,
    setup: () => reportOf([setup]),
    prepare: async (number, spool, onStep) => {
      if (++made > most) {
        const message = `expected at most ${most} bundles from one session's base transfers, got a request for one more`;
        throw new TacitError('SESSION_EXHAUSTED', message, { facts: { bundles: most } });
      }
      transfers ??= await setUp();
      const lanes = [peer.lane('offline', number), peer.lane('reverse', number)] as const;
      const bundle = await prepareByTransfer(plan, arithmetic, party, number, model, transfers, lanes, spool, onStep);
      for (const lane of lanes) peer.closeLane(lane);
      return { bundle, report: reportOf(lanes) };
    },
    end: async () => {
      transfers?.sender.dispose();
      transfers?.receiver.dispose();
      transfers?.he.dispose();
      return undefined;
    },
  };
}

/** Bytes and rounds of lanes to the other party and of one from the dealer. */
export function reportOf(peer: readonly Lane[], dealer?: Lane): PhaseReport {
  return {
    fromDealer: dealer?.count.receivedBytes ?? 0,
    toPeer: peer.reduce((sum, lane) => sum + lane.count.sentBytes, 0),
    rounds: Math.max(0, ...[...peer, ...(dealer ? [dealer] : [])].map((lane) => lane.count.rounds)),
  };
}
