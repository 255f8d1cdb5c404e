/**
 * Microsoft SEAL's BFV by node-seal (WebAssembly): parameters, keys and integers modulo a prime t.
 *
 * Coefficient moduli are SEAL's defaults for 128-bit security (https://homomorphicencryption.org/standard). Ciphertexts and keys
 * that the secret key's owner makes travel in the form whose random half is a seed. node-seal is loaded when this is first called.
 * @module
 */
import { checkPrimeSync } from 'node:crypto';
import type { BatchEncoder } from 'node-seal/implementation/batch-encoder.js';
import type { CipherText } from 'node-seal/implementation/cipher-text.js';
import type { Context } from 'node-seal/implementation/context.js';
import type { Decryptor } from 'node-seal/implementation/decryptor.js';
import type { Encryptor } from 'node-seal/implementation/encryptor.js';
import type { Evaluator } from 'node-seal/implementation/evaluator.js';
import type { KeyGenerator } from 'node-seal/implementation/key-generator.js';
import type { ParmsIdType } from 'node-seal/implementation/parms-id-type.js';
import type { PlainText } from 'node-seal/implementation/plain-text.js';
import type { SEALLibrary } from 'node-seal/implementation/seal.js';
import { TacitError } from '../../src/core/errors.js';

export type { CipherText } from 'node-seal/implementation/cipher-text.js';
export type { Evaluator } from 'node-seal/implementation/evaluator.js';
export type { GaloisKeys } from 'node-seal/implementation/galois-keys.js';
export type { PlainText } from 'node-seal/implementation/plain-text.js';
export type { RelinKeys } from 'node-seal/implementation/relin-keys.js';
export type { SEALLibrary } from 'node-seal/implementation/seal.js';

export const SECURITY_BITS = 128;

/** Degree of the ring and a prime plaintext modulus, 1 mod 2 * degree. */
export interface BfvParameters {
  readonly degree: number;
  readonly plainModulus: bigint;
}

/** @throws MISSING_PACKAGE where node-seal is not installed */
export async function loadSeal(): Promise<SEALLibrary> {
  let open: unknown;
  try {
    open = (await import('node-seal')).default;
  } catch (cause) {
    throw new TacitError(
      'MISSING_PACKAGE',
      'expected the package node-seal for homomorphic encryption, found none. Run: npm install node-seal@6.0.3',
      { cause },
    );
  }
  return (open as () => Promise<SEALLibrary>)();
}

/** The `count` largest primes of at most `bits` bits that allow batching: 1 mod 2 * degree; fewer where there are fewer. */
function batchingPrimes(degree: number, bits: number, count: number): bigint[] {
  const step = 2n * BigInt(degree);
  const primes: bigint[] = [];
  for (let candidate = 2n ** BigInt(bits) + 1n - step; primes.length < count && candidate > 1n; candidate -= step) {
    if (checkPrimeSync(candidate)) primes.push(candidate);
  }
  return primes;
}

/** `count` plaintext moduli, as small as they may be, whose product tells integers of magnitude up to `bound` apart. */
export function moduliFor(bound: number, degree: number, count: number): bigint[] {
  for (let bits = Math.ceil(Math.log2(2 * bound + 1) / count); ; bits++) {
    const primes = batchingPrimes(degree, bits, count);
    const product = primes.reduce((all, prime) => all * prime, 1n);
    if (primes.length === count && product > 2n * BigInt(bound)) return primes;
  }
}

/** What client and server share: a context, its encoder and evaluator. */
export class Bfv {
  readonly seal: SEALLibrary;
  readonly context: Context;
  readonly encoder: BatchEncoder;
  readonly evaluator: Evaluator;
  readonly plainModulus: bigint;
  readonly #constants = new Map<bigint, PlainText>();

  /** @throws RangeError where SEAL refuses the parameters at 128 bits */
  constructor(seal: SEALLibrary, { degree, plainModulus }: BfvParameters) {
    const parameters = seal.EncryptionParameters(seal.SchemeType.bfv);
    parameters.setPolyModulusDegree(degree);
    parameters.setCoeffModulus(seal.CoeffModulus.BFVDefault(degree, seal.SecurityLevel.tc128));
    parameters.setPlainModulus(seal.Modulus(plainModulus));
    this.context = seal.Context(parameters, true, seal.SecurityLevel.tc128);
    if (!this.context.parametersSet()) {
      throw new RangeError(`bfv: expected parameters of ${SECURITY_BITS} bits, got ${degree} and ${plainModulus}`);
    }
    this.seal = seal;
    this.encoder = seal.BatchEncoder(this.context);
    this.evaluator = seal.Evaluator(this.context);
    this.plainModulus = plainModulus;
  }

  get slots(): number {
    return this.encoder.slotCount;
  }

  /** Bits of the coefficient modulus of keys (all primes) and of fresh ciphertexts (all but one). */
  get modulusBits(): { readonly keys: number; readonly fresh: number } {
    const { keyContextData, firstContextData } = this.context;
    return {
      keys: keyContextData.totalCoeffModulusBitCount,
      fresh: firstContextData.totalCoeffModulusBitCount,
    };
  }

  /** The representative of `value` modulo t in (-t/2, t/2]. */
  centred(value: bigint): bigint {
    const t = this.plainModulus;
    const residue = ((value % t) + t) % t;
    return 2n * residue > t ? residue - t : residue;
  }

  /** Integers, modulo t, one a slot; the slots after the last hold zero. */
  encode(values: BigInt64Array): PlainText {
    return this.encoder.encode(values) as PlainText;
  }

  /** `value` in every slot: a polynomial of degree 0, with which products are cheap. */
  constant(value: bigint): PlainText {
    const residue = this.centred(value);
    const known = this.#constants.get(residue) ?? this.encode(new BigInt64Array(this.slots).fill(residue));
    this.#constants.set(residue, known);
    return known;
  }

  /** A ciphertext from its bytes. */
  load(bytes: Uint8Array): CipherText {
    const ciphertext = this.seal.CipherText();
    ciphertext.loadArray(this.context, bytes);
    return ciphertext;
  }

  /** The parameters `level` primes below those of fresh ciphertexts. */
  parametersAt(level: number): ParmsIdType {
    let data = this.context.firstContextData;
    for (let i = 0; i < level; i++) data = data.nextContextData;
    return data.parmsId;
  }

  /** Drops `primes` primes of the ciphertext's modulus, in place. */
  switchDown(ciphertext: CipherText, primes: number): void {
    for (let i = 0; i < primes; i++) this.evaluator.cipherModSwitchToNext(ciphertext, ciphertext);
  }
}

/** The owner of the secret key. */
export class BfvClient extends Bfv {
  readonly keys: KeyGenerator;
  readonly #encryptor: Encryptor;
  readonly #decryptor: Decryptor;

  constructor(seal: SEALLibrary, parameters: BfvParameters) {
    super(seal, parameters);
    this.keys = seal.KeyGenerator(this.context);
    const secret = this.keys.secretKey();
    this.#encryptor = seal.Encryptor(this.context, this.keys.createPublicKey(), secret);
    this.#decryptor = seal.Decryptor(this.context, secret);
  }

  /** Keys for products, as bytes for the server. */
  relinearisationKeys(): Uint8Array {
    return this.keys.createRelinKeysSerializable().saveArray();
  }

  /** Keys for rotations by `steps` slots to the left (0: both rows swapped), as bytes for the server. */
  rotationKeys(steps: readonly number[]): Uint8Array {
    return this.keys.createGaloisKeysSerializable(Int32Array.from(steps)).saveArray();
  }

  /** An encryption of one integer a slot, as bytes for the server. */
  encrypt(values: BigInt64Array): Uint8Array<ArrayBuffer> {
    const plain = this.encode(values);
    const ciphertext = this.#encryptor.encryptSymmetricSerializable(plain);
    const bytes = ciphertext.saveArray().slice();
    ciphertext.delete();
    plain.delete();
    return bytes;
  }

  /** Slots, modulo t and centred: right while the noise leaves a budget. */
  decrypt(bytes: Uint8Array): BigInt64Array {
    const ciphertext = this.load(bytes);
    const plain = this.#decryptor.decrypt(ciphertext) as PlainText;
    const values = this.encoder.decodeBigInt(plain, true) as BigInt64Array;
    plain.delete();
    ciphertext.delete();
    return values;
  }

  /** The bits of noise that could still be added. @throws INTERNAL where none are left */
  noiseBudgetBits(bytes: Uint8Array): number {
    const ciphertext = this.load(bytes);
    const bits = this.#decryptor.invariantNoiseBudget(ciphertext);
    ciphertext.delete();
    if (bits > 0) return bits;
    throw new TacitError(
      'INTERNAL',
      'decryption: expected a noise budget above 0 bits, got 0. Use a smaller modulus t',
    );
  }
}
