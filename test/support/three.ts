/** Three parties in one process over memory links: the whole protocol without processes. */
import { expandWords } from '../../src/core/prg.js';
import type { RingBits } from '../../src/core/ring.js';
import { asShare } from '../../src/core/secret.js';
import type { Arithmetic } from '../../src/correlations/context.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { agreeKeys, expandComponent, loadComponents, splitModel } from '../../src/offline/setup-three.js';
import { executeThree, openStreams } from '../../src/online/execute-three.js';
import { ringOf } from '../../src/plan/compile.js';
import type { ThreePlan } from '../../src/plan/three.js';
import { randomSeed } from '../../src/platform/random.js';
import type { Replicated } from '../../src/protocols/three/context.js';
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

/** [party][peer]; a party has no channel to itself. */
export type Mesh = readonly (readonly (Channel | undefined)[])[];

/** Channels among three; `wrap` may put something in the way of a link, e.g. a peer that misbehaves. */
export function connectThree(timeoutMs = 5000, wrap: (name: string, link: Link) => Link = (_, link) => link): Mesh {
  const mesh: (Channel | undefined)[][] = PARTIES.map(() => []);
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    const [left, right] = memoryLinks();
    mesh[a]![b] = new Channel(wrap(`${a}->${b}`, left), { peer: `party ${b}`, timeoutMs });
    mesh[b]![a] = new Channel(wrap(`${b}->${a}`, right), { peer: `party ${a}`, timeoutMs });
  }
  return mesh;
}

export interface ThreeOutcome {
  /** The opened output, ring words. */
  readonly output: Uint32Array;
  readonly traffic: Record<'setup' | 'online', Traffic>;
  readonly rounds: Record<'setup' | 'online', number>;
}

/** Components 0, 1 and 2 of an input. */
export type Split = (words: Uint32Array, kernels: Kernels, bits: RingBits) => readonly Uint32Array[];

const splitAtRandom: Split = (words, kernels, bits) => {
  const [first, second] = [0, 1].map(() => expandWords(words.length, randomSeed('test/seed'), 'test/input'));
  return [first!, second!, kernels.sub(bits, kernels.sub(bits, words, first!), second!)];
};

/** Runs one inference for each input (ring words, [batch, ...]) with real shares and keys. */
export async function runThree(
  plan: ThreePlan,
  model: FixedModel,
  inputs: readonly Uint32Array[],
  mesh: Mesh = connectThree(),
  onStep?: (party: Party, index: number, share: Replicated) => void,
  split: Split = splitAtRandom,
): Promise<ThreeOutcome[]> {
  const bits = ringOf(plan);
  const modules = PARTIES.map(() => {
    const module = loadKernelModule(RESERVE);
    return { bits, module, kernels: wasmKernels(module) } satisfies Arithmetic;
  });
  const { kernels } = modules[0]!;
  const { seeds, rest } = asRole('owner', () => splitModel(plan, modules[0]!, model.parameters));
  const components = [expandComponent(plan, seeds[0]), expandComponent(plan, seeds[1]), rest];
  const shares = inputs.map((words) => asRole('client', () => split(words, kernels, bits)));
  const party = async (role: Party): Promise<Uint32Array[]> => {
    const arithmetic = modules[role]!;
    const lanes = (phase: Phase, number: number) => {
      const clock: Clock = { depth: 0 };
      return mesh[role]!.map((channel) => channel?.lane(phase, number).follow(clock)) as Lane[];
    };
    const setup = lanes('setup', 0);
    const keys = await agreeKeys(setup[previousOf(role)]!, setup[nextOf(role)]!);
    const loaded = loadComponents(plan, arithmetic, role, keys, components[role]!, components[nextOf(role)]!);
    const outputs: Uint32Array[] = [];
    for (const number of inputs.keys()) {
      const execution = {
        party: role,
        model: loaded,
        streams: openStreams(plan, keys, number),
        input: asShare({ first: shares[number]![role]!, second: shares[number]![nextOf(role)]! }),
        peers: lanes('online', number),
        ...(onStep ? { onStep: (index: number, share: Replicated) => onStep(role, index, share) } : {}),
      };
      outputs.push(await executeThree(plan, arithmetic, execution));
    }
    return outputs;
  };
  const opened = await Promise.all(PARTIES.map((role) => asRole(`party ${role}`, () => party(role))));
  return inputs.map((_, number) => ({
    output: opened.map((words) => words[number]!).reduce((a, b) => kernels.add(bits, a, b)),
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

function roundsOf(mesh: Mesh, phase: Phase, number: number): number {
  return Math.max(...mesh.flat().map((channel) => channel?.lane(phase, number).count.rounds ?? 0));
}
