/** Integers from their residues: logits larger than one plaintext modulus allows. @module */

/**
 * Gives the integer of least magnitude with given residues: x = sum_i r_i M_i (M_i^-1 mod t_i), M_i = prod t / t_i.
 * @param moduli pairwise coprime
 */
export function combiner(moduli: readonly bigint[]): (residues: readonly bigint[]) => bigint {
  const product = moduli.reduce((all, t) => all * t, 1n);
  const factors = moduli.map((t) => (product / t) * inverse(product / t, t));
  return (residues) => {
    const sum = factors.reduce((x, factor, i) => x + residues[i]! * factor, 0n);
    const x = ((sum % product) + product) % product;
    return 2n * x > product ? x - product : x;
  };
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
