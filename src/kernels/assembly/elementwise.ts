/** Elementwise arithmetic, generic in the element type; `count` is in elements. What is left of a vector goes one by one. */

// @ts-ignore: decorator
@inline
function add<T>(a: usize, b: usize, out: usize, count: i32): void {
  const whole = out + (((<usize>count) * sizeof<T>()) & ~(<usize>15));
  const end = out + <usize>count * sizeof<T>();
  while (out + 48 < whole) {
    const s0 = v128.add<T>(v128.load(a), v128.load(b));
    const s1 = v128.add<T>(v128.load(a, 16), v128.load(b, 16));
    const s2 = v128.add<T>(v128.load(a, 32), v128.load(b, 32));
    const s3 = v128.add<T>(v128.load(a, 48), v128.load(b, 48));
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
    a += 64;
    b += 64;
    out += 64;
  }
  while (out < whole) {
    v128.store(out, v128.add<T>(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    out += 16;
  }
  while (out < end) {
    store<T>(out, load<T>(a) + load<T>(b));
    a += sizeof<T>();
    b += sizeof<T>();
    out += sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function sub<T>(a: usize, b: usize, out: usize, count: i32): void {
  const whole = out + (((<usize>count) * sizeof<T>()) & ~(<usize>15));
  const end = out + <usize>count * sizeof<T>();
  while (out + 48 < whole) {
    const s0 = v128.sub<T>(v128.load(a), v128.load(b));
    const s1 = v128.sub<T>(v128.load(a, 16), v128.load(b, 16));
    const s2 = v128.sub<T>(v128.load(a, 32), v128.load(b, 32));
    const s3 = v128.sub<T>(v128.load(a, 48), v128.load(b, 48));
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
    a += 64;
    b += 64;
    out += 64;
  }
  while (out < whole) {
    v128.store(out, v128.sub<T>(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    out += 16;
  }
  while (out < end) {
    store<T>(out, load<T>(a) - load<T>(b));
    a += sizeof<T>();
    b += sizeof<T>();
    out += sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function addRows<T>(
  rows: i32,
  columns: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  out: usize,
  outStride: i32,
): void {
  for (let i = 0; i < rows; i++) {
    add<T>(a, b, out, columns);
    a += <usize>aStride * sizeof<T>();
    b += <usize>bStride * sizeof<T>();
    out += <usize>outStride * sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function subRows<T>(
  rows: i32,
  columns: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  out: usize,
  outStride: i32,
): void {
  for (let i = 0; i < rows; i++) {
    sub<T>(a, b, out, columns);
    a += <usize>aStride * sizeof<T>();
    b += <usize>bStride * sizeof<T>();
    out += <usize>outStride * sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function addConstant<T>(a: usize, value: T, out: usize, count: i32): void {
  const splat = v128.splat<T>(value);
  const whole = out + (((<usize>count) * sizeof<T>()) & ~(<usize>15));
  const end = out + <usize>count * sizeof<T>();
  while (out < whole) {
    v128.store(out, v128.add<T>(v128.load(a), splat));
    a += 16;
    out += 16;
  }
  while (out < end) {
    store<T>(out, load<T>(a) + value);
    a += sizeof<T>();
    out += sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function mask<T>(a: usize, bits: T, out: usize, count: i32): void {
  const splat = v128.splat<T>(bits);
  const whole = out + (((<usize>count) * sizeof<T>()) & ~(<usize>15));
  const end = out + <usize>count * sizeof<T>();
  while (out < whole) {
    v128.store(out, v128.and(v128.load(a), splat));
    a += 16;
    out += 16;
  }
  while (out < end) {
    store<T>(out, load<T>(a) & bits);
    a += sizeof<T>();
    out += sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function scale<T>(a: usize, factors: usize, period: i32, inner: i32, out: usize, count: i32): void {
  let f = 0;
  for (let start = 0; start < count; start += inner) {
    const factor = load<T>(factors + <usize>f * sizeof<T>());
    const splat = v128.splat<T>(factor);
    const bytes = <usize>min(inner, count - start) * sizeof<T>();
    const whole = out + (bytes & ~(<usize>15));
    const end = out + bytes;
    while (out < whole) {
      v128.store(out, v128.mul<T>(v128.load(a), splat));
      a += 16;
      out += 16;
    }
    while (out < end) {
      store<T>(out, load<T>(a) * factor);
      a += sizeof<T>();
      out += sizeof<T>();
    }
    if (++f == period) f = 0;
  }
}

export function add32(a: usize, b: usize, out: usize, count: i32): void {
  add<u32>(a, b, out, count);
}

export function add64(a: usize, b: usize, out: usize, count: i32): void {
  add<u64>(a, b, out, count);
}

export function sub32(a: usize, b: usize, out: usize, count: i32): void {
  sub<u32>(a, b, out, count);
}

export function sub64(a: usize, b: usize, out: usize, count: i32): void {
  sub<u64>(a, b, out, count);
}

export function addConstant32(a: usize, value: u32, out: usize, count: i32): void {
  addConstant<u32>(a, value, out, count);
}

export function addConstant64(a: usize, value: u64, out: usize, count: i32): void {
  addConstant<u64>(a, value, out, count);
}

/** out = a & bits. */
export function mask32(a: usize, bits: u32, out: usize, count: i32): void {
  mask<u32>(a, bits, out, count);
}

export function mask64(a: usize, bits: u64, out: usize, count: i32): void {
  mask<u64>(a, bits, out, count);
}

/** Matrices [rows, columns], rows `strides` elements apart: a + b. A stride of 0 is one row, again and again. */
export function addRows32(
  rows: i32,
  columns: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  out: usize,
  outStride: i32,
): void {
  addRows<u32>(rows, columns, a, aStride, b, bStride, out, outStride);
}

export function addRows64(
  rows: i32,
  columns: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  out: usize,
  outStride: i32,
): void {
  addRows<u64>(rows, columns, a, aStride, b, bStride, out, outStride);
}

/** As addRows: a - b. */
export function subRows32(
  rows: i32,
  columns: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  out: usize,
  outStride: i32,
): void {
  subRows<u32>(rows, columns, a, aStride, b, bStride, out, outStride);
}

export function subRows64(
  rows: i32,
  columns: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  out: usize,
  outStride: i32,
): void {
  subRows<u64>(rows, columns, a, aStride, b, bStride, out, outStride);
}

/** Element i of a times factors[(i / inner) mod period]. */
export function scale32(a: usize, factors: usize, period: i32, inner: i32, out: usize, count: i32): void {
  scale<u32>(a, factors, period, inner, out, count);
}

export function scale64(a: usize, factors: usize, period: i32, inner: i32, out: usize, count: i32): void {
  scale<u64>(a, factors, period, inner, out, count);
}
