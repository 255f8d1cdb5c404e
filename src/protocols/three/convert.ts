/**
 * From shared bits to replicated words, in two messages.
 *
 * A shared bit is u + v mod 2, u = z_0 + z_1 known to party 0 and v = z_2 to parties 1 and 2. So what a step has to give is
 * L + H + sum_j U_j V_j: L and the factors U_j are known to party 0, H and the V_j to both helpers. Party 0 shares each U_j and
 * L - y_0 - y_1 between the helpers (party 1's part comes from their common stream), and y_2, the sum of what the helpers make of
 * their parts, is what they tell each other. y_0 and y_1 are from the streams of parties (2, 0) and (0, 1). To party 2 y_1 masks all
 * that it gets, to party 1 y_0 does. (The three-party oblivious transfer of ABY3, Mohassel and Rindal, CCS 2018, section 5.4, with a
 * second helper that knows the choice.)
 *
 * A word of bits: u + v mod 2 = v + u (1 - 2v), so U_k = u_k and V_k = 2^k (1 - 2 v_k).
 *
 * A ReLU by carries: with a + b = x + 2^(m-1) mod 2^m, A = floor(a / 2^d), B = floor(b / 2^d), low the carry out of the low d bits, top
 * that into bit m-1, wrap that out of it, keep = a_t + b_t + top mod 2 the bit m-1 of the sum, which is not-sign of x:
 *
 *   relu(x) >> d = keep * (A + B + low - 2^(m-d) wrap - 2^(m-1-d)),   keep * wrap = a_t b_t top
 *
 * Each of keep, low and top is a bit u + v mod 2, and all products fall apart into U_j V_j (kernels: reluFactors, reluSum).
 * @module
 */

import type { ProgramWord } from '../../../circuits/program.js';
import type { ActivationSpec } from '../../../circuits/spec.js';
import type { KeyStream } from '../../core/prg.js';
import type { Arithmetic } from '../../correlations/context.js';
import { wordKernels, wordRowBytes } from '../../kernels/boolean.js';
import { operationsOf } from '../../kernels/ring-operations.js';
import { packRows, unpackRows } from '../../sliced/packing.js';
import { type BooleanStep, FIRST_HELPER, OWNER, type Party } from '../../steps/three.js';
import type { StepStreams } from './context.js';
import type { Engine } from './engine.js';
import { factorBytes, rowWidths } from './sizes.js';

/** What a party needs to turn the bits of n instances into words. */
export interface Conversion {
  readonly arithmetic: Arithmetic;
  readonly party: Party;
  readonly step: BooleanStep;
  readonly streams: StepStreams;
  readonly engine: Engine;
  readonly n: number;
  /** This party's input words as the circuit read them, put in scratch. */
  readonly inputs: () => number;
}

/** Party 0: the message to party 2; y_0 and y_1, [output][instance], go to `first` and `second`. */
export function ownerFactors(conversion: Conversion, first: Uint32Array, second: Uint32Array): Uint8Array {
  const { arithmetic, step, streams, n } = conversion;
  const { bits, module } = arithmetic;
  const { memory, exports } = module;
  const { add, sub } = operationsOf(exports)[bits];
  const rowBytes = wordRowBytes(n, bits);
  const message = new Uint8Array(factorBytes(step, n));
  let at = 0;
  for (let output = 0; output < step.outputs; output++) {
    memory.withScratch(() => {
      const widths = rowWidths(step, output);
      const y0 = wordsOf(first, output, step.outputs);
      const y1 = wordsOf(second, output, step.outputs);
      const r = memory.scratch(widths.length * rowBytes);
      drawRows(conversion, streams.second, widths, r);
      streams.first.nextInto(asBytes(y0));
      streams.second.nextInto(asBytes(y1));
      const rows = memory.scratch(widths.length * rowBytes);
      if (step.finish === 'carries') carryRows(conversion, rows);
      else memory.bytes.fill(0, rows, rows + rowBytes);
      // L - y_0 - y_1
      const sum = memory.scratch(rowBytes);
      add(memory.pointerTo(y0), memory.pointerTo(y1), sum, n);
      sub(rows, sum, rows, n);
      if (step.finish === 'carries') sub(rows, r, rows, (widths.length * rowBytes) / (bits / 8));
      else {
        sub(rows, r, rows, n);
        bitRows(conversion, step.program.words[output]!, r + rowBytes, rows + rowBytes);
      }
      at = packRows(arithmetic, widths, n, rows, message, at);
    });
  }
  return message;
}

/** A helper: its sum for the other helper, [output][instance]; party 2 takes its parts from `message`. y_0 or y_1 goes to `known`. */
export function helperSums(conversion: Conversion, message: Uint8Array | undefined, known: Uint32Array): Uint32Array {
  const { arithmetic, party, step, streams, n } = conversion;
  const { bits, module } = arithmetic;
  const { memory } = module;
  const rowBytes = wordRowBytes(n, bits);
  const words = (n * bits) / 32;
  const sums = new Uint32Array(step.outputs * words);
  let at = 0;
  for (let output = 0; output < step.outputs; output++) {
    memory.withScratch(() => {
      const widths = rowWidths(step, output);
      const r = memory.scratch(widths.length * rowBytes);
      const y = asBytes(wordsOf(known, output, step.outputs));
      if (message === undefined) {
        drawRows(conversion, streams.first, widths, r);
        streams.first.nextInto(y);
      } else {
        streams.second.nextInto(y);
        at = unpackRows(arithmetic, widths, n, message, at, r);
      }
      const own = party === FIRST_HELPER ? 1 : 0;
      const out = memory.scratch(rowBytes);
      if (step.finish === 'carries') carrySum(conversion, own, r, out);
      else {
        memory.bytes.copyWithin(out, r, r + rowBytes);
        addBits(conversion, step.program.words[output]!, own, r + rowBytes, out);
      }
      sums.set(memory.words.subarray(out >>> 2, (out >>> 2) + words), output * words);
    });
  }
  return sums;
}

/**
 * Party 1's parts, whole words whatever the width: to unpack fewer bytes would take longer than to draw more. Rows that do not travel
 * count for nothing.
 */
function drawRows({ arithmetic, n }: Conversion, stream: KeyStream, widths: readonly number[], rows: number): void {
  const { bits, module } = arithmetic;
  const rowBytes = wordRowBytes(n, bits);
  for (const [i, width] of widths.entries()) {
    const row = module.memory.bytes.subarray(rows + i * rowBytes, rows + (i + 1) * rowBytes);
    if (width === 0) row.fill(0);
    else stream.nextInto(row);
  }
}

/** Rows of U_j that do not yet have their masks taken off. */
function carryRows({ arithmetic, step, engine, n, inputs }: Conversion, rows: number): void {
  const { module, bits } = arithmetic;
  const { width, shift } = step.spec as ActivationSpec;
  const [top, low] = step.program.bits as [number, number | undefined];
  const lowest = low ?? top;
  wordKernels(module.exports, bits).reluFactors(
    inputs(),
    width,
    shift,
    engine.plane(lowest, 0),
    engine.plane(lowest, 1),
    engine.plane(top, 0),
    engine.plane(top, 1),
    n,
    rows,
    wordRowBytes(n, bits),
  );
}

function carrySum(
  { arithmetic, party, step, engine, n, inputs }: Conversion,
  own: number,
  r: number,
  out: number,
): void {
  const { module, bits } = arithmetic;
  const { width, shift } = step.spec as ActivationSpec;
  const [top, low] = step.program.bits as [number, number | undefined];
  const component = helperComponent(party);
  wordKernels(module.exports, bits).reluSum(
    inputs(),
    width,
    shift,
    engine.plane(low ?? top, component),
    engine.plane(top, component),
    own,
    n,
    r,
    wordRowBytes(n, bits),
    out,
  );
}

/** u_k - r_k for each term. */
function bitRows({ arithmetic, engine, n }: Conversion, word: ProgramWord, r: number, rows: number): void {
  const { module, bits } = arithmetic;
  const rowBytes = wordRowBytes(n, bits);
  const { ownBit } = wordKernels(module.exports, bits);
  for (const [k, { bit }] of word.terms.entries()) {
    const [first, second] = [engine.plane(bit, 0), engine.plane(bit, 1)];
    ownBit(first, second, bit & 1, r + k * rowBytes, rows + k * rowBytes, n);
  }
}

/** Adds 2^k (v_k + r_k (1 - 2 v_k)) for each term, v_k once among the helpers. */
function addBits(
  { arithmetic, party, engine, n }: Conversion,
  word: ProgramWord,
  own: number,
  r: number,
  out: number,
): void {
  const { module, bits } = arithmetic;
  const rowBytes = wordRowBytes(n, bits);
  const { addBit } = wordKernels(module.exports, bits);
  const component = helperComponent(party);
  for (const [k, { bit, shift, negative }] of word.terms.entries()) {
    const weight = 1n << BigInt(shift);
    addBit(engine.plane(bit, component), 0, r + k * rowBytes, negative ? -weight : weight, own, out, n);
  }
}

/** Where a helper has component 2. */
function helperComponent(party: Party): 0 | 1 {
  if (party === OWNER) throw new RangeError('party 0 holds no component 2');
  return party === FIRST_HELPER ? 1 : 0;
}

function wordsOf(words: Uint32Array, output: number, outputs: number): Uint32Array {
  const each = words.length / outputs;
  return words.subarray(output * each, (output + 1) * each);
}

function asBytes(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
