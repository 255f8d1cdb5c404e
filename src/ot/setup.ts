/**
 * The seeds of an OT extension in one direction, by base transfers and punctured trees; three messages, once a session.
 *
 * The extension's receiver is the base transfer's sender: it grows a tree for each block of Delta, and the extension's sender gets
 * all leaves but the one of its Delta.
 * @module
 */
import type { KernelModule } from '../kernels/module.js';
import { secretBytes } from '../platform/random.js';
import { BaseReceiver, BaseSender } from './base.js';
import { bitOf, CotReceiver, CotSender } from './extension.js';
import { growTree, punctureTree } from './ggm.js';
import { blockBits, DELTA_BITS, setupBytes, treeBytes } from './sizes.js';

/** The receiver of an extension: says `first`, answers the sender's points with trees. */
export class ReceiverSetup {
  readonly #module: KernelModule;
  readonly #k: number;
  readonly #base: BaseSender;
  readonly first: Uint8Array;

  constructor(module: KernelModule, k: number, session: string) {
    this.#module = module;
    this.#k = k;
    this.#base = new BaseSender(session, DELTA_BITS);
    this.first = this.#base.message;
  }

  /** @throws ProtocolError BAD_FRAME on a bad point */
  finish(points: Uint8Array): { receiver: CotReceiver; message: Uint8Array } {
    const keys = this.#base.keys(points);
    const blocks = blockBits(this.#k);
    const message = new Uint8Array(setupBytes(this.#k)[2]);
    let bit = 0;
    let at = 0;
    const seeds = blocks.map((bits) => {
      const tree = growTree(keys.slice(bit, bit + bits));
      message.set(tree.message, at);
      bit += bits;
      at += tree.message.length;
      return tree.leaves;
    });
    return { receiver: new CotReceiver(this.#module, this.#k, seeds), message };
  }
}

/** The sender of an extension: draws Delta, answers the receiver's point with its own. */
export class SenderSetup {
  readonly #module: KernelModule;
  readonly #k: number;
  readonly #delta: Uint8Array;
  readonly #base: BaseReceiver;
  readonly message: Uint8Array;

  /** @throws ProtocolError BAD_FRAME on a bad point */
  constructor(module: KernelModule, k: number, session: string, first: Uint8Array) {
    this.#module = module;
    this.#k = k;
    this.#delta = secretBytes(DELTA_BITS / 8, 'ot/delta');
    // point and permute: the labels of a pair differ in their colour bit
    this.#delta[0] = this.#delta[0]! | 1;
    // the base transfer opens the side away from the path
    this.#base = new BaseReceiver(
      session,
      first,
      this.#path().map((bit) => 1 - bit),
    );
    this.message = this.#base.message;
  }

  finish(trees: Uint8Array): CotSender {
    const path = this.#path();
    let bit = 0;
    let at = 0;
    const seeds = blockBits(this.#k).map((bits) => {
      const leaves = punctureTree(
        path.subarray(bit, bit + bits),
        this.#base.keys.slice(bit, bit + bits),
        trees.subarray(at, at + treeBytes(bits)),
      );
      bit += bits;
      at += treeBytes(bits);
      return leaves;
    });
    return new CotSender(this.#module, this.#k, this.#delta, seeds);
  }

  /** The bits of Delta in the order of the trees: block by block, most significant first. */
  #path(): Uint8Array {
    const path = new Uint8Array(DELTA_BITS);
    let first = 0;
    for (const bits of blockBits(this.#k)) {
      for (let b = 0; b < bits; b++) path[first + b] = bitOf(this.#delta, first + bits - 1 - b);
      first += bits;
    }
    return path;
  }
}
