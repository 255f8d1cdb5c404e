/** Words of the elements that instances of a circuit read, at public indices. */

/** out_i = element indices[i] - lowest of `from`, or `pad` where the index is negative. Four neighbours, as channels are, go at once. */
// @ts-ignore: decorator
@inline
function gather<T>(from: usize, lowest: i32, indices: usize, n: i32, pad: T, out: usize): void {
  const size = sizeof<T>();
  const first = from - <usize>lowest * size;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const four = v128.load(indices + (<usize>i << 2));
    const index = i32x4.extract_lane(four, 0);
    const apart = v128.xor(four, i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3)));
    if (index < 0 || v128.any_true(apart)) {
      for (let j = i; j < i + 4; j++) {
        const at = load<i32>(indices + (<usize>j << 2));
        store<T>(out + <usize>j * size, at < 0 ? pad : load<T>(first + <usize>at * size));
      }
    } else {
      const run = first + <usize>index * size;
      v128.store(out + <usize>i * size, v128.load(run));
      if (size == 8) v128.store(out + <usize>i * size, v128.load(run, 16), 16);
    }
  }
  for (; i < n; i++) {
    const at = load<i32>(indices + (<usize>i << 2));
    store<T>(out + <usize>i * size, at < 0 ? pad : load<T>(first + <usize>at * size));
  }
}

export function gather32(from: usize, lowest: i32, indices: usize, n: i32, pad: u32, out: usize): void {
  gather<u32>(from, lowest, indices, n, pad, out);
}
export function gather64(from: usize, lowest: i32, indices: usize, n: i32, pad: u64, out: usize): void {
  gather<u64>(from, lowest, indices, n, pad, out);
}

/** The least and the greatest of n indices that are not negative, to two words at `out`: -1 and -1 where there are none. */
export function indexRange(indices: usize, n: i32, out: usize): void {
  let least: u32 = 0xffffffff;
  let greatest = -1;
  for (let i = 0; i < n; i++) {
    const index = load<i32>(indices + (<usize>i << 2));
    // as an unsigned number, a negative one is larger than any other
    least = min<u32>(least, <u32>index);
    greatest = max<i32>(greatest, index);
  }
  store<u32>(out, least);
  store<i32>(out, greatest, 4);
}
