/**
 * The offline phase of a linear step between the two parties alone, its cross terms by ring LWE: D_0 + D_1 = A o W = sum A_i o W_j.
 *
 * In each cross term A_i o W_j party i encrypts its mask under its own key, party j multiplies by its share of the weights, subtracts a uniform R that is
 * its share, and answers. Both do so at once. Answers follow each other in groups of blocks, in them by channels of the output, and by block.
 * @module
 */
import { turn } from '#platform';
import { expandWords } from '../../../core/prg.js';
import { wordsPerElement } from '../../../core/ring.js';
import { drawAnswer, drawCiphertext } from '../../../he/draws.js';
import { Packing } from '../../../he/packing/packing.js';
import { answerBytes, ciphertextBytes } from '../../../he/sizes.js';
import { inOrder } from '../../../kernels/pool.js';
import type { LinearStep } from '../../../steps/two.js';
import type { TransferContext } from '../../context.js';
import type { Exchange, Exchanged } from '../../source.js';
import { transferredTriples } from '../ot.js';
import { maskOf, outputWords } from '../triple.js';
import { blocksAtOnce, type HeStep, isHeStep, jobBytes } from './sizes.js';
import { HeWork } from './work.js';

/** Some blocks whose ciphertexts are multiplied together. */
interface Group {
  readonly first: number;
  readonly count: number;
}

class HeExchange implements Exchange {
  readonly #context: TransferContext;
  readonly #step: HeStep;
  readonly #packing: Packing;
  readonly #groups: readonly Group[];
  /** Of the cross terms that are done. */
  readonly #shares: Uint32Array[] = [];

  constructor(context: TransferContext, step: HeStep) {
    this.#context = context;
    this.#step = step;
    this.#packing = new Packing(step.node.map, step.triples.layout);
    const { blocks } = this.#packing;
    const most = blocksAtOnce(this.#packing, step.triples.parameters);
    this.#groups = Array.from({ length: Math.ceil(blocks / most) }, (_, i) => {
      return { first: i * most, count: Math.min(most, blocks - i * most) };
    });
  }

  /** Sends A_i, encrypted. */
  async choose(): Promise<void> {
    const { bits, asReceiver } = this.#context;
    const { index, triples } = this.#step;
    const mask = maskOf(this.#context, this.#step);
    const key = this.#context.he.keysOf(this.#step).own;
    await this.#working(async (work) => {
      const sent = inOrder(upTo(this.#packing.inputs), work.slots, (input, slot) =>
        work.run('heEncrypt', slot, {
          key,
          parameters: triples.parameters,
          bits,
          words: this.#packing.packInput(bits, input, mask),
          seeds: drawCiphertext(),
        }),
      );
      for await (const ciphertext of sent) {
        await asReceiver.send(index, ciphertext);
        await turn();
      }
    });
  }

  /** Answers the other's ciphertexts; R is this party's share. */
  async serve(): Promise<void> {
    const { bits, batch, kernels, bundle, asSender } = this.#context;
    const { index, triples } = this.#step;
    const { ring, m } = triples.parameters;
    const drawn = expandWords(outputWords(bits, batch, this.#step), bundle.seed, 'he/mask', index);
    const share = kernels.reduce(bits, drawn, m);
    const weights = this.#context.model.layers.get(index)!.weights;
    const kept = await this.#context.he.weightsOf(this.#step, weights);
    const { own, others } = this.#context.he.keysOf(this.#step);
    const { lwe } = this.#context.he;
    const capacity = this.#groups[0]!.count * this.#packing.inputsOfBlock;
    const ciphertexts = lwe.openCiphertexts(own.tables, capacity);
    try {
      await this.#working(async (work) => {
        for (const group of this.#groups) {
          const bytes = received(asSender, index, group.count * this.#packing.inputsOfBlock, ciphertextBytes(ring));
          const loaded = inOrder(bytes, work.slots, (ciphertext, slot) =>
            work.run('heLoad', slot, { ...ciphertext, ciphertexts }),
          );
          for await (const _ of loaded);
          const rows = inOrder(this.#packing.runs.keys(), work.slots, (row, slot) =>
            work.run('heAnswer', slot, {
              bits,
              step: this.#step,
              share: { pointer: weights.byteOffset, bytes: weights.byteLength },
              answer: row,
              ...(kept ? { weights: kept } : {}),
              ciphertexts,
              publicKey: others,
              answers: this.#answersIn(group, row).map((answer) => ({
                answer,
                mask: gather(wordsPerElement(bits), share, this.#packing.answerMap(answer).elements),
                seed: drawAnswer(),
              })),
            }),
          );
          for await (const answers of rows) {
            for (const answer of answers) await asSender.send(index, answer);
            await turn();
          }
        }
      });
    } finally {
      lwe.dispose(ciphertexts);
    }
    await this.#add(share);
  }

  /** Takes A_i o W_j - R. */
  async take(): Promise<void> {
    const { bits, batch, asReceiver } = this.#context;
    const { index, triples } = this.#step;
    const { parameters } = triples;
    const key = this.#context.he.keysOf(this.#step).own;
    const share = new Uint32Array(outputWords(bits, batch, this.#step));
    const order = this.#groups.flatMap((group) =>
      [...upTo(this.#packing.answersOfBlock)].flatMap((row) => this.#answersIn(group, row)),
    );
    const packing = this.#packing;
    const answers = async function* () {
      for (const answer of order) {
        const map = packing.answerMap(answer);
        const bytes = await asReceiver.receive(index, answerBytes(parameters, map.elements.length));
        yield { ...map, answer: bytes };
      }
    };
    await this.#working(async (work) => {
      const taken = inOrder(answers(), work.slots, async ({ elements, coefficients, answer }, slot) => {
        const words = await work.run('heDecrypt', slot, { key, parameters, bits, coefficients, answer });
        return { elements, words };
      });
      for await (const { elements, words } of taken) {
        scatter(wordsPerElement(bits), words, elements, share);
        await turn();
      }
    });
    await this.#add(share);
  }

  /** The answers of a group's blocks for one run of channels of the output. */
  #answersIn({ first, count }: Group, row: number): number[] {
    return Array.from({ length: count }, (_, block) => (first + block) * this.#packing.answersOfBlock + row);
  }

  async #working(body: (work: HeWork) => Promise<void>): Promise<void> {
    const work = new HeWork(this.#context, jobBytes(this.#step));
    try {
      await body(work);
    } finally {
      work.dispose();
    }
  }

  /** D_i = A_i o W_i + both cross shares into the bundle, once both are there. */
  async #add(share: Uint32Array): Promise<void> {
    if (this.#shares.push(share) < 2) return;
    const { bits, batch, kernels, bundle, model } = this.#context;
    const { node, index } = this.#step;
    const own = kernels.conv2d(
      bits,
      node.map,
      batch,
      maskOf(this.#context, this.#step),
      model.layers.get(index)!.weights,
    );
    await bundle.put(index, { words: [this.#shares.reduce((sum, cross) => kernels.add(bits, sum, cross), own)] });
  }
}

/** By ring LWE, or by transfers where the plan says so. */
export const encryptedTriples: Exchanged<LinearStep> = {
  open: (context, step) => {
    return isHeStep(step) ? new HeExchange(context, step) : transferredTriples.open(context, step);
  },
};

function upTo(count: number): Iterable<number> {
  return Array(count).keys();
}

async function* received(
  from: TransferContext['asSender'],
  step: number,
  count: number,
  bytes: number,
): AsyncGenerator<{ readonly slot: number; readonly bytes: Uint8Array }> {
  for (let slot = 0; slot < count; slot++) yield { slot, bytes: await from.receive(step, bytes) };
}

/** The elements of `words` that are asked for. */
function gather(perElement: number, words: Uint32Array, elements: Uint32Array): Uint32Array {
  const gathered = new Uint32Array(elements.length * perElement);
  for (const [i, element] of elements.entries()) {
    for (let word = 0; word < perElement; word++) {
      gathered[i * perElement + word] = words[element * perElement + word]!;
    }
  }
  return gathered;
}

function scatter(perElement: number, words: Uint32Array, elements: Uint32Array, to: Uint32Array): void {
  for (const [i, element] of elements.entries()) {
    for (let word = 0; word < perElement; word++) to[element * perElement + word] = words[i * perElement + word]!;
  }
}
