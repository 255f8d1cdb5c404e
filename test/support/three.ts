import { bytesOf } from '../../src/core/ring.js';
import { asShare } from '../../src/core/secret.js';
import type { Arithmetic } from '../../src/correlations/context.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { agreeKeys, loadComponents } from '../../src/offline/setup-three.js';
import { openPool } from '../../src/offline/threads.js';
import { executeThree, openStreams } from '../../src/online/execute-three.js';
import { ringOf } from '../../src/plan/compile.js';
import { outputWords } from '../../src/plan/plan.js';
import type { ThreePlan } from '../../src/plan/three.js';
import type { Replicated } from '../../src/protocols/three/context.js';
import { openOutput } from '../../src/protocols/three/open.js';
import { receiveModelThree, sendModelThree } from '../../src/roles/components.js';
import { receiveComponents, sendInput } from '../../src/roles/inputs.js';
import {
  directionOf,
  nextOf,
  noTraffic,
  PARTIES,
  type Party,
  previousOf,
  type Traffic,
} from '../../src/steps/three.js';
import { Channel, type Clock, type Lane } from '../../src/transport/channel.js';
import type { Phase } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { memoryLinks } from '../../src/transport/memory.js';
import { asRole } from './roles.js';

const RESERVE = 256 * 1024 * 1024;

/** [party][peer], the client at CLIENT, the owner at MODEL_OWNER; a party has no channel to itself. */
export const CLIENT = 3;
export const MODEL_OWNER = 4;
export type Mesh = readonly (readonly (Channel | undefined)[])[];

/** Channels among three; `wrap` may put something in the way of a link, e.g. a peer that misbehaves. */
export function connectThree(timeoutMs = 40_000, wrap: (name: string, link: Link) => Link = (_, link) => link): Mesh {
  const name = (member: number): string =>
    member === CLIENT ? 'client' : member === MODEL_OWNER ? 'owner' : `party ${member}`;
  const mesh: (Channel | undefined)[][] = [...PARTIES, CLIENT, MODEL_OWNER].map(() => []);
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
    [0, CLIENT],
    [1, CLIENT],
    [2, CLIENT],
    [0, MODEL_OWNER],
    [1, MODEL_OWNER],
    [2, MODEL_OWNER],
  ] as const) {
    const [left, right] = memoryLinks();
    mesh[a]![b] = new Channel(wrap(`${a}->${b}`, left), { peer: name(b), timeoutMs });
    mesh[b]![a] = new Channel(wrap(`${b}->${a}`, right), { peer: name(a), timeoutMs });
  }
  return mesh;
}

export interface ThreeOutcome {
  /** The opened output, ring words. */
  readonly output: Uint32Array;
  readonly traffic: Record<'setup' | 'online', Traffic>;
  readonly rounds: Record<'setup' | 'online', number>;
}

/** Components 0, 1 and 2 of an input, where a test wants them to be other than random. */
export type Split = (words: Uint32Array) => readonly Uint32Array[];

/** Runs one inference for each input (ring words, [batch, ...]) with real shares and keys. */
export async function runThree(
  plan: ThreePlan,
  model: FixedModel,
  inputs: readonly Uint32Array[],
  mesh: Mesh = connectThree(),
  onStep?: (party: Party, index: number, share: Replicated) => void,
  split?: Split,
  threads = 1,
): Promise<ThreeOutcome[]> {
  const bits = ringOf(plan);
  const modules = PARTIES.map((): Arithmetic => {
    const module = loadKernelModule(RESERVE, threads > 1);
    const pool = threads > 1 ? { pool: openPool({ module }, threads) } : {};
    return { bits, module, kernels: wasmKernels(module), ...pool };
  });
  const { kernels } = modules[0]!;
  const owner = (): Promise<void> =>
    sendModelThree(
      plan,
      kernels,
      model,
      PARTIES.map((role) => mesh[MODEL_OWNER]![role]!),
    );
  const given = split && inputs.map(split);
  const client = async (): Promise<Uint32Array[]> => {
    const outputs: Uint32Array[] = [];
    for (const [number, input] of inputs.entries()) {
      const lanes = PARTIES.map((role) => mesh[CLIENT]![role]!.lane('online', number));
      if (!given) await sendInput(plan, input, lanes);
      const step = plan.steps.length;
      const shares = await Promise.all(
        lanes.map((lane) => lane.receiveWords(step, outputWords(plan), Number.POSITIVE_INFINITY)),
      );
      outputs.push(openOutput(bits, shares));
    }
    return outputs;
  };
  const party = async (role: Party): Promise<void> => {
    const arithmetic = modules[role]!;
    const lanes = (phase: Phase, number: number) => {
      const clock: Clock = { depth: 0 };
      return mesh[role]!.slice(0, CLIENT).map((channel) => channel?.lane(phase, number).follow(clock)) as Lane[];
    };
    const components = await receiveModelThree(plan, role, mesh[role]![MODEL_OWNER]!);
    const setup = lanes('setup', 0);
    const keys = await agreeKeys(setup[previousOf(role)]!, setup[nextOf(role)]!);
    const loaded = loadComponents(plan, arithmetic, role, keys, ...components);
    for (const number of inputs.keys()) {
      const toClient = mesh[role]![CLIENT]!.lane('online', number);
      const own = given?.[number];
      const execution = {
        party: role,
        model: loaded,
        streams: openStreams(plan, keys, number),
        input: own
          ? asShare({ first: own[role]!, second: own[nextOf(role)]! })
          : await receiveComponents(plan, role, toClient),
        peers: lanes('online', number),
        ...(onStep ? { onStep: (index: number, share: Replicated) => onStep(role, index, share) } : {}),
      };
      await toClient.send(plan.steps.length, bytesOf(await executeThree(plan, arithmetic, execution)));
    }
  };
  const parties = PARTIES.map((role) => asRole(`party ${role}`, () => party(role)));
  const [outputs] = await Promise.all([asRole('client', client), asRole('owner', owner), ...parties] as const);
  await Promise.all(modules.map(({ pool }) => pool?.close()));
  return inputs.map((_, number) => ({
    output: outputs[number]!,
    traffic: { setup: trafficOf(mesh, 'setup', 0), online: trafficOf(mesh, 'online', number) },
    rounds: { setup: roundsOf(mesh, 'setup', 0), online: roundsOf(mesh, 'online', number) },
  }));
}

function trafficOf(mesh: Mesh, phase: Phase, number: number): Traffic {
  const traffic = noTraffic();
  for (const from of PARTIES) {
    for (const to of PARTIES) {
      if (from !== to) traffic[directionOf(from, to)] = mesh[from]![to]!.lane(phase, number).count.sentBytes;
    }
  }
  return traffic;
}

/** Among the parties. */
function roundsOf(mesh: Mesh, phase: Phase, number: number): number {
  const among = PARTIES.flatMap((party) => PARTIES.map((peer) => mesh[party]![peer]));
  return Math.max(...among.map((channel) => channel?.lane(phase, number).count.rounds ?? 0));
}
