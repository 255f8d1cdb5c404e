/** Matrix products over Z_2^32 with few rows on the left: the right operand is read once, as it lies. */

/** c [columns] += x [4] r [4, columns], x and the rows of r at their own addresses. */
function row4(x: usize, r0: usize, next: usize, c: usize, bytes: usize): void {
  const x0 = v128.load_splat<u32>(x);
  const x1 = v128.load_splat<u32>(x, 4);
  const x2 = v128.load_splat<u32>(x, 8);
  const x3 = v128.load_splat<u32>(x, 12);
  let r1 = r0 + next;
  let r2 = r1 + next;
  let r3 = r2 + next;
  const end = c + bytes;
  for (const whole = c + (bytes & ~(<usize>15)); c < whole; c += 16) {
    const p = i32x4.add(i32x4.mul(x0, v128.load(r0)), i32x4.mul(x1, v128.load(r1)));
    const q = i32x4.add(i32x4.mul(x2, v128.load(r2)), i32x4.mul(x3, v128.load(r3)));
    v128.store(c, i32x4.add(v128.load(c), i32x4.add(p, q)));
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
  }
  for (; c < end; c += 4) {
    const p = load<u32>(x) * load<u32>(r0) + load<u32>(x, 4) * load<u32>(r1);
    const q = load<u32>(x, 8) * load<u32>(r2) + load<u32>(x, 12) * load<u32>(r3);
    store<u32>(c, load<u32>(c) + p + q);
    r0 += 4;
    r1 += 4;
    r2 += 4;
    r3 += 4;
  }
}

/** As row4 for two rows x, y of the left operand and their results c, d. */
function rowPair4(x: usize, y: usize, r0: usize, next: usize, c: usize, d: usize, bytes: usize): void {
  const x0 = v128.load_splat<u32>(x);
  const x1 = v128.load_splat<u32>(x, 4);
  const x2 = v128.load_splat<u32>(x, 8);
  const x3 = v128.load_splat<u32>(x, 12);
  const y0 = v128.load_splat<u32>(y);
  const y1 = v128.load_splat<u32>(y, 4);
  const y2 = v128.load_splat<u32>(y, 8);
  const y3 = v128.load_splat<u32>(y, 12);
  let r1 = r0 + next;
  let r2 = r1 + next;
  let r3 = r2 + next;
  const whole = bytes & ~(<usize>15);
  for (let q: usize = 0; q < whole; q += 16) {
    const b0 = v128.load(r0 + q);
    const b1 = v128.load(r1 + q);
    const b2 = v128.load(r2 + q);
    const b3 = v128.load(r3 + q);
    const p = i32x4.add(i32x4.add(i32x4.mul(x0, b0), i32x4.mul(x1, b1)), i32x4.add(i32x4.mul(x2, b2), i32x4.mul(x3, b3)));
    const s = i32x4.add(i32x4.add(i32x4.mul(y0, b0), i32x4.mul(y1, b1)), i32x4.add(i32x4.mul(y2, b2), i32x4.mul(y3, b3)));
    v128.store(c + q, i32x4.add(v128.load(c + q), p));
    v128.store(d + q, i32x4.add(v128.load(d + q), s));
  }
  const rest = bytes - whole;
  if (rest > 0) {
    row4(x, r0 + whole, next, c + whole, rest);
    row4(y, r0 + whole, next, d + whole, rest);
  }
}

/** out [rows, columns] = left [rows, inner] times right [inner, columns]; each with its own distance between rows. */
export function stream32(
  rows: i32,
  inner: i32,
  columns: i32,
  left: usize,
  leftStride: i32,
  right: usize,
  rightStride: i32,
  out: usize,
  outStride: i32,
): void {
  const nextA = (<usize>leftStride) << 2;
  const nextB = (<usize>rightStride) << 2;
  const nextC = (<usize>outStride) << 2;
  const bytes = (<usize>columns) << 2;
  for (let i = 0; i < rows; i++) memory.fill(out + <usize>i * nextC, 0, bytes);
  let k = 0;
  for (; k + 4 <= inner; k += 4) {
    let x = left + ((<usize>k) << 2);
    let c = out;
    let i = 0;
    for (; i + 2 <= rows; i += 2) {
      rowPair4(x, x + nextA, right, nextB, c, c + nextC, bytes);
      x += nextA << 1;
      c += nextC << 1;
    }
    if (i < rows) row4(x, right, nextB, c, bytes);
    right += nextB << 2;
  }
  const whole = bytes & ~(<usize>15);
  for (; k < inner; k++) {
    for (let i = 0; i < rows; i++) {
      const x = load<u32>(left + <usize>i * nextA + ((<usize>k) << 2));
      const splat = i32x4.splat(x);
      const c = out + <usize>i * nextC;
      for (let q: usize = 0; q < whole; q += 16) {
        v128.store(c + q, i32x4.add(v128.load(c + q), i32x4.mul(splat, v128.load(right + q))));
      }
      for (let q = whole; q < bytes; q += 4) store<u32>(c + q, load<u32>(c + q) + x * load<u32>(right + q));
    }
    right += nextB;
  }
}
