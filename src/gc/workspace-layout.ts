/** Where the buffers lie that garbling or evaluating one circuit needs in kernel memory: label slots, hash buffers, room for tables. @module */
import { gateBlocks, LABEL_BYTES, type Schedule, segmentCapacity, segmentSizes } from './schedule.js';

/** Between buffers, so that streams of equal power-of-two length do not share cache sets (twice the speed of garbleAnd). */
const STAGGER = 576;
const MAX_WORD_BYTES = 8;

/** What a workspace has room for: one segment of tables, or all of a chunk's. */
export type TableRoom = 'segment' | 'chunk';

/** Starts of the buffers, and the length of all. */
export interface WorkspaceLayout {
  readonly delta: number;
  readonly slots: number;
  readonly sigma: number;
  readonly cipher: number;
  readonly gateSigma: number;
  readonly gateHash: number;
  readonly accumulator: number;
  readonly ones: number;
  readonly tables: number;
  readonly total: number;
}

/** Where the buffers of a workspace lie from its start, and its length. Tables are last. */
export function layoutOf(plan: Schedule, capacity: number, room: TableRoom): WorkspaceLayout {
  const labels = capacity * LABEL_BYTES;
  const blocks = Math.max(0, ...plan.outputs.map(gateBlocks));
  let total = 0;
  const place = (bytes: number): number => {
    const at = total;
    total += Math.ceil(bytes / 64) * 64 + STAGGER;
    return at;
  };
  const layout = {
    delta: place(LABEL_BYTES),
    slots: place(plan.slots * labels),
    sigma: place(4 * labels),
    cipher: place(4 * labels),
    gateSigma: place(2 * labels),
    gateHash: place(2 * labels * blocks),
    accumulator: place(MAX_WORD_BYTES * capacity),
    ones: place(MAX_WORD_BYTES * capacity),
    tables: place(room === 'segment' ? segmentCapacity(plan, capacity) : tableBytes(plan, capacity)),
  };
  return { ...layout, total };
}

/** Bytes of the tables of a chunk of n instances. */
function tableBytes(plan: Schedule, n: number): number {
  return segmentSizes(plan, n).reduce((sum, bytes) => sum + bytes, 0);
}

/** Bytes of kernel memory that a workspace takes. */
export function workspaceBytes(plan: Schedule, capacity: number, room: TableRoom): number {
  return layoutOf(plan, capacity, room).total;
}
