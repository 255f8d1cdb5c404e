/**
 * Kernel memory for one tree of either side: its nodes, level by level, and the labels that its leaves and the local linear code make of the
 * secret of LPN, which all trees of an iteration share.
 *
 * Trees are correlated (Guo, Yang, Wang, Zhang, Xie, Liu, Zhao, EUROCRYPT 2023, "half-tree"): the nodes of every level add up to Delta.
 *
 *     left = H(node)      right = node xor H(node)      H(x) = AES_key(s(x)) xor s(x)
 *
 * so one sum a level is opened, and the last level needs no correction. A tree has an AES key of its own, 2^depth hashes at most.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { blockCipher, counterStream } from '#platform';
import { LABEL_BYTES } from '../../gc/schedule.js';
import type { Block } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import type { BlockCipher } from '../../platform/platform.js';
import { STREAM_BYTES, SUMS, type TreeLayout, treeLayout } from './layout.js';
import type { SilentSet } from './parameters.js';

/** Where no second label is xored in. */
const NONE = 0;
const NOWHERE = -1;

/** The public key of an iteration's code. @param session names direction and session, alike on both sides */
export function codeKey(session: string, iteration: number): Uint8Array {
  return sha256(utf8ToBytes(`tacit/silent-code/${session.length}/${session}/${iteration}`)).slice(0, LABEL_BYTES);
}

/** What a tree of the sender's grows from. */
export interface SenderSeed {
  readonly key: Uint8Array;
  readonly root: Uint8Array;
  readonly delta: Uint8Array;
}

/** What a tree of the receiver's grows from. */
interface ReceiverSeed {
  readonly key: Uint8Array;
  readonly sums: Uint8Array;
  readonly away: Uint8Array;
}

export type TreeSeed = SenderSeed | ReceiverSeed;

export class TreeWorkspace {
  readonly #module: KernelModule;
  readonly #set: SilentSet;
  readonly #at: TreeLayout;
  /** Where the nodes of the level lie that was made last. */
  #nodes: number;

  /** @param block of treeBytes(set), whose owner clears it */
  constructor(module: KernelModule, set: SilentSet, block: Block) {
    this.#module = module;
    this.#set = set;
    this.#at = treeLayout(set, block.pointer);
    this.#nodes = this.#at.nodes[0];
  }

  /**
   * The labels of a tree, colour bits clear but those of choices: leaves, noise and code.
   * @param codeKey of the iteration
   * @param secret where the secret of LPN lies in kernel memory, 2^logK labels
   * @param labels where 2^depth labels go
   */
  make(seed: TreeSeed, codeKey: Uint8Array, tree: number, secret: number, labels: number): void {
    let noise: number | undefined;
    if ('root' in seed) this.grow(seed.key, seed.root, seed.delta, () => {});
    else noise = this.puncture(seed.key, seed.sums, seed.away);
    this.encode(codeKey, tree, noise, secret, labels);
  }

  /**
   * Grows the sender's tree.
   * @param onLevel takes the sum of the left nodes of each level, from the first to the last; it is overwritten by the next
   */
  grow(key: Uint8Array, root: Uint8Array, delta: Uint8Array, onLevel: (sum: Uint8Array, level: number) => void): void {
    const { bytes } = this.#module.memory;
    const cipher = blockCipher(key);
    this.#begin();
    const first = this.#nodes;
    bytes.set(root, first);
    for (let b = 0; b < LABEL_BYTES; b++) bytes[first + LABEL_BYTES + b] = root[b]! ^ delta[b]!;
    onLevel(root, 0);
    for (let level = 1; level < this.#set.depth; level++) {
      this.#children(cipher, 1 << level);
      onLevel(bytes.subarray(this.#at.sums, this.#at.sums + LABEL_BYTES), level);
    }
  }

  /**
   * Grows the receiver's tree: all nodes but those on a path, whose places hold bytes without meaning. Constant time in the path.
   * @param sums of each level the sum on the side away from the path
   * @param away of each level that side, 0 or 1
   * @returns the leaf at the path's end; secret
   */
  puncture(key: Uint8Array, sums: Uint8Array, away: Uint8Array): number {
    const { memory, exports } = this.#module;
    const { bytes } = memory;
    const cipher = blockCipher(key);
    this.#begin();
    memory.zero(this.#nodes, 2 * LABEL_BYTES);
    memory.zero(this.#at.sums, SUMS * LABEL_BYTES);
    let path = 0;
    for (let level = 0; level < this.#set.depth; level++) {
      if (level > 0) this.#children(cipher, 1 << level);
      const side = away[level]!;
      // what is known of that side has the path's child in it as if it were right: what is missing makes it so
      for (let b = 0; b < LABEL_BYTES; b++) {
        const [left, right] = [bytes[this.#at.sums + b]!, bytes[this.#at.sums + LABEL_BYTES + b]!];
        bytes[this.#at.what + b] = sums[level * LABEL_BYTES + b]! ^ left ^ (-side & (left ^ right));
      }
      exports.treeMend(this.#nodes, 2 << level, 2 * path + side, this.#at.what);
      path = 2 * path + 1 - side;
    }
    // of all leaves as they lie there, for `encode`
    for (let b = 0; b < LABEL_BYTES; b++) {
      bytes[this.#at.what + b] =
        bytes[this.#at.what + b]! ^ bytes[this.#at.sums + b]! ^ bytes[this.#at.sums + LABEL_BYTES + b]!;
    }
    return path;
  }

  /** The labels of the tree that was grown last. @param noise the leaf where there is noise, on the receiver's side */
  encode(codeKey: Uint8Array, tree: number, noise: number | undefined, secret: number, labels: number): void {
    const { memory, exports } = this.#module;
    const { bytes } = memory;
    const { what, stream } = this.#at;
    const n = 1 << this.#set.depth;
    const counter = new Uint8Array(LABEL_BYTES);
    new DataView(counter.buffer).setUint32(0, tree);
    counterStream(codeKey, counter).fill(bytes.subarray(stream, stream + n * STREAM_BYTES));
    // the leaves add up to Delta: all others, which `puncture` has added up, are the missing one, less Delta, whose colour bit is 1
    if (noise === undefined) memory.zero(what, LABEL_BYTES);
    else bytes[what] = bytes[what]! | 1;
    exports.codeEncode(this.#nodes, n, noise ?? NOWHERE, what, stream, secret, 2 ** this.#set.logK - 1, labels);
  }

  #begin(): void {
    this.#nodes = this.#at.nodes[0];
  }

  /** The next level, of n nodes. */
  #children(cipher: BlockCipher, n: number): void {
    const { memory, exports } = this.#module;
    const { nodes, sigmas, ciphers, sums } = this.#at;
    const bytes = n * LABEL_BYTES;
    exports.evaluatePrepare(this.#nodes, NONE, sigmas, n);
    cipher.encrypt(memory.bytes.subarray(sigmas, sigmas + bytes), memory.bytes.subarray(ciphers, ciphers + bytes));
    const next = this.#nodes === nodes[0] ? nodes[1] : nodes[0];
    exports.treeGrow(this.#nodes, sigmas, ciphers, n, next, sums);
    this.#nodes = next;
  }
}
