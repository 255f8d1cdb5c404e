/**
 * Silent oblivious transfer: trees of correlated seeds, and the local linear code (src/ot/silent).
 *
 * Labels carry a choice in bit 0 of their first byte, the colour bit. Places on the receiver's paths are secret: they select by masks, in passes over all
 * nodes. The code's indices are public.
 */

/** Of an index in a word of the code's stream, three of which share 64 bits. */
const INDEX_BITS: i64 = 21;

/** All ones where `index` is `place`. */
// @ts-ignore: decorator
@inline function at(index: i32, place: i32): v128 {
  return i32x4.splat(-((index == place) as i32));
}

/**
 * The children of n nodes: left = H(node) = cipher xor sigma, right = node xor left, side by side. The xor of all left ones goes to `sums`, that of
 * all right ones behind it.
 */
export function treeGrow(nodes: usize, sigmas: usize, cipher: usize, n: i32, children: usize, sums: usize): void {
  let lefts = i64x2.splat(0);
  let all = i64x2.splat(0);
  const end = nodes + ((n as usize) << 4);
  while (nodes < end) {
    const node = v128.load(nodes);
    const left = v128.xor(v128.load(cipher), v128.load(sigmas));
    v128.store(children, left);
    v128.store(children, v128.xor(node, left), 16);
    lefts = v128.xor(lefts, left);
    all = v128.xor(all, node);
    nodes += 16;
    sigmas += 16;
    cipher += 16;
    children += 32;
  }
  v128.store(sums, lefts);
  v128.store(sums, v128.xor(lefts, all), 16);
}

/** nodes[place] ^= what. */
export function treeMend(nodes: usize, n: i32, place: i32, what: usize): void {
  const added = v128.load(what);
  for (let i = 0; i < n; i++) {
    v128.store(nodes, v128.xor(v128.load(nodes), v128.and(added, at(i, place))));
    nodes += 16;
  }
}

// @ts-ignore: decorator
@inline function entry(base: usize, word: u64, mask: usize): v128 {
  return v128.load(base + ((((word as usize) & mask)) << 4));
}

/**
 * labels[i] = leaf i, its colour bit cleared, xor `what` where i is `place`, xor the ten entries of `base` that the stream names: of four words three
 * indices each, but two of the last two. `mask` is the number of entries, a power of two, less one.
 */
export function codeEncode(leaves: usize, n: i32, place: i32, what: usize, stream: usize, base: usize, mask: usize, labels: usize): void {
  const added = v128.load(what);
  const colourless = i64x2(-2, -1);
  for (let i = 0; i < n; i++) {
    const w0 = load<u64>(stream);
    const w1 = load<u64>(stream, 8);
    const w2 = load<u64>(stream, 16);
    const w3 = load<u64>(stream, 24);
    const a = v128.xor(entry(base, w0, mask), entry(base, w0 >> INDEX_BITS, mask));
    const b = v128.xor(entry(base, w0 >> (2 * INDEX_BITS), mask), entry(base, w1, mask));
    const c = v128.xor(entry(base, w1 >> INDEX_BITS, mask), entry(base, w1 >> (2 * INDEX_BITS), mask));
    const d = v128.xor(entry(base, w2, mask), entry(base, w2 >> INDEX_BITS, mask));
    const e = v128.xor(entry(base, w3, mask), entry(base, w3 >> INDEX_BITS, mask));
    const leaf = v128.xor(v128.and(v128.load(leaves), colourless), v128.and(added, at(i, place)));
    v128.store(labels, v128.xor(v128.xor(v128.xor(a, b), v128.xor(c, d)), v128.xor(e, leaf)));
    leaves += 16;
    stream += 32;
    labels += 16;
  }
}

/** labels[i] ^= bit first + i of `bits` times delta. */
export function labelsCorrect(labels: usize, bits: usize, first: i32, delta: usize, n: i32): void {
  const apart = v128.load(delta);
  for (let i = first; i < first + n; i++) {
    const bit = (load<u8>(bits + (i >> 3)) >> ((i & 7) as u8)) & 1;
    v128.store(labels, v128.xor(v128.load(labels), v128.and(apart, i32x4.splat(-(bit as i32)))));
    labels += 16;
  }
}

/** Bit first + i of `bits` |= the colour bit of label i. */
export function labelsColours(labels: usize, bits: usize, first: i32, n: i32): void {
  for (let i = first; i < first + n; i++) {
    const to = bits + (i >> 3);
    store<u8>(to, load<u8>(to) | ((load<u8>(labels) & 1) << ((i & 7) as u8)));
    labels += 16;
  }
}
