/** Silent transfers word by word, as the papers write them: what the kernels are held to. @module */
import { createCipheriv } from 'node:crypto';

type Label = bigint;

const LOW: bigint = (1n << 64n) - 1n;
const COLOURLESS: bigint = (1n << 128n) - 2n;

/** Little endian: the colour bit is bit 0. */
export function labelAt(bytes: Uint8Array, index: number): Label {
  let label = 0n;
  for (let b = 15; b >= 0; b--) label = (label << 8n) | BigInt(bytes[16 * index + b]!);
  return label;
}

function bytesOf(label: Label): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, b) => Number((label >> BigInt(8 * b)) & 255n));
}

/** H(x) = AES(s(x)) xor s(x), s(x_R || x_L) = (x_L xor x_R) || x_L. */
function hash(key: Uint8Array, x: Label): Label {
  const [left, right] = [x & LOW, x >> 64n];
  const sigma = ((left ^ right) << 64n) | right;
  const cipher = createCipheriv('aes-128-ecb', key, null);
  return labelAt(cipher.update(bytesOf(sigma)), 0) ^ sigma;
}

/** All levels of the sender's tree, from its two first nodes on. */
export function plainTree(key: Uint8Array, root: Label, delta: Label, depth: number): Label[][] {
  const levels = [[root, root ^ delta]];
  while (levels.length < depth) {
    const last = levels[levels.length - 1]!;
    levels.push(last.flatMap((node) => [hash(key, node), hash(key, node) ^ node]));
  }
  return levels;
}

/** The ten entries of each of a tree's samples. */
export function plainIndices(key: Uint8Array, tree: number, n: number, logK: number): number[][] {
  const counter = Buffer.alloc(16);
  counter.writeUInt32BE(tree);
  const stream = createCipheriv('aes-128-ctr', key, counter).update(Buffer.alloc(32 * n));
  return Array.from({ length: n }, (_, i) => {
    const words = [0, 1, 2, 3].map((w) => stream.readBigUInt64LE(32 * i + 8 * w));
    const entries = [3, 3, 2, 2].flatMap((count, w) =>
      Array.from({ length: count }, (_, f) => Number((words[w]! >> BigInt(21 * f)) & ((1n << BigInt(logK)) - 1n))),
    );
    return entries;
  });
}

export function plainLabels(leaves: readonly Label[], base: readonly Label[], indices: readonly number[][]): Label[] {
  return leaves.map((leaf, i) => indices[i]!.reduce((sum, index) => sum ^ base[index]!, leaf & COLOURLESS));
}
