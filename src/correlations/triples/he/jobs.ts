/**
 * What linear steps by ring LWE ask of threads. Each job is a function of its arguments and of what lies in kernel memory: here or on a thread,
 * what is sent is the same.
 * @module
 */
import type { RingBits } from '../../../core/ring.js';
import { ringLwe } from '../../../he/lwe.js';
import { Packing } from '../../../he/packing/packing.js';
import type { HeParameters } from '../../../he/parameters.js';
import type { CiphertextSeeds, Ciphertexts, HeKey, Weights } from '../../../he/ring-lwe.js';
import type { Block, KernelMemory } from '../../../kernels/memory.js';
import type { KernelModule } from '../../../kernels/module.js';
import type { Seed } from '../../../platform/random.js';
import type { HeStep } from './sizes.js';

export interface HeJobs {
  readonly heEncrypt: (module: KernelModule, args: EncryptArgs) => Uint8Array;
  readonly heLoad: (module: KernelModule, args: LoadArgs) => void;
  readonly heTransform: (module: KernelModule, args: TransformArgs) => void;
  readonly heAnswer: (module: KernelModule, args: AnswerArgs) => Uint8Array[];
  readonly heDecrypt: (module: KernelModule, args: DecryptArgs) => Uint32Array;
}

interface EncryptArgs {
  readonly key: HeKey;
  readonly parameters: HeParameters;
  readonly bits: RingBits;
  readonly words: Uint32Array;
  readonly seeds: CiphertextSeeds;
}

interface LoadArgs {
  readonly ciphertexts: Ciphertexts;
  readonly slot: number;
  readonly bytes: Uint8Array;
}

/** A party's share of the weights, as it lies in kernel memory. */
interface WeightArgs {
  readonly bits: RingBits;
  readonly step: HeStep;
  readonly share: Block;
  /** Which answer's, counted within a block. */
  readonly answer: number;
}

interface TransformArgs extends WeightArgs {
  readonly weights: Weights;
}

interface AnswerArgs extends WeightArgs {
  /** Where the step's weights are kept, transformed. */
  readonly weights?: Weights;
  /** Of blocks one after another. */
  readonly ciphertexts: Ciphertexts;
  readonly publicKey: Ciphertexts;
  /** By block: which answer of all it is, its mask and its seed. */
  readonly answers: readonly { readonly answer: number; readonly mask: Uint32Array; readonly seed: Seed }[];
}

interface DecryptArgs {
  readonly key: HeKey;
  readonly parameters: HeParameters;
  readonly bits: RingBits;
  readonly coefficients: Uint32Array;
  readonly answer: Uint8Array;
}

export const heJobs: HeJobs = {
  heEncrypt: (module, { key, parameters, bits, words, seeds }) =>
    ringLwe(module).encrypt(key, parameters, bits, words, seeds),
  heLoad: (module, { ciphertexts, slot, bytes }) => ringLwe(module).loadCiphertext(ciphertexts, slot, bytes),
  heTransform: (module, { weights, ...args }) => {
    const packing = new Packing(args.step.node.map, args.step.triples.layout);
    transform(module, packing, args, weights, packing.runs[args.answer]!.weights);
  },
  heAnswer: answerAll,
  heDecrypt: (module, { key, parameters, bits, coefficients, answer }) =>
    ringLwe(module).decrypt(key, parameters, bits, coefficients, answer),
};

/** The weights of one answer, from slot `first` on. */
function transform(
  module: KernelModule,
  packing: Packing,
  { bits, step, share, answer }: WeightArgs,
  weights: Weights,
  first: number,
): void {
  const lwe = ringLwe(module);
  const words = wordsIn(module.memory, share);
  const { input, count } = packing.runs[answer]!;
  for (let i = 0; i < count; i++) {
    const packed = packing.packWeights(bits, input + i, answer, words);
    lwe.transformWeights(weights, first + i, step.triples.parameters.m, bits, packed);
  }
}

/** The answers of some blocks that the same weights give. */
function answerAll(module: KernelModule, args: AnswerArgs): Uint8Array[] {
  const { bits, step, weights: kept, ciphertexts, publicKey, answers } = args;
  const { layout, parameters } = step.triples;
  const lwe = ringLwe(module);
  const packing = new Packing(step.node.map, layout);
  const run = packing.runs[args.answer]!;
  const { tables } = ciphertexts;
  const weights = kept ?? lwe.openWeights(tables, run.count);
  if (!kept) transform(module, packing, args, weights, 0);
  const accumulator = lwe.openAccumulator(tables);
  const sent = answers.map(({ answer, mask, seed }, block) => {
    const from = block * packing.inputsOfBlock + run.input;
    lwe.accumulate(accumulator, ciphertexts, from, weights, kept ? run.weights : 0, run.count);
    const { coefficients } = packing.answerMap(answer);
    return lwe.answer(accumulator, parameters, publicKey, bits, coefficients, mask, seed);
  });
  lwe.dispose(accumulator);
  if (!kept) lwe.dispose(weights);
  return sent;
}

function wordsIn({ words }: KernelMemory, { pointer, bytes }: Block): Uint32Array {
  return words.subarray(pointer >>> 2, (pointer + bytes) >>> 2);
}
