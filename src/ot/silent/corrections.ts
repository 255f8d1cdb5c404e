/** What chosen silent transfers send. @module */

/** Bytes from the receiver to the sender for n transfers whose choices are given; none where they are random. */
export function correctionBytes(n: number): number {
  return Math.ceil(n / 8);
}
