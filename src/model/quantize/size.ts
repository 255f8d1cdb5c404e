/** Whether a network can run at all: what it needs in kernel memory at least, whoever the parties are, before anything is computed with it. @module */
import { weightSize } from '../../core/linear-map.js';
import { sizeOf } from '../../core/ring.js';
import { KERNEL_BYTES } from '../../kernels/module.js';
import { convBytes, outOfKernelMemory } from '../../kernels/sizes.js';
import type { Graph } from '../graph.js';

const RING_BITS = 32;
/** Two operands and the result. */
const OPERANDS = 3;

/** @param graph as passes/fold.ts gives it @throws OUT_OF_MEMORY naming the layer that does not fit */
export function checkFits({ nodes }: Graph, available: number = KERNEL_BYTES): void {
  const bytes = (elements: number): number => (elements * RING_BITS) / 8;
  let weights = 0;
  for (const node of nodes) {
    const tensors = OPERANDS * bytes(sizeOf(node.shape));
    const product = node.op === 'linear' ? convBytes(RING_BITS, node.map, 1) : 0;
    const own = node.op === 'linear' ? bytes(weightSize(node.map)) : 0;
    const needed = weights + Math.max(tensors, product, OPERANDS * own);
    if (needed > available) throw outOfKernelMemory(node.name, needed, available, 1);
    weights += own;
  }
}
