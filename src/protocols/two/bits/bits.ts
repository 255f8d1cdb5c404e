/**
 * A non-linear step of two parties on masked bits: exact truncation and everything after it in a Boolean circuit.
 *
 * Party 0 knows a = x_0 + c and party 1 b = x_1; a shallow circuit on a + b gives bits (engine.ts), and these words, without a message (convert.ts). So
 * a step takes one message each way for the inputs and one for each level of ANDs. A group of chunks of instances goes through all of it side by
 * side, so that its messages travel together; groups wait for each other only where the wires of all would take too much memory.
 * @module
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { release } from '#platform';
import { wordsPerElement } from '../../../core/ring.js';
import { asShare, type Share } from '../../../core/secret.js';
import { DrawnProducts, Masks, type Products, StoredProducts } from '../../../correlations/bits/masks.js';
import { openingBytes } from '../../../correlations/bits/sizes.js';
import { wordKernels } from '../../../kernels/boolean.js';
import { operationsOf } from '../../../kernels/ring-operations.js';
import { Turns } from '../../../platform/turns.js';
import { packWords, unpackWords } from '../../../sliced/packing.js';
import { levelBytes, rowBytes } from '../../../sliced/planes.js';
import { makeResident, type ResidentProgram } from '../../../sliced/slots.js';
import { type BitsStep, GARBLER, otherOf } from '../../../steps/two.js';
import { constantOf, gathered, interleaved, paddingOf, type Range, windowsOf } from '../../instances.js';
import type { Running } from '../../protocol.js';
import type { RunContext } from '../context.js';
import { type Carried, carryShare, outputShare } from './convert.js';
import { Engine } from './engine.js';

/** The shares of f(x) from those of x. */
async function runBits(context: RunContext, step: BitsStep, x: Share<Uint32Array>): Promise<Share<Uint32Array>> {
  const { bits, module, bundle, batch } = context;
  // taken before anything that depends on it leaves
  const { segments } = bundle.take(step.index);
  const resident = makeResident(module, step.program);
  const windows = windowsOf(step, batch);
  const out = new Uint32Array(step.elements * wordsPerElement(bits));
  let start = 0;
  let made = 0;
  try {
    for (const group of step.groups) {
      const chunks: Chunk[] = [];
      try {
        for (const n of group) {
          const segment = segments.left > 0 ? await segments.next() : undefined;
          chunks.push(new Chunk(context, step, resident, windows, x, { start, n }, made, segment));
          start += n;
          made++;
        }
        await runGroup(context, step, chunks, out);
      } finally {
        for (const chunk of chunks) chunk.engine.dispose();
      }
    }
  } finally {
    module.memory.clear(resident.block);
  }
  return asShare(interleaved(bits, step, out));
}

/** All chunks send what they can before any waits; between two the event loop turns now and then. */
async function runGroup(
  { party, peer }: RunContext,
  step: BitsStep,
  chunks: readonly Chunk[],
  out: Uint32Array,
): Promise<void> {
  const { index, program } = step;
  const turns = new Turns();
  for (const chunk of chunks) {
    await peer.send(index, chunk.open());
    await turns.due();
  }
  for (const chunk of chunks) {
    const opening = await peer.receive(index, openingBytes(step, otherOf(party), chunk.range.n));
    chunk.accept(opening);
    release(opening);
  }
  for (const [level, { outs }] of program.levels.entries()) {
    for (const { engine } of chunks) {
      const rows = engine.level(level);
      if (rows.length > 0) await peer.send(index, rows);
      await turns.due();
    }
    if (outs.length === 0) continue;
    for (const { engine, range } of chunks) {
      const rows = await peer.receive(index, levelBytes(outs.length, range.n));
      engine.accept(level, rows);
      release(rows);
    }
  }
  for (const chunk of chunks) {
    chunk.finish(out);
    await turns.due();
  }
}

/** Some instances of a step on their way through it. */
class Chunk {
  readonly range: Range;
  readonly engine: Engine;
  readonly #context: RunContext;
  readonly #step: BitsStep;
  readonly #windows: Int32Array | undefined;
  readonly #x: Share<Uint32Array>;
  readonly #masks: Masks;
  readonly #products: Products;
  #carried: Carried | undefined;

  constructor(
    context: RunContext,
    step: BitsStep,
    resident: ResidentProgram,
    windows: Int32Array | undefined,
    x: Share<Uint32Array>,
    range: Range,
    chunk: number,
    segment: Uint8Array | undefined,
  ) {
    const { module, party, bundle } = context;
    this.range = range;
    this.#context = context;
    this.#step = step;
    this.#windows = windows;
    this.#x = x;
    this.#masks = new Masks(bundle.seed, step, chunk);
    this.#products = segment
      ? new StoredProducts(context, segment, range.n)
      : new DrawnProducts(context, bundle.seed, step, chunk, range.n);
    this.engine = new Engine(module, party, step.program, resident, this.#masks, this.#products, range.n);
  }

  /** This party's words of an input, in scratch. */
  #words(value: number): number {
    const { bits, module, party } = this.#context;
    const ours = party === GARBLER;
    const padding = ours ? paddingOf(this.#step) : 0n;
    const words = gathered(this.#context, this.#step, this.#windows, this.#x, this.range, value, padding);
    const constant = constantOf(this.#step);
    if (ours && constant !== 0n) operationsOf(module.exports)[bits].addConstant(words, constant, words, this.range.n);
    return words;
  }

  /** This party's inputs, masked: its bits and their products, and of a ReLU by carries its share of X. */
  open(): Uint8Array {
    const { bits, kernels, module, party } = this.#context;
    const { program, spec, finish } = this.#step;
    const { n } = this.range;
    const { toPlanes } = wordKernels(module.exports, bits);
    const width = (party === GARBLER ? program.ownerBits : program.helperBits) / spec.values;
    const row = rowBytes(n);
    let x: Uint32Array | undefined;
    for (let value = 0; value < spec.values; value++) {
      module.memory.withScratch(() => {
        const from = this.#words(value);
        toPlanes(from, n, width, this.engine.rows + value * width * row, row);
        if (finish === 'carries') x = carryShare(this.#context, party, this.#step, from, n);
      });
    }
    const rows = this.engine.maskInputs();
    if (x === undefined) return rows;
    const s = kernels.add(bits, x, this.#masks.offsets(bits, n));
    this.#carried = { x, s };
    return concatBytes(rows, this.#packed(s));
  }

  /** The other's. */
  accept(frame: Uint8Array): void {
    const { bits, kernels } = this.#context;
    const rows = levelBytes(this.#othersRows(), this.range.n);
    this.engine.acceptInputs(frame.subarray(0, rows));
    if (!this.#carried) return;
    const { x, s } = this.#carried;
    const others = new Uint32Array(s.length);
    others.set(unpackWords(this.#context, frame.subarray(rows), this.range.n, this.#step.bits));
    this.#carried = { x, s: kernels.add(bits, s, others) };
  }

  #othersRows(): number {
    const { ownerRows, helperRows } = this.#step.program;
    return this.#context.party === GARBLER ? helperRows : ownerRows;
  }

  /** The low bits of the words of instances. */
  #packed(s: Uint32Array): Uint8Array {
    const words = this.range.n * wordsPerElement(this.#context.bits);
    return packWords(this.#context, s.subarray(0, words), this.#step.bits);
  }

  /** Its words to [output][instance]. */
  finish(out: Uint32Array): void {
    const { party } = this.#context;
    const { outputs, elements, instances } = this.#step;
    const { start, n } = this.range;
    const perElement = out.length / elements;
    for (let output = 0; output < outputs; output++) {
      const words = outputShare(
        this.#context,
        party,
        this.#step,
        output,
        this.engine,
        this.#products,
        n,
        this.#carried,
      );
      out.set(words, (output * instances + start) * perElement);
    }
  }
}

export const bits: Running<BitsStep, RunContext, Uint32Array> = {
  run: (context, step, [x]) => runBits(context, step, x!),
};
