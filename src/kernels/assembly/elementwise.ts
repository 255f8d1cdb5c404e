/** Elementwise arithmetic, generic in the element type; `count` is in elements. What is left of a vector goes one by one. */

// @ts-ignore: decorator
@inline
function add<T>(a: usize, b: usize, out: usize, count: i32): void {
  const whole = out + (((<usize>count) * sizeof<T>()) & ~(<usize>15));
  const end = out + <usize>count * sizeof<T>();
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
function addRow<T>(rows: i32, count: i32, a: usize, b: usize, out: usize): void {
  const next = <usize>count * sizeof<T>();
  for (let i = 0; i < rows; i++) {
    add<T>(a, b, out, count);
    a += next;
    out += next;
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

/** Each of `rows` rows of `count` elements plus the one row b. */
export function addRow32(rows: i32, count: i32, a: usize, b: usize, out: usize): void {
  addRow<u32>(rows, count, a, b, out);
}

export function addRow64(rows: i32, count: i32, a: usize, b: usize, out: usize): void {
  addRow<u64>(rows, count, a, b, out);
}

/** Element i of a times factors[(i / inner) mod period]. */
export function scale32(a: usize, factors: usize, period: i32, inner: i32, out: usize, count: i32): void {
  scale<u32>(a, factors, period, inner, out, count);
}

export function scale64(a: usize, factors: usize, period: i32, inner: i32, out: usize, count: i32): void {
  scale<u64>(a, factors, period, inner, out, count);
}
