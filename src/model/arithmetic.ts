/** Elementwise functions of several tensors, made of what a graph has, with broadcasting as numpy does it. @module */
import type { Pool2d } from '../core/linear-map.js';
import { broadcastShape, range } from '../core/nd.js';
import { sizeOf } from '../core/ring.js';
import type { GraphBuilder } from './graph.js';
import { bad, show } from './ops/checks.js';
import type { Floats, Shape } from './ops/node.js';
import type { NewOp } from './ops/operators.js';

/** The tensors, repeated to one shape; throws BAD_MODEL where they do not fit. */
export function broadcast(builder: GraphBuilder, name: string, ids: readonly number[]): number[] {
  const shape = ids
    .map((id) => builder.shape(id))
    .reduce((all: Shape, other) => {
      const joined = broadcastShape(all, other);
      if (joined === undefined)
        throw bad(name, `inputs that broadcast to one shape`, `${show(all)} and ${show(other)}`);
      return joined;
    });
  return ids.map((id) => builder.expand(name, id, shape));
}

export function sum(builder: GraphBuilder, name: string, ids: readonly number[]): number {
  return builder.add({ op: 'add', name, inputs: broadcast(builder, name, ids) });
}

export function difference(builder: GraphBuilder, name: string, x: number, y: number): number {
  return sum(builder, name, [x, scaled(builder, name, y, -1)]);
}

export function product(builder: GraphBuilder, name: string, ids: readonly number[]): number {
  return broadcast(builder, name, ids).reduce((x, y) => builder.add({ op: 'product', name, inputs: [x, y] }));
}

/** x times a public number. */
export function scaled(builder: GraphBuilder, name: string, x: number, factor: number): number {
  return factor === 1 ? x : builder.add({ op: 'scale', name, inputs: [x], factors: [factor] });
}

/** y + relu(x - y) */
export function maximum(builder: GraphBuilder, name: string, x: number, y: number): number {
  return sum(builder, name, [y, relu(builder, name, difference(builder, name, x, y))]);
}

/** x - relu(x - y) */
export function minimum(builder: GraphBuilder, name: string, x: number, y: number): number {
  return difference(builder, name, x, relu(builder, name, difference(builder, name, x, y)));
}

function relu(builder: GraphBuilder, name: string, input: number): number {
  return builder.add({ op: 'nonlinear', name, inputs: [input], activation: 'relu' });
}

/** [..., n] -> [...], the sum over the last axis. */
export function sumLast(builder: GraphBuilder, name: string, id: number): number {
  return pooledLast(builder, name, id, (base) => ({ ...base, op: 'sumPool', divisorBits: 0 }));
}

/** [..., n] -> [...], the greatest over the last axis. */
export function greatestLast(builder: GraphBuilder, name: string, id: number): number {
  return pooledLast(builder, name, id, (base) => ({ ...base, op: 'nonlinear', activation: 'none' }));
}

/** A pool over the whole last axis, with the others as channels. */
function pooledLast(
  builder: GraphBuilder,
  name: string,
  id: number,
  poolOf: (base: { name: string; inputs: readonly number[]; pool: Pool2d }) => NewOp,
): number {
  const shape = builder.shape(id);
  const extent = shape.at(-1)!;
  const outer = shape.slice(0, -1);
  const count = sizeOf(outer);
  const turned = builder.transpose(name, builder.reshape(name, id, [count, extent]), [1, 0]);
  const pool = {
    inHeight: extent,
    inWidth: 1,
    channels: count,
    windowHeight: extent,
    windowWidth: 1,
    strideHeight: extent,
    strideWidth: 1,
    padTop: 0,
    padBottom: 0,
    padLeft: 0,
    padRight: 0,
  };
  const image = builder.reshape(name, turned, [extent, 1, count]);
  return builder.reshape(name, builder.add(poolOf({ name, inputs: [image], pool })), outer);
}

/** x * factor + offset with secret factors and offsets, one for each index along `axis`. */
export function affineAlong(
  builder: GraphBuilder,
  name: string,
  x: number,
  axis: number,
  factor: Floats,
  offset: Floats,
): number {
  const rank = builder.shape(x).length;
  const others = range(0, rank).filter((other) => other !== axis);
  const last = builder.transpose(name, x, [...others, axis]);
  const y = builder.add({ op: 'affine', name, inputs: [last], factor, offset });
  return builder.transpose(
    name,
    y,
    range(0, rank).map((to) => (to === axis ? rank - 1 : others.indexOf(to))),
  );
}
