/** How large the pieces of a bit-sliced circuit are: rows of bits on their way, slots in kernel memory, chunks of instances. @module */
import type { Program } from '../../circuits/program.js';

/** Of a SIMD register. */
export const VECTOR_BYTES = 16;

/** Bytes in which a bit of n instances travels. */
export function rowBytes(n: number): number {
  return 2 * Math.ceil(n / 16);
}

/** Bytes of rows on their way. */
export function levelBytes(rows: number, n: number): number {
  return rows * rowBytes(n);
}

/** Kernel memory for a slot of n instances: two planes. */
export function slotBytes(n: number): number {
  return 2 * VECTOR_BYTES * Math.ceil(n / (8 * VECTOR_BYTES));
}

/** Kernels read and write whole vectors. */
export const SLACK: number = 2 * VECTOR_BYTES;

/** Rows that are under way at once, at most. */
function mostRows({ ownerRows, helperRows, levels }: Program): number {
  return levels.reduce((most, { outs }) => Math.max(most, outs.length), Math.max(ownerRows, helperRows));
}

/** Kernel memory for rows of n instances of a circuit on their way. */
export function rowsBytes(program: Program, n: number): number {
  return levelBytes(mostRows(program), n) + SLACK;
}

/** Kernel memory for n instances of a circuit: the slots, and rows on their way. */
export function engineBytes(program: Program, n: number): number {
  return program.slots * slotBytes(n) + rowsBytes(program, n);
}

/** Slots of a chunk: what fits in the caches near a core. */
const CHUNK_BYTES = 1024 * 1024;
/** Fewer instances than this do not pay for their frames. */
const LEAST_CHUNK = 4096;
/** Slots of chunks that are under way at once. */
export const GROUP_BYTES: number = 192 * 1024 * 1024;

/** Sizes of the chunks that go side by side, group after group, each of chunks with at most `groupBytes` of slots. */
export function groupsOf(program: Program, instances: number, groupBytes: number): number[][] {
  const perVector = program.slots * slotBytes(1);
  const fitting = 128 * Math.max(1, Math.floor(CHUNK_BYTES / perVector));
  const most = Math.max(LEAST_CHUNK, fitting);
  const chunks = Math.ceil(instances / most);
  // whole vectors, but for the last
  const size = 128 * Math.ceil(instances / chunks / 128);
  const perGroup = Math.max(1, Math.floor(groupBytes / (program.slots * slotBytes(size))));
  const groups: number[][] = [];
  for (let first = 0, i = 0; first < instances; first += size, i++) {
    if (i % perGroup === 0) groups.push([]);
    groups[groups.length - 1]!.push(Math.min(size, instances - first));
  }
  return groups;
}
