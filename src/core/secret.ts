/** Types that keep a share from being handed out by accident. @module */

declare const secret: unique symbol;

/** One party's additive share. A `Share<T>` is a T for arithmetic, but no function that sends takes one unopened. */
export type Share<T> = T & { readonly [secret]: true };

/** Marks a value as a share. Free of cost: the mark exists for the compiler alone. */
export function asShare<T>(value: T): Share<T> {
  return value as Share<T>;
}
