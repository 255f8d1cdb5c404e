/** How long steps should take: what is assumed of a machine and of its links, where nothing else is said. @module */
import { andsOf } from '../../circuits/program.js';
import { hashesPerInstance } from '../gc/schedule.js';
import type { Extending } from '../ot/kinds.js';
import { transferNs } from '../ot/parameter.js';
import type { BitsStep, GarbledStep, StepCost } from '../steps/two.js';
import type { PlanNetwork } from './compile.js';

/**
 * Effective rates of one core of an ordinary server, with everything that goes with them (labels, masks, small batches): round
 * figures below what dealing a bundle and `tacit bench micro` gave on a 2-core EPYC machine. They are not measured here.
 */
export const ASSUMED = {
  /** AES-128 blocks a second while garbling or evaluating. */
  aesBlocksPerSecond: 25e6,
  /** Multiply-accumulates a second in the 32-bit ring; a quarter of them in the 64-bit ring. */
  macsPerSecond: 5e9,
  /** Bits of multiply-accumulates a second by oblivious transfer, as sender and as receiver one after the other. */
  productBitsPerSecond: 120e6,
  /** Coefficients of polynomials a second by ring LWE, a prime at a time: twice those of products, and of transforms. */
  heCoefficientsPerSecond: 800e6,
  /** ANDs on shared bits a second, with the conversions around them: of three parties, and of two in each phase. */
  binaryAndsPerSecond: 500e6,
} as const;

/** Links of processes on one machine: what a small message takes there and back, and what a stream of large ones carries. */
const LOOPBACK: PlanNetwork = { rttMs: 0.6, mbit: 6000 };

const blocksPerMs = ASSUMED.aesBlocksPerSecond / 1000;
const andsPerMs = ASSUMED.binaryAndsPerSecond / 1000;

/** Of a silent transfer, both sides of it, on one core: docs/decisions/0028. */
const SILENT_NS = 150;
/** Of a transfer that masked bits come from, beside its extension, both sides of it: measured beside other work, as the rates above (docs/decisions/0029). */
const PADS_NS = 150;

/** Nanoseconds of a transfer, both sides of it. */
export function extensionNs({ transfers, k }: Extending): number {
  return transfers === 'silent' ? SILENT_NS : transferNs(k);
}

/** The oblivious transfers of a step, where the parties make what it spends by themselves. */
export interface StepTransfers {
  readonly count: number;
  readonly by: Extending;
}

/**
 * Both phases of a non-linear step: the busiest direction's bytes / rate + half a round trip a message + work. Offline work goes on while
 * bytes travel: the slower of the two counts.
 */
export function nonlinearMs(
  step: GarbledStep | BitsStep,
  { offline, online }: StepCost,
  network: PlanNetwork = LOOPBACK,
  transfers?: StepTransfers,
): number {
  const bytesPerMs = (network.mbit * 1e6) / 8 / 1000;
  const transfer = (bytes: Partial<Record<string, number>>): number =>
    Math.max(0, ...Object.values(bytes).map((count) => count ?? 0)) / bytesPerMs;
  const wire = online.reduce((ms, move) => ms + transfer(move) + network.rttMs / 2, 0);
  const work = workMs(step);
  return Math.max(transfer(offline), work.offline + transfersMs(step, transfers)) + wire + work.online;
}

/** A party's part of the transfers: each has one side of every one. */
function transfersMs({ kind }: GarbledStep | BitsStep, transfers: StepTransfers | undefined): number {
  if (!transfers) return 0;
  const ns = extensionNs(transfers.by) + (kind === 'bits' ? PADS_NS : 0);
  return (transfers.count * ns) / 2 / 1e6;
}

function workMs(step: GarbledStep | BitsStep): { readonly offline: number; readonly online: number } {
  switch (step.kind) {
    case 'garbled': {
      const blocks = step.instances * hashesPerInstance(step.schedule);
      return { offline: (2 * blocks) / blocksPerMs, online: blocks / blocksPerMs };
    }
    case 'bits': {
      const ms = (step.instances * andsOf(step.program)) / andsPerMs;
      return { offline: ms, online: ms };
    }
    default:
      return step satisfies never;
  }
}
