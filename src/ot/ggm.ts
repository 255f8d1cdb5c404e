/**
 * All but one of 2^k seeds by oblivious transfer: a GGM tree punctured at the receiver's choice (Roy, CRYPTO 2022, section 5.2; Boyle et al. 2019).
 *
 * The sender grows a binary tree of seeds. For each level one key hides the xor of all left children, the other that of all right ones; the
 * receiver opens the side away from its path, and from it computes every node beside the path. Constant time in the path.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { deriveSeed } from '../core/prg.js';
import { randomSeed, SEED_BYTES, type Seed } from '../platform/random.js';

const LEFT = new Uint8Array([0]);
const RIGHT = new Uint8Array([1]);

function children(node: Seed): [Seed, Seed] {
  return [sha256(concatBytes(LEFT, node)), sha256(concatBytes(RIGHT, node))];
}

function xorInto(target: Uint8Array, source: Uint8Array, mask = 0xff): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! ^ (source[i]! & mask);
}

function sumOf(level: readonly Seed[], side: 0 | 1): Seed {
  const sum = new Uint8Array(SEED_BYTES);
  for (let i = side; i < level.length; i += 2) xorInto(sum, level[i]!);
  return sum;
}

/** All leaves, and what the receiver needs. `keys`: both keys of k base transfers, level by level. */
export function growTree(keys: readonly (readonly [Seed, Seed])[]): { leaves: Seed[]; message: Uint8Array } {
  let level: Seed[] = [randomSeed('ot/tree')];
  const parts: Uint8Array[] = [];
  for (const pair of keys) {
    level = level.flatMap(children);
    for (const side of [0, 1] as const) {
      const sum = sumOf(level, side);
      xorInto(sum, deriveSeed(pair[side], 'ggm'));
      parts.push(sum);
    }
  }
  return { leaves: level, message: concatBytes(...parts) };
}

/**
 * All leaves but leaf `alpha`, whose place holds bytes without meaning.
 * @param alpha secret bits, most significant first, one byte each: at each level the side of the path
 * @param keys of each level the key of the side away from the path
 */
export function punctureTree(alpha: Uint8Array, keys: readonly Seed[], message: Uint8Array): Seed[] {
  let level: Seed[] = [new Uint8Array(SEED_BYTES)];
  for (const [depth, key] of keys.entries()) {
    const grown = level.flatMap(children);
    const away = 1 - alpha[depth]!;
    const sum = deriveSeed(key, 'ggm');
    for (const side of [0, 1] as const) {
      const at = (2 * depth + side) * SEED_BYTES;
      xorInto(sum, message.subarray(at, at + SEED_BYTES), -(away ^ side ^ 1) & 0xff);
    }
    // sum is now the xor of all nodes on the side away from the path: less those that are known it is the missing one
    for (let i = 0; i < grown.length; i++) {
      const onSide = -((i & 1) ^ away ^ 1) & 0xff;
      const known = -notPath(i >> 1, alpha, depth) & 0xff;
      xorInto(sum, grown[i]!, onSide & known);
    }
    for (let i = 0; i < grown.length; i++) {
      const missing = ((i & 1) ^ away ^ 1) & (1 ^ notPath(i >> 1, alpha, depth));
      const mask = -missing & 0xff;
      const node = grown[i]!;
      for (let b = 0; b < node.length; b++) node[b] = (node[b]! & ~mask) | (sum[b]! & mask);
    }
    level = grown;
  }
  return level;
}

/** 1 where node `index` of the level with `depth` path bits is beside the path, 0 where it is on it. */
function notPath(index: number, alpha: Uint8Array, depth: number): 0 | 1 {
  let path = 0;
  for (let i = 0; i < depth; i++) path = (path << 1) | alpha[i]!;
  const difference = index ^ path;
  return ((difference | -difference) >>> 31) as 0 | 1;
}
