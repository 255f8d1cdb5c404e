/** The kernel memory that garbling or evaluating one circuit needs, allocated (workspace-layout.ts says what lies where). @module */
import { TacitError } from '../core/errors.js';
import type { Block, KernelMemory } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import { LABEL_BYTES, NONE, type Schedule } from './schedule.js';
import { layoutOf, type TableRoom } from './workspace-layout.js';

export class Workspace {
  readonly module: KernelModule;
  readonly memory: KernelMemory;
  readonly plan: Schedule;
  readonly capacity: number;
  readonly delta: number;
  /** Hash inputs and outputs: room for two operands, two labels each. */
  readonly sigma: number;
  readonly cipher: number;
  readonly gateSigma: number;
  readonly gateHash: number;
  readonly accumulator: number;
  readonly ones: number;
  /** Tables as they come or are made. */
  readonly tables: number;
  /** Whether there is room for all of a chunk's. */
  readonly room: TableRoom;
  readonly #slots: number;
  readonly #block: Block;

  /** @param capacity the most instances a chunk may have; where the room is for a whole chunk, those that all chunks have */
  constructor(module: KernelModule, plan: Schedule, capacity: number, room: TableRoom = 'segment') {
    this.module = module;
    this.memory = module.memory;
    this.plan = plan;
    this.capacity = capacity;
    this.room = room;
    const layout = layoutOf(plan, capacity, room);
    this.#block = this.memory.allocate(layout.total);
    const base = this.#block.pointer;
    this.delta = base + layout.delta;
    this.#slots = base + layout.slots;
    this.sigma = base + layout.sigma;
    this.cipher = base + layout.cipher;
    this.gateSigma = base + layout.gateSigma;
    this.gateHash = base + layout.gateHash;
    this.accumulator = base + layout.accumulator;
    this.ones = base + layout.ones;
    this.tables = base + layout.tables;
  }

  /** Where the labels of a slot lie in a chunk of n instances. */
  slot(index: number, n: number): number {
    return this.#slots + index * n * LABEL_BYTES;
  }

  /** As slot, of an operand that may not be there: 0 then. */
  optional(index: number, n: number): number {
    return index === NONE ? 0 : this.slot(index, n);
  }

  /** A view of the labels [wire][instance] of `wires` input wires from `firstWire` on, to be filled in place. */
  labels(firstWire: number, wires: number, n: number): Uint8Array {
    if (n > this.capacity) throw new RangeError(`labels: expected at most ${this.capacity} instances, got ${n}`);
    const start = this.slot(firstWire, n);
    return this.memory.bytes.subarray(start, start + wires * n * LABEL_BYTES);
  }

  /** Checks a segment that came from the other side; returns where it lies: in place if in kernel memory, else copied in. */
  receive(segment: Uint8Array, expectedBytes: number): number {
    if (segment.length !== expectedBytes) {
      throw new TacitError('BAD_FRAME', `tables: expected ${expectedBytes} bytes, got ${segment.length}`);
    }
    if (segment.buffer === this.memory.bytes.buffer) return segment.byteOffset;
    this.memory.bytes.set(segment, this.tables);
    return this.tables;
  }

  /** Gives the memory back. What held labels is cleared; tables are public. */
  dispose(): void {
    this.memory.zero(this.#block.pointer, this.tables - this.#block.pointer);
    this.memory.free(this.#block);
  }
}
