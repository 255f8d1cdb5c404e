/**
 * Composes movements: each tensor is known as a movement of tensors that are computed, which is carried out only where a step needs its
 * elements in their places. So a transpose and its inverse cancel, and what works element by element works before a movement that keeps
 * or repeats elements.
 * @module
 */
import { FILL } from '../../core/nd.js';
import { sizeOf } from '../../core/ring.js';
import { type Graph, shaped } from '../graph.js';
import type { AffineOp } from '../ops/affine.js';
import { isReshape } from '../ops/move/move.js';
import { mapOf, piecesOf, rowOf } from '../ops/move/pieces.js';
import { channelsOf, type Floats, type Shape } from '../ops/node.js';
import type { GraphOp, NewOp } from '../ops/operators.js';

/** The same network with as few movements as that gives. */
export function settleMovements(graph: Graph): Graph {
  return new Settling(graph).run();
}

/** A tensor that is a movement of others. */
interface Moved {
  /** Of the layer that moves. */
  readonly name: string;
  readonly shape: Shape;
  /** Tensors of the new graph; the map reads them one after the other. */
  readonly bases: readonly number[];
  /** Undefined where the only base's elements stay in their order. */
  readonly map: Int32Array | undefined;
  readonly fill: number;
  /** The tensor, once the movement is carried out. */
  settled?: number | undefined;
}

class Settling {
  readonly #graph: Graph;
  readonly #nodes: GraphOp[] = [];
  /** Movements by what they do. */
  readonly #carriedOut = new Map<string, number>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  run(): Graph {
    const { nodes, output } = this.#graph;
    const lastReader = new Map(nodes.flatMap(({ inputs }, reader) => inputs.map((id) => [id, reader])));
    // a map has an index for each element: it goes with the last step that reads it
    const moved = new Map<number, Moved>();
    for (const [id, node] of nodes.entries()) {
      moved.set(
        id,
        this.#move(
          node,
          node.inputs.map((input) => moved.get(input)!),
        ),
      );
      for (const input of node.inputs) {
        if (lastReader.get(input) === id && input !== output) moved.delete(input);
      }
    }
    return { ...this.#graph, nodes: this.#nodes, output: this.#settle(moved.get(output)!) };
  }

  #move(node: GraphOp, inputs: readonly Moved[]): Moved {
    if (node.op === 'input') {
      this.#nodes.push(node);
      return this.#plain(0);
    }
    if (node.op === 'move') {
      const [only] = inputs as [Moved];
      // the same elements in the same order, whatever moved them before
      if (isReshape(node, sizeOf(only.shape)))
        return { ...only, name: node.name, shape: node.shape, settled: undefined };
      const fills = inputs.filter(hasFill);
      const alike = fills.every(({ fill }) => fill === node.fill);
      const parts = alike ? inputs : inputs.map((input) => (hasFill(input) ? this.#plain(this.#settle(input)) : input));
      const map = mapOf(
        node.pieces,
        parts.map(({ shape }) => sizeOf(shape)),
        sizeOf(node.shape),
      );
      return this.#compose(node, parts, map);
    }
    if (node.op === 'affine') return this.#affine(node, inputs[0]!);
    return isElementwise(node) ? this.#elementwise(node, inputs) : this.#plain(this.#add(node, inputs));
  }

  /** An operation of each element on its own, before a movement where that costs no more elements. */
  #elementwise(node: GraphOp, inputs: readonly Moved[]): Moved {
    const [first] = inputs as [Moved];
    const alike = inputs.every((input) => this.#isAlike(input, first));
    if (alike && this.#keepsElements(first))
      return this.#before(
        node,
        first,
        inputs.map(({ bases }) => bases[0]!),
      );
    const permuted = inputs.find((input) => input.map !== undefined && this.#isPermutation(input));
    if (permuted === undefined) return this.#plain(this.#add(node, inputs));
    // P x + y = P (x + P^-1 y)
    const inverse = inverseOf(permuted.map!);
    const { shape } = this.#nodes[permuted.bases[0]!]!;
    const bases = inputs.map((input) =>
      input === permuted || this.#isAlike(input, permuted)
        ? input.bases[0]!
        : this.#settle(this.#compose({ name: node.name, shape, fill: input.fill }, [input], inverse)),
    );
    return this.#before(node, permuted, bases);
  }

  /** Numbers of the channels, before a movement that keeps channels together: then they join what computes these. */
  #affine(node: AffineOp, input: Moved): Moved {
    const channels = this.#keepsElements(input) ? this.#channelsOfBase(input) : undefined;
    if (channels === undefined) return this.#plain(this.#add(node, [input]));
    const ofBase = (numbers: Floats): Floats => Float64Array.from(channels, (channel) => numbers[channel]!);
    const affine = { ...node, factor: ofBase(node.factor), offset: ofBase(node.offset) };
    return this.#before(affine, input, [input.bases[0]!]);
  }

  /** Of each channel of the only base the one that its elements are in after the movement, or undefined where it is not one. */
  #channelsOfBase({ bases, map, shape }: Moved): Int32Array | undefined {
    const [from, to] = [channelsOf(this.#nodes[bases[0]!]!.shape), channelsOf(shape)];
    const found = new Int32Array(from).fill(FILL);
    const size = sizeOf(shape);
    for (let i = 0; i < size; i++) {
      const source = (map?.[i] ?? i) % from;
      if (found[source] !== FILL && found[source] !== i % to) return undefined;
      found[source] = i % to;
    }
    return found.includes(FILL) ? undefined : found;
  }

  /** The operation on tensors of one shape, and the movement after it. */
  #before(node: GraphOp, { name, map, shape }: Moved, bases: readonly number[]): Moved {
    return { name, shape, bases: [this.#push(node, bases)], map, fill: 0 };
  }

  /** The movement `outer` of parts that are movements themselves. */
  #compose(
    { name, shape, fill }: Pick<Moved, 'name' | 'shape' | 'fill'>,
    parts: readonly Moved[],
    outer: Int32Array,
  ): Moved {
    const bases: number[] = [];
    const firsts: number[] = [];
    let size = 0;
    const firstOf = (base: number): number => {
      const known = bases.indexOf(base);
      if (known !== -1) return firsts[known]!;
      bases.push(base);
      firsts.push(size);
      size += sizeOf(this.#nodes[base]!.shape);
      return firsts.at(-1)!;
    };
    const inner = new Int32Array(parts.reduce((sum, part) => sum + sizeOf(part.shape), 0));
    let at = 0;
    for (const part of parts) {
      const length = sizeOf(part.shape);
      this.#sources(part, firstOf, inner.subarray(at, at + length));
      at += length;
    }
    const map = outer.map((index) => (index === FILL ? FILL : inner[index]!));
    const moved = { name, shape, bases, fill: map.includes(FILL) ? fill : 0 };
    return { ...moved, map: this.#isIdentity(bases, map) ? undefined : map };
  }

  /** Of each element of a tensor its index into the bases. */
  #sources({ bases, map }: Moved, firstOf: (base: number) => number, into: Int32Array): void {
    if (map === undefined) {
      const first = firstOf(bases[0]!);
      for (let i = 0; i < into.length; i++) into[i] = first + i;
      return;
    }
    const ends: number[] = [];
    const shifts: number[] = [];
    let end = 0;
    for (const base of bases) {
      shifts.push(firstOf(base) - end);
      end += sizeOf(this.#nodes[base]!.shape);
      ends.push(end);
    }
    let source = 0;
    for (let i = 0; i < into.length; i++) {
      const index = map[i]!;
      if (index === FILL) {
        into[i] = FILL;
        continue;
      }
      if (index >= ends[source]! || (source > 0 && index < ends[source - 1]!))
        source = ends.findIndex((e) => index < e);
      into[i] = index + shifts[source]!;
    }
  }

  #isIdentity(bases: readonly number[], map: Int32Array): boolean {
    if (bases.length !== 1 || sizeOf(this.#nodes[bases[0]!]!.shape) !== map.length) return false;
    return map.every((index, i) => index === i);
  }

  /** Whether two tensors are the same movement, each of one tensor, and these of one shape. */
  #isAlike(x: Moved, y: Moved): boolean {
    if (x === y) return x.bases.length === 1;
    const [a, b] = [this.#nodes[x.bases[0]!]!, this.#nodes[y.bases[0]!]!];
    return sameMovement(x, y) && a.shape.join() === b.shape.join();
  }

  /** Whether each element comes from the only base, which has no more of them. */
  #keepsElements({ bases, map, shape }: Moved): boolean {
    if (map === undefined) return true;
    return bases.length === 1 && sizeOf(this.#nodes[bases[0]!]!.shape) <= sizeOf(shape) && !map.includes(FILL);
  }

  #isPermutation(moved: Moved): boolean {
    const { bases, map, shape } = moved;
    if (map === undefined || bases.length !== 1 || sizeOf(this.#nodes[bases[0]!]!.shape) !== sizeOf(shape))
      return false;
    const seen = new Uint8Array(map.length);
    for (const index of map) {
      if (index === FILL || seen[index] === 1) return false;
      seen[index] = 1;
    }
    return true;
  }

  #plain(base: number): Moved {
    const { name, shape } = this.#nodes[base]!;
    return { name, shape, bases: [base], map: undefined, fill: 0 };
  }

  /** The movement carried out, once. */
  #settle(moved: Moved): number {
    moved.settled ??= this.#carryOut(moved);
    return moved.settled;
  }

  #carryOut({ name, shape, bases, map, fill }: Moved): number {
    const sizes = bases.map((base) => sizeOf(this.#nodes[base]!.shape));
    const [base] = bases as [number];
    if (map === undefined && this.#nodes[base]!.shape.join() === shape.join()) return base;
    const pieces = map === undefined ? [rowOf(sizes[0]!)] : piecesOf(map, sizes);
    const key = JSON.stringify([bases, shape, pieces, fill]);
    const known =
      this.#carriedOut.get(key) ?? this.#push({ op: 'move', name, inputs: bases, shape, pieces, fill }, bases);
    this.#carriedOut.set(key, known);
    return known;
  }

  #add(node: GraphOp, inputs: readonly Moved[]): number {
    return this.#push(
      node,
      inputs.map((input) => this.#settle(input)),
    );
  }

  #push(node: NewOp | GraphOp, inputs: readonly number[]): number {
    const placed = { ...node, inputs } as NewOp;
    this.#nodes.push(
      shaped(
        placed,
        inputs.map((id) => this.#nodes[id]!.shape),
      ),
    );
    return this.#nodes.length - 1;
  }
}

function isElementwise(node: GraphOp): boolean {
  switch (node.op) {
    case 'add':
    case 'product':
    case 'offset':
      return true;
    case 'scale':
      return node.factors.length === 1;
    case 'nonlinear':
      return node.pool === undefined;
    case 'input':
    case 'linear':
    case 'affine':
    case 'averagePool':
    case 'sumPool':
    case 'move':
    case 'softmax':
      return false;
    default:
      return node satisfies never;
  }
}

function hasFill({ map }: Moved): boolean {
  return map?.includes(FILL) ?? false;
}

function sameMovement(x: Moved, y: Moved): boolean {
  if (x.bases.length !== 1 || y.bases.length !== 1) return false;
  if (x.map === undefined || y.map === undefined) return x.map === y.map;
  if (x.map.length !== y.map.length || hasFill(x) || hasFill(y)) return false;
  return x.map === y.map || x.map.every((index, i) => index === y.map![i]);
}

function inverseOf(map: Int32Array): Int32Array {
  const inverse = new Int32Array(map.length);
  for (let i = 0; i < map.length; i++) inverse[map[i]!] = i;
  return inverse;
}
