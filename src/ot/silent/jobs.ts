/** What silent transfers ask of threads: trees of an iteration, each by itself, of what lies in kernel memory. @module */
import { LABEL_BYTES } from '../../gc/schedule.js';
import type { Block } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import { labelsBytes, treeBytes } from './layout.js';
import type { SilentSet } from './parameters.js';
import { type SenderSeed, type TreeSeed, TreeWorkspace } from './workspace.js';

export interface SilentJobs {
  readonly silentLabels: (module: KernelModule, args: LabelsArgs) => Block;
  readonly silentSums: (module: KernelModule, args: SumsArgs) => Uint8Array;
}

/** Trees one after another, from `first` on. */
interface LabelsArgs {
  readonly set: SilentSet;
  /** Of jobBytes(set). */
  readonly block: Block;
  readonly codeKey: Uint8Array;
  /** Where the secret of LPN lies. */
  readonly secret: number;
  readonly first: number;
  readonly seeds: readonly TreeSeed[];
}

interface SumsArgs {
  readonly set: SilentSet;
  /** Of jobBytes(set). */
  readonly block: Block;
  readonly seeds: readonly SenderSeed[];
}

/** Blocks are cleared by the stream that lends them. */
export const silentJobs: SilentJobs = {
  silentLabels(module, { set, block, codeKey, secret, first, seeds }) {
    const labels = { pointer: block.pointer + treeBytes(set), bytes: seeds.length * labelsBytes(set) };
    const trees = new TreeWorkspace(module, set, block);
    for (const [i, seed] of seeds.entries()) {
      trees.make(seed, codeKey, first + i, secret, labels.pointer + i * labelsBytes(set));
    }
    return labels;
  },
  silentSums(module, { set, block, seeds }) {
    const bytes = set.depth * LABEL_BYTES;
    const sums = new Uint8Array(seeds.length * bytes);
    const trees = new TreeWorkspace(module, set, block);
    for (const [i, { key, root, delta }] of seeds.entries()) {
      trees.grow(key, root, delta, (sum, level) => sums.set(sum, i * bytes + level * LABEL_BYTES));
    }
    return sums;
  },
};
