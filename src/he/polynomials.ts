/** Polynomials mod q in kernel memory: where their residues lie, and how integers become residues. @module */
import { packedBytes } from '../kernels/boolean.js';
import type { KernelModule } from '../kernels/module.js';
import { constantsOf, type Factor, factorOf, type PrimeConstants, residueOf } from './constants.js';
import type { Polynomials, RingTables } from './ring-lwe.js';
import { residueStride } from './sizes.js';

/** Bytes of one polynomial mod one prime. */
export const WORD_BYTES = 4;
/** Kernels go by vectors of four words. */
const VECTOR_BYTES = 16;

/** Bytes of `count` words in whole vectors. */
export function vectorBytes(count: number): number {
  return Math.ceil((count * WORD_BYTES) / VECTOR_BYTES) * VECTOR_BYTES;
}

/** Residues of polynomial `slot` mod prime i. All polynomials of one prime stand together, a stride apart. */
export function residuesAt({ tables, block, capacity }: Polynomials, prime: number, slot: number): number {
  return block.pointer + (prime * capacity + slot) * residueStride(tables.ring);
}

/** Words of 32 bits that hold numbers of `width` bits. */
export function planeCount(width: number): number {
  return Math.ceil(width / 32);
}

/** The transforms and pointwise products of one prime. */
export class PrimeKernels {
  readonly constants: PrimeConstants;
  readonly #module: KernelModule;
  readonly #n: number;
  readonly #table: number;

  private constructor(module: KernelModule, tables: RingTables, constants: PrimeConstants, index: number) {
    this.#module = module;
    this.constants = constants;
    this.#n = tables.ring.n;
    this.#table = tables.block.pointer + index * tableBytes(this.#n);
  }

  static all(module: KernelModule, tables: RingTables): PrimeKernels[] {
    return constantsOf(tables.ring).map((constants, i) => new PrimeKernels(module, tables, constants, i));
  }

  /** Fills this prime's part of the tables. */
  fillTable(): void {
    this.#module.exports.nttTable(this.constants.root, this.#n, this.constants.prime, this.#table);
  }

  forward(x: number): void {
    this.#module.exports.nttForward(x, this.#n, this.#table, this.constants.prime);
  }

  inverse(x: number): void {
    const { prime, scale, last } = this.constants;
    this.#module.exports.nttInverse(x, this.#n, this.#table, prime, ...scale, ...last);
  }

  /** out += x y, or out -= x y where `negative` is 1, of transformed polynomials. */
  addProduct(x: number, y: number, out: number, negative: 0 | 1 = 0): void {
    this.#module.exports.nttProduct(x, y, out, negative, this.#n, this.constants.prime, ...this.constants.reduction);
  }

  /** accumulator += sum over t < count <= 16 of x_t w_t, for two x. */
  accumulate(
    x: readonly [number, number],
    w: number,
    stride: number,
    count: number,
    accumulator: readonly [number, number],
  ): void {
    const { prime, reduction } = this.constants;
    this.#module.exports.nttAccumulate(...x, w, stride, count, ...accumulator, this.#n, prime, ...reduction);
  }

  /** out += bias + sum_j planes_j factors_j mod p. */
  addPlanes(
    { pointer, stride }: Planes,
    factors: readonly bigint[],
    bias: bigint,
    out: number,
    n: number = this.#n,
  ): void {
    const { memory, exports } = this.#module;
    const { prime } = this.constants;
    memory.withScratch(() => {
      const at = memory.scratch(factors.length * 8);
      memory.words.set(
        factors.flatMap((factor): Factor => factorOf(factor, prime)),
        at >>> 2,
      );
      exports.addPlanes(pointer, stride, factors.length, at, residueOf(bias, prime), out, n, prime);
    });
  }
}

/** Integers as words of 32 bits, word j of all of them together. */
export interface Planes {
  readonly pointer: number;
  readonly stride: number;
}

/** Roots of one prime, their inverses, and the quotients of both. */
export function tableBytes(n: number): number {
  return 4 * n * WORD_BYTES;
}

/** The factors that make a number of its words. */
export function wordFactors(words: number): bigint[] {
  return Array.from({ length: words }, (_, j) => 1n << BigInt(32 * j));
}

/** Scratch planes of `count` numbers of `width` bits. */
export function scratchPlanes(module: KernelModule, count: number, width: number): Planes {
  const stride = vectorBytes(count);
  return { pointer: module.memory.scratch(planeCount(width) * stride), stride };
}

/** Bytes that bit kernels may touch beyond a packed row. */
const SLACK = 8;

/** Writes planes to `out` from `offset` on, each packed; returns where they end. */
export function packPlanes(
  { memory, exports }: KernelModule,
  planes: Planes,
  count: number,
  width: number,
  out: Uint8Array,
  offset: number,
): number {
  for (let j = 0; 32 * j < width; j++) {
    const bits = Math.min(32, width - 32 * j);
    const bytes = packedBytes(count, bits);
    memory.withScratch(() => {
      const packed = memory.scratch(bytes + SLACK);
      exports.packBits32(planes.pointer + j * planes.stride, count, bits, packed);
      out.set(memory.bytes.subarray(packed, packed + bytes), offset);
    });
    offset += bytes;
  }
  return offset;
}

/** Reads planes from `bytes` at `offset`; returns where they end. */
export function unpackPlanes(
  { memory, exports }: KernelModule,
  planes: Planes,
  count: number,
  width: number,
  bytes: Uint8Array,
  offset: number,
): number {
  for (let j = 0; 32 * j < width; j++) {
    const bits = Math.min(32, width - 32 * j);
    const size = packedBytes(count, bits);
    memory.withScratch(() => {
      const packed = memory.scratch(size + SLACK);
      memory.bytes.set(bytes.subarray(offset, offset + size), packed);
      exports.unpackBits32(packed, count, bits, planes.pointer + j * planes.stride);
    });
    offset += size;
  }
  return offset;
}
