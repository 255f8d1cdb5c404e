/** A dealer and two parties in one process over memory links: the whole protocol without processes. */

import { expandWords } from '../../src/core/prg.js';
import { bytesOf, wordsPerElement } from '../../src/core/ring.js';
import { hasDealer } from '../../src/core/trust.js';
import type { Arithmetic } from '../../src/correlations/context.js';
import { MemorySpool, type Spool } from '../../src/correlations/spool.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { dealBundle } from '../../src/offline/dealer.js';
import { prepareBundle } from '../../src/offline/prepare.js';
import { dealFactors, openWeights } from '../../src/offline/setup.js';
import { openPool } from '../../src/offline/threads.js';
import { holdModel, prepareByTransfer, setUpTransfers } from '../../src/offline/transfer.js';
import { execute, rerandomise } from '../../src/online/execute.js';
import { ringOf } from '../../src/plan/compile.js';
import { outputWords } from '../../src/plan/plan.js';
import type { Plan } from '../../src/plan/two.js';
import { openOutput } from '../../src/protocols/two/open.js';
import { receiveInput, sendInput } from '../../src/roles/inputs.js';
import { receiveModel, sendShares } from '../../src/roles/owner.js';
import { addBytes } from '../../src/steps/step.js';
import { EVALUATOR, GARBLER, type Party, type Traffic } from '../../src/steps/two.js';
import { Channel } from '../../src/transport/channel.js';
import type { Phase } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { memoryLinks } from '../../src/transport/memory.js';
import { asRole } from './roles.js';

const RESERVE = 256 * 1024 * 1024;

export interface Channels {
  readonly dealer: readonly [Channel, Channel];
  readonly client: readonly [Channel, Channel];
  readonly owner: readonly [Channel, Channel];
  readonly party: readonly {
    readonly dealer: Channel;
    readonly peer: Channel;
    readonly client: Channel;
    readonly owner: Channel;
  }[];
}

/** Three parties' channels; `wrap` may put something in the way of a link, e.g. a peer that misbehaves. */
export function connectAll(timeoutMs = 40_000, wrap: (name: string, link: Link) => Link = (_, link) => link): Channels {
  const pair = (a: string, b: string): [Channel, Channel] => {
    const [left, right] = memoryLinks();
    return [
      new Channel(wrap(`${a}->${b}`, left), { peer: b, timeoutMs }),
      new Channel(wrap(`${b}->${a}`, right), { peer: a, timeoutMs }),
    ];
  };
  const [d0, p0d] = pair('dealer', 'party 0');
  const [d1, p1d] = pair('dealer', 'party 1');
  const [p01, p10] = pair('party 0', 'party 1');
  const [o0, p0o] = pair('owner', 'party 0');
  const [o1, p1o] = pair('owner', 'party 1');
  const [c0, p0c] = pair('client', 'party 0');
  const [c1, p1c] = pair('client', 'party 1');
  return {
    dealer: [d0, d1],
    client: [c0, c1],
    owner: [o0, o1],
    party: [
      { dealer: p0d, peer: p01, client: p0c, owner: p0o },
      { dealer: p1d, peer: p10, client: p1c, owner: p1o },
    ],
  };
}

export interface Outcome {
  /** The opened output, ring words. */
  readonly output: Uint32Array;
  readonly traffic: Record<'setup' | 'offline' | 'online', Traffic>;
  readonly offlineRounds: number;
  readonly onlineRounds: number;
}

/** Runs one inference for each input (ring words, [batch, ...]) with real shares, bundles and garbling. */
export async function runAll(
  plan: Plan,
  model: FixedModel,
  inputs: readonly Uint32Array[],
  channels: Channels = connectAll(),
  onStep?: (party: Party, index: number, share: Uint32Array) => void,
  threads = 1,
  spool: () => Spool = () => new MemorySpool(),
): Promise<Outcome[]> {
  const bits = ringOf(plan);
  const modules = [0, 1, 2].map((): Arithmetic => {
    const module = loadKernelModule(RESERVE, threads > 1);
    const arithmetic = { bits, module, kernels: wasmKernels(module) };
    return threads > 1 ? { ...arithmetic, pool: openPool(arithmetic, threads) } : arithmetic;
  });
  const ot = !hasDealer(plan.trust);
  const dealer = asRole('dealer', async () => {
    if (ot) return;
    const arithmetic = modules[2]!;
    const lanes = channels.dealer.map((channel) => channel.lane('setup', 0));
    const factors = await dealFactors(plan, arithmetic, [lanes[0]!, lanes[1]!]);
    for (const number of inputs.keys()) {
      const to = channels.dealer.map((channel) => channel.lane('offline', number));
      await dealBundle(plan, arithmetic, factors, [to[0]!, to[1]!]);
    }
  });
  const { kernels } = modules[2]!;
  const owner = (): Promise<void> => sendShares(plan, kernels, model, channels.owner);
  const client = async (): Promise<Uint32Array[]> => {
    const outputs: Uint32Array[] = [];
    for (const [number, input] of inputs.entries()) {
      const lanes = channels.client.map((channel) => channel.lane('online', number));
      await sendInput(plan, input, lanes);
      const shares = await Promise.all(
        lanes.map((lane) => lane.receiveWords(plan.steps.length, outputWords(plan), Number.POSITIVE_INFINITY)),
      );
      outputs.push(openOutput(bits, shares));
    }
    return outputs;
  };
  const party = async (role: Party): Promise<void> => {
    const arithmetic = modules[role]!;
    const { dealer: fromDealer, peer, client, owner } = channels.party[role]!;
    const share = await receiveModel(plan, role, owner);
    const setup = peer.lane('setup', 0);
    const transfers = ot ? await setUpTransfers(plan, arithmetic, role, 'test', setup) : undefined;
    const opened = transfers
      ? holdModel(arithmetic, share, transfers.revealSeed)
      : await openWeights(plan, arithmetic, role, share, fromDealer.lane('setup', 0), setup);
    for (const number of inputs.keys()) {
      const lanes = [peer.lane('offline', number), peer.lane('reverse', number)] as const;
      const bundle = transfers
        ? await prepareByTransfer(plan, arithmetic, role, number, opened, transfers, lanes, spool())
        : await prepareBundle(plan, arithmetic, role, number, opened, fromDealer.lane('offline', number), spool());
      const context = { party: role, bundle, model: opened };
      const toClient = client.lane('online', number);
      const share = await execute(plan, arithmetic, {
        ...context,
        input: await receiveInput(plan, role, toClient),
        peer: peer.lane('online', number),
        ...(onStep ? { onStep: (index: number, share: Uint32Array) => onStep(role, index, share) } : {}),
      });
      await toClient.send(plan.steps.length, bytesOf(rerandomise(arithmetic, context, share)));
    }
  };
  const parties = [GARBLER, EVALUATOR].map((role) => asRole(`party ${role}`, () => party(role as Party)));
  const work = Promise.all([asRole('client', client), asRole('owner', owner), dealer, ...parties] as const);
  const [outputs] = await work.finally(() => Promise.all(modules.map(({ pool }) => pool?.close())));
  return inputs.map((_, number) => ({
    output: outputs[number]!,
    traffic: {
      setup: trafficOf(channels, 'setup', 0),
      offline: addBytes(trafficOf(channels, 'offline', number), trafficOf(channels, 'reverse', number)),
      online: trafficOf(channels, 'online', number),
    },
    offlineRounds: Math.max(
      ...channels.party.flatMap(({ peer, dealer }) =>
        [peer.lane('offline', number), peer.lane('reverse', number), dealer.lane('offline', number)].map(
          (lane) => lane.count.rounds,
        ),
      ),
    ),
    onlineRounds: Math.max(...channels.party.map(({ peer }) => peer.lane('online', number).count.rounds)),
  }));
}

function trafficOf(channels: Channels, phase: Phase, bundle: number): Traffic {
  const sent = (channel: Channel): number => channel.lane(phase, bundle).count.sentBytes;
  return {
    'dealer->0': sent(channels.dealer[0]),
    'dealer->1': sent(channels.dealer[1]),
    '0->1': sent(channels.party[0]!.peer),
    '1->0': sent(channels.party[1]!.peer),
  };
}

/** Ring words of uniformly random signed integers of `width` bits. */
export function randomIntegers(count: number, bits: 32 | 64, width: number, label: string): Uint32Array {
  const perElement = wordsPerElement(bits);
  const words = expandWords(count * perElement, new Uint8Array(32).fill(9), label);
  for (let i = 0; i < count; i++) {
    if (perElement === 1) words[i] = (words[i]! << (32 - width)) >> (32 - width);
    else {
      const value = BigInt.asIntN(width, (BigInt(words[2 * i + 1]!) << 32n) | BigInt(words[2 * i]!));
      words[2 * i] = Number(value & 0xffffffffn);
      words[2 * i + 1] = Number((value >> 32n) & 0xffffffffn);
    }
  }
  return words;
}
