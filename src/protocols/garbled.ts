/**
 * A non-linear step by a garbled circuit with exact truncation; party 0 garbles (or the dealer for it), party 1 evaluates.
 *
 * Offline party 1 has random r, the active labels of its bits (both from its seed) and the tables; party 0 has the false
 * labels of t and Delta (from its seed). Online party 1 sends u = y_1 + r mod 2^m, party 0 sets t = y_0 + c + u and answers with
 * the active labels of t, and party 1 evaluates f(t - r). Party 0's share of the output comes from its seed too; one word a
 * value corrects party 1's to it.
 * @module
 */

import { expandInto, expandWords } from '../core/prg.js';
import { release } from '../core/release.js';
import { bytesOf, type RingBits, wordsPerElement } from '../core/ring.js';
import { asShare, type Share } from '../core/secret.js';
import { turn } from '../core/turn.js';
import { Evaluator } from '../gc/evaluate.js';
import { toDelta } from '../gc/garble.js';
import { chunkSizes, LABEL_BYTES, largestChunk, segmentSizes } from '../gc/schedule.js';
import { LabelSelector } from '../gc/select.js';
import type { Seed } from '../platform/random.js';
import { framedBytes } from '../transport/frame.js';
import type { Material } from './bundle.js';
import type { DealContext, PrepareContext, Receiver, RunContext } from './context.js';
import { GARBLER, type GarbledStep, noTraffic, type StepCost } from './step.js';
import { gather } from './window.js';

/** Words of one chunk's masked inputs. */
export function maskWords(bits: RingBits, step: GarbledStep, n: number): number {
  return n * step.spec.values * wordsPerElement(bits);
}

function labelBytes(step: GarbledStep, n: number): number {
  return n * step.spec.values * step.spec.width * LABEL_BYTES;
}

export function outputWords(bits: RingBits, step: GarbledStep, n: number): number {
  return n * step.outputs * wordsPerElement(bits);
}

/** Delta of a bundle that a dealer makes, from party 0's seed. */
export function dealtDelta(seed: Seed): Uint8Array {
  const uniform = new Uint8Array(LABEL_BYTES);
  expandInto(uniform, seed, 'garbled/delta');
  return toDelta(uniform);
}

/** The labels of a chunk's inputs that a seed stands for, [value * width + bit][instance]. */
export function expandLabels(out: Uint8Array, seed: Seed, step: GarbledStep, chunk: number): void {
  expandInto(out, seed, 'garbled/labels', step.index, chunk);
}

/** Party 1's r, [instance][value], below 2^width. */
export function masks(
  { bits, kernels }: Pick<DealContext, 'bits' | 'kernels'>,
  seed: Seed,
  step: GarbledStep,
  chunk: number,
  n: number,
): Uint32Array {
  const uniform = expandWords(maskWords(bits, step, n), seed, 'garbled/mask', step.index, chunk);
  return kernels.reduce(bits, uniform, step.spec.width);
}

/** Party 0's share of the output, [instance][output]. */
export function garblerShare(bits: RingBits, seed: Seed, step: GarbledStep): Share<Uint32Array> {
  return asShare(expandWords(outputWords(bits, step, step.instances), seed, 'garbled/share', step.index));
}

/** Words of each output, [output][instance], as [instance][output]. */
export function interleave(words: readonly Uint32Array[], n: number, perElement: number): Uint32Array {
  if (words.length === 1) return words[0]!;
  const out = new Uint32Array(words.length * n * perElement);
  for (let i = 0; i < n; i++) {
    for (let o = 0; o < words.length; o++) {
      for (let word = 0; word < perElement; word++) {
        out[(i * words.length + o) * perElement + word] = words[o]![i * perElement + word]!;
      }
    }
  }
  return out;
}

/** Bytes of the tables and of one word an output that corrects party 1's share. */
export function tableBytes(bits: RingBits, step: GarbledStep): number {
  let tables = 0;
  for (const n of chunkSizes(step.schedule, step.instances)) {
    for (const bytes of segmentSizes(step.schedule, n)) tables += framedBytes(bytes);
    tables += framedBytes(outputWords(bits, step, n) * 4);
  }
  return tables;
}

/** Offline tables to party 1; online u to party 0 and labels back, chunk by chunk. */
export function garbledCost(bits: RingBits, step: GarbledStep): StepCost {
  let up = 0;
  let down = 0;
  for (const n of chunkSizes(step.schedule, step.instances)) {
    up += framedBytes(maskWords(bits, step, n) * 4);
    down += framedBytes(labelBytes(step, n));
  }
  const offline = { ...noTraffic(), 'dealer->1': tableBytes(bits, step) };
  return { offline, online: [{ '1->0': up }, { '0->1': down }] };
}

/** Party 0 derives its share of the output; party 1 stores tables and corrections as they come. */
export async function prepareGarbled(context: PrepareContext, step: GarbledStep): Promise<void> {
  const { bits, bundle, party, fromDealer } = context;
  if (party === GARBLER) {
    context.known.set(step.index, garblerShare(bits, bundle.seed, step));
    bundle.put(step.index, {});
    return;
  }
  bundle.put(step.index, await receiveTables(bits, step, fromDealer));
}

/** Tables and share corrections as whoever garbles sends them. */
export async function receiveTables(
  bits: RingBits,
  step: GarbledStep,
  from: Receiver,
): Promise<Pick<Material, 'words' | 'segments'>> {
  const words: Uint32Array[] = [];
  const segments: Uint8Array[] = [];
  for (const n of chunkSizes(step.schedule, step.instances)) {
    for (const bytes of segmentSizes(step.schedule, n)) segments.push(await from.receive(step.index, bytes));
    words.push(await from.receiveWords(step.index, outputWords(bits, step, n)));
  }
  return { words, segments };
}

/** Online: shares of f(y) from shares of y. */
export function runGarbled(context: RunContext, step: GarbledStep, y: Share<Uint32Array>): Promise<Share<Uint32Array>> {
  return context.party === GARBLER ? runGarbler(context, step, y) : runEvaluator(context, step, y);
}

async function runGarbler(context: RunContext, step: GarbledStep, y: Share<Uint32Array>): Promise<Share<Uint32Array>> {
  const { bits, kernels, bundle, peer, batch } = context;
  // nothing is in store, but labels that are selected twice give Delta away: once is all there is
  bundle.take(step.index);
  const { width } = step.spec;
  const shift = step.spec.kind === 'activation' ? step.spec.shift : 0;
  const centred = shift > 0 ? kernels.addConstant(bits, y, 1n << BigInt(shift - 1)) : y;
  // padding of a pool is the least value, so that it never wins
  const least = BigInt.asUintN(64, -(1n << BigInt(width - 1)));
  const inputs = gather(bits, step, batch, centred, [Number(least & 0xffffffffn), Number(least >> 32n)]);
  const sizes = chunkSizes(step.schedule, step.instances);
  const selector = new LabelSelector(
    context.module,
    labelBytes(step, largestChunk(step.schedule, step.instances)),
    bundle.delta!,
  );
  try {
    let first = 0;
    for (const [chunk, n] of sizes.entries()) {
      // expanded while party 1 is at work
      expandLabels(selector.labels(labelBytes(step, n)), bundle.seed, step, chunk);
      const words = maskWords(bits, step, n);
      const u = await peer.receiveWords(step.index, words);
      const t = kernels.add(bits, inputs.subarray(first, first + words), u);
      await peer.send(step.index, selector.select(t, width, wordsPerElement(bits), n));
      first += words;
    }
  } finally {
    selector.dispose();
  }
  return garblerShare(bits, bundle.seed, step);
}

async function runEvaluator(
  context: RunContext,
  step: GarbledStep,
  y: Share<Uint32Array>,
): Promise<Share<Uint32Array>> {
  const { bits, kernels, bundle, peer, batch } = context;
  const perElement = wordsPerElement(bits);
  const inputs = gather(bits, step, batch, y, [0, 0]);
  const sizes = chunkSizes(step.schedule, step.instances);
  const material = bundle.take(step.index);
  let first = 0;
  for (const [chunk, n] of sizes.entries()) {
    const words = maskWords(bits, step, n);
    const r = material.masks[chunk] ?? masks(context, bundle.seed, step, chunk, n);
    const u = kernels.add(bits, inputs.subarray(first, first + words), r);
    await peer.send(step.index, bytesOf(kernels.reduce(bits, u, step.spec.width)));
    first += words;
  }
  const out = new Uint32Array(outputWords(bits, step, step.instances));
  const evaluator = new Evaluator(context.module, step.schedule, largestChunk(step.schedule, step.instances));
  try {
    let segment = 0;
    let done = 0;
    for (const [chunk, n] of sizes.entries()) {
      const own = material.labels[chunk];
      if (own) evaluator.evaluatorLabels(n).set(own);
      else expandLabels(evaluator.evaluatorLabels(n), bundle.seed, step, chunk);
      const active = await peer.receive(step.index, labelBytes(step, n));
      evaluator.garblerLabels(n).set(active);
      release(active);
      const evaluation = evaluator.evaluate(n);
      let next = evaluation.next(new Uint8Array());
      while (!next.done) {
        const tables = material.segments[segment++]!;
        next = evaluation.next(tables);
        release(tables);
      }
      const share = kernels.add(bits, interleave(next.value.words, n, perElement), material.words[chunk]!);
      out.set(share, done);
      done += share.length;
      await turn();
    }
  } finally {
    evaluator.dispose();
  }
  return asShare(out);
}
