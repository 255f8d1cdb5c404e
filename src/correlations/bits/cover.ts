/**
 * Which shares choose: vertices that cover all edges of a bipartite graph, whose edges are products of a share of party 0 and one of party 1.
 *
 * The share in most products that are not covered yet comes next (Johnson, J. Comput. Syst. Sci. 9, 1974: within a factor of log n of the least); of
 * equals one of the party that has fewer so far, so that both directions carry as much. Both parties find the same.
 * @module
 */
import type { Party } from '../../steps/two.js';

/** Of party 0 and of party 1. */
type Sides<T> = readonly [T, T];

interface Vertex {
  readonly share: bigint;
  readonly party: Party;
  readonly others: Set<Vertex>;
}

/**
 * @param edges shares of party 0 and of party 1
 * @param chosen those that choose whatever else is covered
 */
export function coverOf(
  edges: readonly Sides<bigint>[],
  chosen: Sides<ReadonlySet<bigint>>,
): Sides<ReadonlySet<bigint>> {
  const cover = [new Set(chosen[0]), new Set(chosen[1])] as const;
  const vertices = [new Map<bigint, Vertex>(), new Map<bigint, Vertex>()] as const;
  const vertexOf = (party: Party, share: bigint): Vertex => {
    const vertex = vertices[party].get(share) ?? { share, party, others: new Set() };
    vertices[party].set(share, vertex);
    return vertex;
  };
  for (const [first, second] of edges) {
    if (cover[0].has(first) || cover[1].has(second)) continue;
    const [left, right] = [vertexOf(0, first), vertexOf(1, second)];
    left.others.add(right);
    right.others.add(left);
  }
  const all = vertices.flatMap((own) => [...own.values()]);
  const most = all.reduce((degree, { others }) => Math.max(degree, others.size), 0);
  // by degree and party
  const waiting = Array.from({ length: most + 1 }, () => [new Set<Vertex>(), new Set<Vertex>()] as const);
  for (const vertex of all) waiting[vertex.others.size]![vertex.party].add(vertex);
  const taken = [0, 0];
  for (let degree = most; degree > 0; ) {
    const [first, second] = waiting[degree]!;
    if (first.size + second.size === 0) {
      degree--;
      continue;
    }
    const party: Party = second.size === 0 || (first.size > 0 && taken[0]! < taken[1]!) ? 0 : 1;
    const vertex = waiting[degree]![party].values().next().value as Vertex;
    take(vertex);
    taken[party]!++;
  }
  return cover;

  function take(vertex: Vertex): void {
    cover[vertex.party].add(vertex.share);
    waiting[vertex.others.size]![vertex.party].delete(vertex);
    for (const other of vertex.others) {
      waiting[other.others.size]![other.party].delete(other);
      other.others.delete(vertex);
      waiting[other.others.size]![other.party].add(other);
    }
    vertex.others.clear();
  }
}
