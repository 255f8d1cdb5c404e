/**
 * A non-linear step by a garbled circuit with exact truncation; party 0 garbles (or the dealer for it), party 1 evaluates.
 *
 * Party 1 sends u = y_1 + r mod 2^m, party 0 sets t = y_0 + c + u and answers with the active labels of t, and party 1 evaluates f(t - r).
 * @module
 */
import { release, turn } from '#platform';
import { roundingOf } from '../../../circuits/spec.js';
import { bytesOf, wordsPerElement } from '../../core/ring.js';
import { asShare, type Share } from '../../core/secret.js';
import { labelBytes, maskWords, outputWords } from '../../correlations/tables/sizes.js';
import { expandLabels, garblerShare, interleave, masks } from '../../correlations/tables/table.js';
import { Evaluator } from '../../gc/evaluate.js';
import { chunkSizes, largestChunk } from '../../gc/schedule.js';
import { LabelSelector } from '../../gc/select.js';
import { GARBLER, type GarbledStep } from '../../steps/two.js';
import type { Running } from '../protocol.js';
import type { RunContext } from './context.js';
import { gather } from './window.js';

/** Online: shares of f(y) from shares of y. */
function runGarbled(context: RunContext, step: GarbledStep, y: Share<Uint32Array>): Promise<Share<Uint32Array>> {
  return context.party === GARBLER ? runGarbler(context, step, y) : runEvaluator(context, step, y);
}

async function runGarbler(context: RunContext, step: GarbledStep, y: Share<Uint32Array>): Promise<Share<Uint32Array>> {
  const { bits, kernels, bundle, peer, batch } = context;
  // nothing is in store, but labels that are selected twice give Delta away: once is all there is
  bundle.take(step.index);
  const { width } = step.spec;
  const rounding = roundingOf(step.spec);
  const centred = rounding > 0n ? kernels.addConstant(bits, y, rounding) : y;
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
  const drawn = material.masks.left > 0;
  let first = 0;
  for (const [chunk, n] of sizes.entries()) {
    const words = maskWords(bits, step, n);
    const r = drawn ? await material.masks.next() : masks(context, bundle.seed, step, chunk, n);
    const u = kernels.add(bits, inputs.subarray(first, first + words), r);
    await peer.send(step.index, bytesOf(kernels.reduce(bits, u, step.spec.width)));
    first += words;
  }
  const out = new Uint32Array(outputWords(bits, step, step.instances));
  const evaluator = new Evaluator(context.module, step.schedule, largestChunk(step.schedule, step.instances));
  try {
    let done = 0;
    for (const [chunk, n] of sizes.entries()) {
      if (drawn) evaluator.evaluatorLabels(n).set(await material.labels.next());
      else expandLabels(evaluator.evaluatorLabels(n), bundle.seed, step, chunk);
      const active = await peer.receive(step.index, labelBytes(step, n));
      evaluator.garblerLabels(n).set(active);
      release(active);
      const evaluation = evaluator.evaluate(n);
      let next = evaluation.next(new Uint8Array());
      while (!next.done) {
        const tables = await material.segments.next();
        next = evaluation.next(tables);
        release(tables);
      }
      const share = kernels.add(bits, interleave(next.value.words, n, perElement), await material.words.next());
      out.set(share, done);
      done += share.length;
      await turn();
    }
  } finally {
    evaluator.dispose();
  }
  return asShare(out);
}

export const garbled: Running<GarbledStep, RunContext, Uint32Array> = {
  run: (context, step, [y]) => runGarbled(context, step, y!),
};
