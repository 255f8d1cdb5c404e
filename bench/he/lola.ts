/**
 * One image at once, packed for latency, after LoLa: a handful of ciphertexts whose slots are the values of a layer.
 *
 * The ring's slots are G blocks of P. With U the hidden units rounded up to a power of two and B = U / G, block g of the features' ciphertext is
 *
 *   X[gP + i] = x[i + gB - U]                                        (0 outside x)
 *
 * so that the b-th rotation of X holds x[c], c = i + (gB + b) - U: U shifted copies of x in B ciphertexts. Unit r takes feature c
 * at the one i that is r modulo U, so B products with constants and a sum over all slots that agree modulo U give y = x W (the diagonals of Halevi
 * and Shoup, G at a time). The sum comes out in every slot s as y[s mod U], which is how the last layer wants it: one product, and a sum over each
 * run of U slots, leaves logit o in slot oU.
 *
 * The client encrypts the pixels already laid out so, one ciphertext a tap of the kernel, which makes the convolution products with constants too.
 * Slots that hold no logit hold sums of products of weights and units: as in LoLa, the model's privacy from the client is not the scheme's aim.
 * https://arxiv.org/abs/1812.10659
 * @module
 */
import { type IntegerNetwork, outSide, pixelAt } from './network.js';
import {
  Bfv,
  type BfvClient,
  type BfvParameters,
  type CipherText,
  type GaloisKeys,
  type PlainText,
  type RelinKeys,
  type SEALLibrary,
} from './seal.js';

/** The smallest ring whose 128-bit modulus leaves noise for two squares and three products with full plaintexts. */
export const LOLA_DEGREE = 16384;
/** Primes dropped where noise has eaten them: rotations and squares below cost less. */
const DROPPED = { features: 2, hidden: 1, units: 2 } as const;

/** How a network lies in the slots. */
export interface Layout {
  readonly slots: number;
  /** G, P, U and B of the header. */
  readonly blocks: number;
  readonly block: number;
  readonly units: number;
  readonly shifts: number;
}

/** @throws RangeError where the ring is too small for the network */
export function layoutOf({ hidden, logits }: IntegerNetwork, slots: number): Layout {
  const units = powerOfTwo(hidden.outputs);
  for (let block = powerOfTwo(hidden.inputs + units); block <= slots / 2; block *= 2) {
    const blocks = slots / block;
    const shifts = Math.max(1, units / blocks);
    if (hidden.inputs + units + shifts <= block && logits.outputs * units <= slots / 2) {
      return { slots, blocks: units / shifts, block, units, shifts };
    }
  }
  throw new RangeError(`layout: expected at most ${slots} slots, a network of ${hidden.inputs} features needs more`);
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}

/** Rotations that the server does, for their keys; 0 swaps the rows. */
export function rotationsOf({ slots, units, shifts }: Layout): number[] {
  const steps = [0];
  for (let step = 1; step < shifts; step++) steps.push(step);
  for (let step = units; step < slots / 2; step *= 2) steps.push(step);
  for (let step = 1; step < units; step *= 2) steps.push(step);
  return [...new Set(steps)];
}

/** Calls `visit` for each slot that holds feature c. */
function forEachFeature(layout: Layout, features: number, visit: (slot: number, feature: number) => void): void {
  for (let g = 0; g < layout.blocks; g++) {
    for (let c = 0; c < features; c++) {
      const i = c - g * layout.shifts + layout.units;
      if (i >= 0 && i < layout.block) visit(g * layout.block + i, c);
    }
  }
}

/** One encryption for each tap of the kernel. @param pixels levels of one image */
export function encryptWindows(client: BfvClient, network: IntegerNetwork, pixels: Float64Array): Uint8Array[] {
  const { windows, conv, hidden } = network;
  const layout = layoutOf(network, client.slots);
  const size = outSide(windows);
  return Array.from({ length: conv.inputs }, (_, tap) => {
    const slots = new BigInt64Array(client.slots);
    forEachFeature(layout, hidden.inputs, (slot, feature) => {
      const position = Math.floor(feature / conv.outputs);
      const pixel = pixelAt(windows, Math.floor(position / size), position % size, tap);
      if (pixel >= 0) slots[slot] = BigInt(pixels[pixel]!);
    });
    return client.encrypt(slots);
  });
}

/** The logits, centred modulo t, from the slots that hold them. */
export function readLogits({ logits }: IntegerNetwork, layout: Layout, slots: BigInt64Array): bigint[] {
  return Array.from({ length: logits.outputs }, (_, o) => slots[o * layout.units]!);
}

export interface LolaParts {
  readonly loadMs: number;
  readonly featuresMs: number;
  readonly hiddenMs: number;
  readonly logitsMs: number;
}

/** A plaintext to multiply with; undefined where it would be zero, as a product with zero needs no key to read. */
type Factor = PlainText | undefined;

/** The server: weights are encoded and transformed once, when it is made. */
export class LolaServer {
  readonly #bfv: Bfv;
  readonly #layout: Layout;
  readonly #relinearisation: RelinKeys;
  readonly #rotation: GaloisKeys;
  readonly #conv: { readonly taps: readonly Factor[]; readonly bias: PlainText };
  readonly #hidden: { readonly diagonals: readonly Factor[]; readonly bias: PlainText };
  readonly #logits: { readonly weights: Factor; readonly bias: PlainText };

  constructor(
    seal: SEALLibrary,
    parameters: BfvParameters,
    network: IntegerNetwork,
    keys: { readonly relinearisation: Uint8Array; readonly rotation: Uint8Array },
  ) {
    const bfv = new Bfv(seal, parameters);
    this.#bfv = bfv;
    this.#layout = layoutOf(network, bfv.slots);
    this.#relinearisation = seal.RelinKeys();
    this.#relinearisation.loadArray(bfv.context, keys.relinearisation);
    this.#rotation = seal.GaloisKeys();
    this.#rotation.loadArray(bfv.context, keys.rotation);
    this.#conv = this.#convOf(network);
    this.#hidden = this.#hiddenOf(network);
    this.#logits = this.#logitsOf(network);
  }

  #convOf({ conv, hidden }: IntegerNetwork): { taps: Factor[]; bias: PlainText } {
    const layOut = (value: (channel: number) => number): BigInt64Array => {
      const slots = new BigInt64Array(this.#bfv.slots);
      forEachFeature(this.#layout, hidden.inputs, (slot, feature) => {
        slots[slot] = BigInt(value(feature % conv.outputs));
      });
      return slots;
    };
    const taps = Array.from({ length: conv.inputs }, (_, tap) =>
      this.#factor(
        0,
        layOut((channel) => conv.weights[tap * conv.outputs + channel]!),
      ),
    );
    return { taps, bias: this.#bfv.encode(layOut((channel) => conv.bias[channel]!)) };
  }

  #hiddenOf({ hidden }: IntegerNetwork): { diagonals: Factor[]; bias: PlainText } {
    const { blocks, block, units, shifts } = this.#layout;
    const diagonals = Array.from({ length: shifts }, (_, b) => {
      const slots = new BigInt64Array(this.#bfv.slots);
      for (let g = 0; g < blocks; g++) {
        for (let i = 0; i < hidden.inputs + units && i < block; i++) {
          const [unit, feature] = [i % units, i + g * shifts + b - units];
          if (unit >= hidden.outputs || feature < 0 || feature >= hidden.inputs) continue;
          slots[g * block + i] = BigInt(hidden.weights[feature * hidden.outputs + unit]!);
        }
      }
      return this.#factor(DROPPED.features, slots);
    });
    const bias = BigInt64Array.from({ length: this.#bfv.slots }, (_, slot) =>
      this.#bfv.centred(BigInt(hidden.bias[slot % units] ?? 0)),
    );
    return { diagonals, bias: this.#bfv.encode(bias) };
  }

  #logitsOf({ logits }: IntegerNetwork): { weights: Factor; bias: PlainText } {
    const { units } = this.#layout;
    const weights = new BigInt64Array(this.#bfv.slots);
    const bias = new BigInt64Array(this.#bfv.slots);
    for (let o = 0; o < logits.outputs; o++) {
      for (let r = 0; r < logits.inputs; r++) weights[o * units + r] = BigInt(logits.weights[r * logits.outputs + o]!);
      bias[o * units] = this.#bfv.centred(BigInt(logits.bias[o]!));
    }
    const level = DROPPED.features + DROPPED.hidden + DROPPED.units;
    return { weights: this.#factor(level, weights), bias: this.#bfv.encode(bias) };
  }

  /** A plaintext to multiply ciphertexts with that have lost `level` primes: transformed. */
  #factor(level: number, slots: BigInt64Array): Factor {
    if (slots.every((value) => value === 0n)) return undefined;
    const plain = this.#bfv.encode(slots);
    this.#bfv.evaluator.plainTransformToNtt(plain, this.#bfv.parametersAt(level), plain);
    return plain;
  }

  /** One ciphertext whose slots hold the logits. */
  run(taps: readonly Uint8Array[]): { readonly output: Uint8Array; readonly parts: LolaParts } {
    const { evaluator } = this.#bfv;
    const start = performance.now();
    const windows = taps.map((bytes) => this.#bfv.load(bytes));
    const loaded = performance.now();
    const features = this.#products(windows, this.#conv.taps);
    evaluator.addPlain(features, this.#conv.bias, features);
    this.#square(features, DROPPED.features);
    const convolved = performance.now();
    const copies = [features, ...this.#rotations(features)];
    const units = this.#products(copies, this.#hidden.diagonals);
    this.#bfv.switchDown(units, DROPPED.hidden);
    for (let step = this.#layout.units; step < this.#layout.slots / 2; step *= 2) this.#fold(units, step);
    this.#fold(units, 0);
    evaluator.addPlain(units, this.#hidden.bias, units);
    this.#square(units, DROPPED.units);
    const connected = performance.now();
    const logits = this.#products([units], [this.#logits.weights]);
    for (let step = 1; step < this.#layout.units; step *= 2) this.#fold(logits, step);
    evaluator.addPlain(logits, this.#logits.bias, logits);
    const output = logits.saveArray();
    logits.delete();
    return {
      output,
      parts: {
        loadMs: loaded - start,
        featuresMs: convolved - loaded,
        hiddenMs: connected - convolved,
        logitsMs: performance.now() - connected,
      },
    };
  }

  #rotations(x: CipherText): CipherText[] {
    return Array.from(
      { length: this.#layout.shifts - 1 },
      (_, i) => this.#bfv.evaluator.rotateRows(x, i + 1, this.#rotation) as CipherText,
    );
  }

  /** sum_i x_i o w_i; the x_i are used up. */
  #products(inputs: readonly CipherText[], factors: readonly Factor[]): CipherText {
    const { evaluator, seal } = this.#bfv;
    let sum: CipherText | undefined;
    const term = seal.CipherText();
    for (const [i, input] of inputs.entries()) {
      const factor = factors[i];
      if (factor !== undefined) {
        evaluator.cipherTransformToNtt(input, input);
        evaluator.multiplyPlain(input, factor, term);
        if (sum === undefined) sum = term.clone();
        else evaluator.add(sum, term, sum);
      }
      input.delete();
    }
    term.delete();
    if (sum === undefined) throw new RangeError('product: expected a weight other than 0, got none');
    evaluator.cipherTransformFromNtt(sum, sum);
    return sum;
  }

  /** x + x rotated by `step`, in place; 0 swaps the rows. */
  #fold(x: CipherText, step: number): void {
    const { evaluator } = this.#bfv;
    const rotated = (
      step === 0 ? evaluator.rotateColumns(x, this.#rotation) : evaluator.rotateRows(x, step, this.#rotation)
    ) as CipherText;
    evaluator.add(x, rotated, x);
    rotated.delete();
  }

  #square(x: CipherText, dropped: number): void {
    const { evaluator } = this.#bfv;
    evaluator.square(x, x);
    this.#bfv.switchDown(x, dropped);
    evaluator.relinearize(x, this.#relinearisation, x);
  }
}
