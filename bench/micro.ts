/**
 * `tacit bench micro`: rates a second on one core, all measured in one run.
 *
 * Probes stand in an order that puts the two rates of a ratio side by side.
 * @module
 */
import { cpus } from 'node:os';
import { TacitError } from '../src/core/errors.js';
import { loadKernelModule } from '../src/kernels/module.js';
import { wasmKernels } from '../src/kernels/wasm.js';
import { DEFAULT_SOFTSPOKEN_K, extensionBytes } from '../src/ot/sizes.js';
import { koggeStoneSums, SUMS, sklanskySums } from './adders.js';
import { CONV, conv32Macs, ring32Macs, ring64Macs, SIDE, tfjsFloatMacs } from './arithmetic.js';
import { andXorBits, binaryAnds, LEVEL } from './boolean.js';
import { AES_BUFFER_BYTES, aesBlocks, aesBlocksWarm, PRG_BUFFER_BYTES, prgBytes } from './cipher.js';
import { evaluateAnds, garbleAnds, INSTANCES } from './garbling.js';
import { heMacs, ntt, RING } from './lattice.js';
import { linkBytes, type OpenProbe, rounds, streamedAnds, tcpBytes, tcpRounds } from './links.js';
import { interleave, type Probe, type Samples } from './measure.js';
import { PeerProcess } from './peer-process.js';
import { type Ratio, ratiosOf } from './ratios.js';
import { RELU_MODES, RELUS, type ReluFigures, type ReluMode, relusBy } from './relus.js';
import { SILENT_BITS, silentCots } from './silent.js';
import { COTS, FRAME_BYTES, ROUND_BYTES, SILENT_BATCHES, SILENT_SHAPE } from './streams.js';
import { type CotFigures, cots, cotsByParameter } from './transfers.js';

/** Everything that micro measures, by the names of its JSON. */
export const RATE_NAMES = [
  'aesBlocks',
  'aesBlocksWarm',
  'ntt',
  'heMacs',
  'garbleAnds',
  'evaluateAnds',
  'streamedAnds',
  'linkBytes',
  'tcpBytes',
  'rounds',
  'tcpRounds',
  'ring32Macs',
  'tfjsFloatMacs',
  'ring64Macs',
  'conv32Macs',
  'prgBytes',
  'cots',
  'silentCots',
  'binaryAnds',
  'andXorBits',
  'sklanskySums',
  'koggeStoneSums',
  'relus',
] as const;
export type RateName = (typeof RATE_NAMES)[number];
export type ProbeName = Exclude<RateName, 'relus'>;

/** Windows of each probe. */
const ROUNDS = 8;
/** Passes of the ReLU layer for each second asked for, and the fewest. */
const PASSES_PER_SECOND = 4;
const FEWEST_PASSES = 3;

export interface MicroOptions {
  /** Rates to measure; default all. */
  readonly only?: readonly RateName[];
  /** Seconds of windows for each rate. */
  readonly seconds: number;
  /** Told what is under way. */
  readonly onProgress?: (what: string) => void;
}

export interface Micro {
  /** By name, units a second. */
  readonly samples: ReadonlyMap<ProbeName, Samples>;
  /** By SoftSpokenOT's parameter; empty where cots were not asked for. */
  readonly cots: ReadonlyMap<number, CotFigures>;
  /** By the source of the correlated randomness. */
  readonly relus: ReadonlyMap<ReluMode, ReluFigures>;
  readonly ratios: Readonly<Record<string, Ratio>>;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly platform: string };
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** @throws TacitError where a process that takes part fails */
export async function measureMicro(options: MicroOptions): Promise<Micro> {
  const wanted = (name: RateName): boolean => options.only?.includes(name) ?? true;
  const progress = options.onProgress ?? (() => {});
  const samples = await measureProbes(wanted, options.seconds, progress);
  if (wanted('cots')) progress('correlated transfers by parameter');
  const byParameter = wanted('cots')
    ? await cotsByParameter(loadKernelModule(), options.seconds, ROUNDS)
    : new Map<number, CotFigures>();
  const relus = new Map<ReluMode, ReluFigures>();
  for (const mode of wanted('relus') ? RELU_MODES : []) {
    progress(`${RELUS.count} ReLUs at once, preprocessing by ${mode}`);
    relus.set(mode, await relusBy(mode, Math.max(FEWEST_PASSES, Math.round(options.seconds * PASSES_PER_SECOND))));
  }
  return {
    samples,
    cots: byParameter,
    relus,
    ratios: ratiosOf(samples),
    machine: machine(),
    parameters: parameters(options.seconds),
  };
}

async function measureProbes(
  wanted: (name: RateName) => boolean,
  seconds: number,
  progress: (what: string) => void,
): Promise<Map<ProbeName, Samples>> {
  const module = loadKernelModule();
  const kernels = wasmKernels(module);
  const opened: OpenProbe<ProbeName>[] = [];
  const peers: PeerProcess[] = [];
  // each has one of its own: what the far end did for another probe (heap, compiled code) would change what this one finds
  const withPeer =
    (open: (peer: PeerProcess) => Promise<OpenProbe<ProbeName>>) => async (): Promise<Probe<ProbeName>> => {
      const peer = await PeerProcess.start();
      peers.push(peer);
      const probe = await peer.guard(open(peer));
      opened.push(probe);
      return probe;
    };
  const makers: Record<ProbeName, () => Probe<ProbeName> | Promise<Probe<ProbeName>>> = {
    aesBlocks,
    aesBlocksWarm,
    ntt: () => ntt(module),
    heMacs: () => heMacs(module),
    garbleAnds: () => garbleAnds(module),
    evaluateAnds: () => evaluateAnds(module),
    streamedAnds: withPeer((other) => streamedAnds(module, other)),
    linkBytes: withPeer(linkBytes),
    tcpBytes: withPeer(tcpBytes),
    rounds: withPeer(rounds),
    tcpRounds: withPeer(tcpRounds),
    ring32Macs: () => ring32Macs(kernels),
    tfjsFloatMacs,
    ring64Macs: () => ring64Macs(kernels),
    conv32Macs: () => conv32Macs(kernels),
    prgBytes,
    cots: withPeer((other) => cots(module, other)),
    silentCots: withPeer((other) => silentCots(module, other)),
    binaryAnds: () => binaryAnds(module),
    andXorBits: () => andXorBits(module),
    sklanskySums: () => sklanskySums(module),
    koggeStoneSums: () => koggeStoneSums(module),
  };
  try {
    const probes: Probe<ProbeName>[] = [];
    for (const name of RATE_NAMES) if (name !== 'relus' && wanted(name)) probes.push(await makers[name]());
    return await interleave(probes, seconds, ROUNDS, (round) =>
      progress(round === 0 ? 'warming up' : `round ${round} of ${ROUNDS}`),
    );
  } finally {
    for (const probe of opened) probe.close();
    for (const peer of peers) await peer.stop();
  }
}

function machine(): Micro['machine'] {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

function parameters(seconds: number): Micro['parameters'] {
  return {
    secondsPerRate: seconds,
    windows: ROUNDS,
    aesBufferBytes: AES_BUFFER_BYTES,
    prgBufferBytes: PRG_BUFFER_BYTES,
    garbling: { circuit: '32-bit subtraction, difference as bits: 31 ANDs, 123 XORs', instances: INSTANCES },
    ring: RING,
    product: [SIDE, SIDE, SIDE],
    convolution: CONV,
    frameBytes: FRAME_BYTES,
    roundBytes: ROUND_BYTES,
    cots: { softSpokenK: DEFAULT_SOFTSPOKEN_K, bytes: extensionBytes(DEFAULT_SOFTSPOKEN_K, COTS, false) / COTS },
    silentCots: { ...SILENT_SHAPE, transfers: SILENT_BATCHES * COTS, bitsPerCot: Number(SILENT_BITS.toFixed(3)) },
    relus: { ...RELUS, ringBits: 32, modes: RELU_MODES, threads: 1, network: 'loopback' },
    booleanLevel: LEVEL,
    sums: SUMS,
  };
}

/** The names in a comma-separated list. @throws TacitError USAGE on one that is not measured */
export function parseNames(list: string): RateName[] {
  return list.split(',').map((name) => {
    const known = RATE_NAMES.find((rate) => rate === name.trim());
    if (known !== undefined) return known;
    throw new TacitError(
      'USAGE',
      `--only: expected names of ${RATE_NAMES.join(', ')}, got ${name.slice(0, 40)}. Name some of these`,
    );
  });
}
