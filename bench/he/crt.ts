/** Integers from their residues: logits larger than one plaintext modulus allows. @module */

/**
 * The integer of least magnitude with these residues: x = sum_i r_i M_i (M_i^-1 mod t_i), M_i = prod t / t_i.
 * @param moduli pairwise coprime
 */
export function combine(residues: readonly bigint[], moduli: readonly bigint[]): bigint {
  const product = moduli.reduce((all, t) => all * t, 1n);
  const sum = moduli.reduce((x, t, i) => {
    const others = product / t;
    return x + residues[i]! * others * inverse(others, t);
  }, 0n);
  const x = ((sum % product) + product) % product;
  return 2n * x > product ? x - product : x;
}

/** a^-1 mod t by Euclid. */
function inverse(a: bigint, t: bigint): bigint {
  let [r0, r1, s0, s1] = [a % t, t, 1n, 0n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1];
  }
  return ((s0 % t) + t) % t;
}
