/** Types that keep a share from being handed out by accident. @module */

declare const secret: unique symbol;

/** One party's share. A `Share<T>` is a T for arithmetic; what sends, and what makes bytes to send, takes `Public` values alone. */
export type Share<T> = T & { readonly [secret]: true };

/** Anything but a share as it is. What arithmetic makes of one has no mark any more: a share that is masked may be sent. */
export type Public<T> = T & { readonly [secret]?: never };

/** Marks a value as a share. Free of cost: the mark exists for the compiler alone. */
export function asShare<T>(value: T): Share<T> {
  return value as Share<T>;
}
