/**
 * CryptoNets: many images at once, one pixel position a ciphertext, one image a slot.
 *
 * Every value of the network is a ciphertext whose slots are the images, so that a weight is a constant. With b_v the sum of the
 * inputs whose weight has magnitude v (negative ones subtracted), sum_j w_j x_j = sum_v v b_v: one addition an input, and
 * no product with a constant at all, as sum_v v b_v = sum_v (b_v + b_{v+1} + ...).
 * https://proceedings.mlr.press/v48/gilad-bachrach16.html
 * @module
 */
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
  /** The hidden layer's sums, and its squares. */
  readonly hiddenMs: number;
  readonly squaresMs: number;
  readonly logitsMs: number;
}

export interface ServerResult {
  /** One ciphertext a class. */
  readonly outputs: Uint8Array<ArrayBuffer>[];
  readonly parts: ServerParts;
}

/** Encryptions of the images' pixels. @param images levels of each image, at most one a slot */
export function encryptPixels(client: BfvClient, images: readonly Float64Array[]): Uint8Array[] {
  const pixels = images[0]!.length;
  const slots = new BigInt64Array(client.slots);
  return Array.from({ length: pixels }, (_, pixel) => {
    for (const [slot, image] of images.entries()) slots[slot] = BigInt(image[pixel]!);
    return client.encrypt(slots);
  });
}

/** The network that sees only the first `part` of the features: a sample whose result can still be checked. */
export function sampled(network: IntegerNetwork, part: number): IntegerNetwork {
  const { hidden } = network;
  const kept = Math.max(1, Math.ceil(part * hidden.inputs));
  const weights = hidden.weights.map((weight, i) => (Math.floor(i / hidden.outputs) < kept ? weight : 0));
  return { ...network, hidden: { ...hidden, weights } };
}

/** The time of the whole network from the parts of one that saw `part` of the features: sums and features grow with them. */
export function extrapolatedMs(
  { loadMs, featuresMs, hiddenMs, squaresMs, logitsMs }: ServerParts,
  part: number,
): number {
  return loadMs + (featuresMs + hiddenMs) / part + squaresMs + logitsMs;
}

/** How many features the network's hidden layer looks at. */
export function usedFeatures({ hidden }: IntegerNetwork): number {
  return Array.from({ length: hidden.inputs }, (_, i) => isUsed(hidden, i)).filter(Boolean).length;
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
    const units = this.#layer(hidden, features);
    for (const feature of features) feature?.delete();
    const connected = performance.now();
    for (const unit of units) this.#square(unit);
    const squared = performance.now();
    const outputs = this.#layer(logits, units).map((logit) => Uint8Array.from(logit.saveArray()));
    return {
      outputs,
      parts: {
        loadMs: loaded - start,
        featuresMs: convolved - loaded,
        hiddenMs: connected - convolved,
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
      const value = this.#weightedSum(conv, channel, window);
      this.#square(value);
      this.#onProgress(feature / hidden.inputs);
      return value;
    });
  }

  #layer(layer: Dense, inputs: readonly (CipherText | undefined)[]): CipherText[] {
    return Array.from({ length: layer.outputs }, (_, output) => this.#weightedSum(layer, output, inputs));
  }

  /** sum_j w_j x_j + b of one output. */
  #weightedSum(
    { outputs, weights, bias }: Dense,
    output: number,
    inputs: readonly (CipherText | undefined)[],
  ): CipherText {
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
    if (running === undefined) throw new RangeError(`output ${output}: expected a weight other than 0, got none`);
    for (const sum of sums) sum?.delete();
    evaluator.addPlain(total, this.#bfv.constant(BigInt(bias[output]!)), total);
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
