/** Numbers of 16 bits in weight files. @module */

/** IEEE 754 binary16. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of an IEEE 754 binary32 (bfloat16). */
export function brainToNumber(brain: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, brain);
  return view.getFloat32(0);
}
