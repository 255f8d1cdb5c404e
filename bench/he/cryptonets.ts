/**
 * CryptoNets: many images at once, one pixel position a ciphertext, one image a slot.
 *
 * Every value of the network is a ciphertext whose slots are the images, so that a weight is a constant. With b_v the sum of the
 * inputs whose weight has magnitude v (negative ones subtracted), sum_j w_j x_j = sum_v v b_v: one addition an input, and
 * no product with a constant at all, as sum_v v b_v = sum_v (b_v + b_{v+1} + ...).
 * https://proceedings.mlr.press/v48/gilad-bachrach16.html
 * @module
 */
import { TacitError } from '../../src/core/errors.js';
import { type Dense, type IntegerNetwork, outSide, pixelAt } from './network.js';
import { Bfv, type BfvClient, type BfvParameters, type CipherText, type RelinKeys, type SEALLibrary } from './seal.js';

/** The smallest ring whose 128-bit modulus leaves noise for two squares. */
export const CRYPTONETS_DEGREE = 8192;
/** Primes dropped after each square: the noise that it made is as large as they are. */
const DROPPED = 1;

/** Milliseconds of each part of the server's work. */
export interface ServerParts {
  readonly loadMs: number;
  /** Convolution and its squares. */
  readonly featuresMs: number;
  /** The hidden layer's inputs, summed by the magnitude of their weights. */
  readonly sumsMs: number;
  /** Those sums, weighted. */
  readonly unitsMs: number;
  readonly squaresMs: number;
  readonly logitsMs: number;
}

export interface ServerResult {
  /** One ciphertext a class. */
  readonly outputs: Uint8Array<ArrayBuffer>[];
  readonly parts: ServerParts;
}

/** Encryptions of the images' pixels. @param images levels of each image, at most one a slot */
export function encryptPixels(client: BfvClient, images: readonly Float64Array[]): Uint8Array<ArrayBuffer>[] {
  const pixels = images[0]!.length;
  const slots = new BigInt64Array(client.slots);
  return Array.from({ length: pixels }, (_, pixel) => {
    for (const [slot, image] of images.entries()) slots[slot] = BigInt(image[pixel]!);
    return client.encrypt(slots);
  });
}

/**
 * The network that sees only `part` of the features, evenly spread over the image: a sample whose result can still be checked.
 * @throws USAGE where a hidden unit would see none
 */
export function sampled(network: IntegerNetwork, part: number): IntegerNetwork {
  const hidden = thinned(network.hidden, part);
  if (seesAll(hidden)) return { ...network, hidden };
  let percent = Math.floor(100 * part) + 1;
  while (percent < 100 && !seesAll(thinned(network.hidden, percent / 100))) percent++;
  throw new TacitError(
    'USAGE',
    `expected --sample to leave every hidden unit an input, got ${part}. Give --sample ${percent / 100}`,
  );
}

/** Without the weights of all inputs but a part. */
function thinned(layer: Dense, part: number): Dense {
  const { inputs, outputs } = layer;
  const kept = Math.ceil(part * inputs);
  const isKept = (input: number): boolean =>
    Math.floor(((input + 1) * kept) / inputs) > Math.floor((input * kept) / inputs);
  return { ...layer, weights: layer.weights.map((weight, i) => (isKept(Math.floor(i / outputs)) ? weight : 0)) };
}

/** Whether every output has an input. */
function seesAll({ inputs, outputs, weights }: Dense): boolean {
  return Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: inputs }, (_, input) => weights[input * outputs + output]!).some((weight) => weight !== 0),
  ).every(Boolean);
}

/** What the server's work grows with. */
export interface Work {
  /** Outputs of the convolution that the hidden layer looks at. */
  readonly features: number;
  /** The hidden layer's, other than 0. */
  readonly weights: number;
}

export function workOf({ hidden }: IntegerNetwork): Work {
  return {
    features: Array.from({ length: hidden.inputs }, (_, i) => isUsed(hidden, i)).filter(Boolean).length,
    weights: hidden.weights.filter((weight) => weight !== 0).length,
  };
}

/** The parts of the whole work from those of a sample: features and sums grow with it, the others are whole already. */
export function extrapolated(parts: ServerParts, done: Work, whole: Work): ServerParts {
  return {
    ...parts,
    featuresMs: (parts.featuresMs * whole.features) / done.features,
    sumsMs: (parts.sumsMs * whole.weights) / done.weights,
  };
}

function isUsed({ weights, outputs }: Dense, input: number): boolean {
  return weights.subarray(input * outputs, (input + 1) * outputs).some((weight) => weight !== 0);
}

/** The server: one plaintext modulus. */
export class CryptonetsServer {
  readonly #bfv: Bfv;
  readonly #network: IntegerNetwork;
  readonly #keys: RelinKeys;
  readonly #onProgress: (fraction: number) => void;

  constructor(
    seal: SEALLibrary,
    parameters: BfvParameters,
    network: IntegerNetwork,
    relinearisationKeys: Uint8Array,
    onProgress: (fraction: number) => void = () => {},
  ) {
    this.#bfv = new Bfv(seal, parameters);
    this.#network = network;
    this.#keys = seal.RelinKeys();
    this.#keys.loadArray(this.#bfv.context, relinearisationKeys);
    this.#onProgress = onProgress;
  }

  run(pixels: readonly Uint8Array[]): ServerResult {
    const { hidden, logits } = this.#network;
    const start = performance.now();
    const inputs = pixels.map((bytes) => this.#bfv.load(bytes));
    const loaded = performance.now();
    const features = this.#features(inputs);
    for (const input of inputs) input.delete();
    const convolved = performance.now();
    let sumsMs = 0;
    const units = Array.from({ length: hidden.outputs }, (_, unit) => {
      const begun = performance.now();
      const sums = this.#sums(hidden, unit, features);
      sumsMs += performance.now() - begun;
      return this.#weighted(sums, hidden.bias[unit]!);
    });
    for (const feature of features) feature?.delete();
    const connected = performance.now();
    for (const unit of units) this.#square(unit);
    const squared = performance.now();
    const outputs = Array.from({ length: logits.outputs }, (_, output) =>
      Uint8Array.from(this.#weighted(this.#sums(logits, output, units), logits.bias[output]!).saveArray()),
    );
    return {
      outputs,
      parts: {
        loadMs: loaded - start,
        featuresMs: convolved - loaded,
        sumsMs,
        unitsMs: connected - convolved - sumsMs,
        squaresMs: squared - connected,
        logitsMs: performance.now() - squared,
      },
    };
  }

  /** Squared outputs of the convolution; those that no unit looks at are left out. */
  #features(pixels: readonly CipherText[]): (CipherText | undefined)[] {
    const { windows, conv, hidden } = this.#network;
    const size = outSide(windows);
    return Array.from({ length: hidden.inputs }, (_, feature) => {
      if (!isUsed(hidden, feature)) return undefined;
      const channel = feature % conv.outputs;
      const position = Math.floor(feature / conv.outputs);
      const window = Array.from({ length: conv.inputs }, (_, tap) => {
        const pixel = pixelAt(windows, Math.floor(position / size), position % size, tap);
        return pixel < 0 ? undefined : pixels[pixel]!;
      });
      const value = this.#weighted(this.#sums(conv, channel, window), conv.bias[channel]!);
      this.#square(value);
      this.#onProgress(feature / hidden.inputs);
      return value;
    });
  }

  /** b_v of the header for each magnitude v of the output's weights. */
  #sums(
    { outputs, weights }: Dense,
    output: number,
    inputs: readonly (CipherText | undefined)[],
  ): (CipherText | undefined)[] {
    const { evaluator, seal } = this.#bfv;
    const sums: (CipherText | undefined)[] = [];
    for (const [j, input] of inputs.entries()) {
      const weight = weights[j * outputs + output]!;
      if (input === undefined || weight === 0) continue;
      const size = Math.abs(weight);
      const sum = sums[size];
      if (sum === undefined) {
        sums[size] = seal.CipherText();
        if (weight > 0) sums[size].copy(input);
        else evaluator.negate(input, sums[size]);
      } else if (weight > 0) evaluator.add(sum, input, sum);
      else evaluator.sub(sum, input, sum);
    }
    return sums;
  }

  /** sum_v v b_v + bias; the b_v are used up. */
  #weighted(sums: readonly (CipherText | undefined)[], bias: number): CipherText {
    const { evaluator, seal } = this.#bfv;
    const total = seal.CipherText();
    let running: CipherText | undefined;
    for (let size = sums.length - 1; size > 0; size--) {
      const sum = sums[size];
      if (sum !== undefined && running !== undefined) evaluator.add(running, sum, running);
      if (running === undefined) {
        running = sum!;
        total.copy(running);
        continue;
      }
      evaluator.add(total, running, total);
    }
    if (running === undefined) throw new RangeError('weighted sum: expected a weight other than 0, got none');
    for (const sum of sums) sum?.delete();
    evaluator.addPlain(total, this.#bfv.constant(BigInt(bias)), total);
    return total;
  }

  /** x^2, with as much modulus dropped as the square made noise; in place. */
  #square(x: CipherText): void {
    const { evaluator } = this.#bfv;
    evaluator.square(x, x);
    this.#bfv.switchDown(x, DROPPED);
    evaluator.relinearize(x, this.#keys, x);
  }
}
