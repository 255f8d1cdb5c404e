/**
 * Parameters of a linear step by ring LWE, from the width m at which its result matters and the number of terms in its noise. docs/decisions/0022-ring-lwe.md.
 *
 * An answer's phase is (q / 2^m) (y - R) + v + f mod q, with v the noise and f the flooding, uniform in [-F, F).
 *
 *     v = sum w_t (e_t + r_t) + u e_pk + f_1 s + r      |w| <= 2^(m-1), e, f_1, e_pk centred binomial, |r| <= 1/2, u and s ternary
 *
 * Hiding:     F >= 2^40 * 12 sigma_v, where Pr[|v| > 12 sigma_v] < 2^-102 (Hoeffding).
 * Decryption: F + max |v|, scaled to the answer's modulus, and the answer's own rounding stay below half a unit of the message.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { DEGREES, type HeRing, modulusOf, ringOf } from './ring.js';

/** Errors are differences of sums of so many bits: variance ETA / 2 = 10.5 >= 3.2^2. */
export const ETA = 21;
/** Standard deviations at which a sub-Gaussian tail is 2 exp(-72) < 2^-102. */
const TAIL = 12;
/** Bits by which flooding exceeds the noise. */
const HIDING_BITS = 40n;
/** Bits below the message that an answer keeps: of a, whose rounding meets all coefficients of s, and of b. */
const A_BITS = 11;
const B_BITS = 4;
/** The digit of a flooding's size is as large as so many bits allow: the room that a ring leaves is used to a fifteenth. */
const DIGIT_BITS = 4;

export interface HeParameters {
  readonly ring: HeRing;
  /** Messages are integers mod 2^m. */
  readonly m: number;
  /** Flooding is uniform over 2 F = floodDigit * 2^floodBits integers. */
  readonly floodDigit: number;
  readonly floodBits: number;
  /** An answer's a is rounded to 2^aBits, its b to 2^bBits. */
  readonly aBits: number;
  readonly bBits: number;
}

/**
 * The smallest ring that serves.
 * @param terms coefficients other than 0 in all weight polynomials that one accumulator takes: every coefficient of a product has noise from each of them
 * @param leastBits of q: steps that share one ring share keys
 * @throws TacitError HE_PARAMETERS where no ring of 128 bits of security does
 */
export function heParameters(m: number, terms: number, leastBits = 0): HeParameters {
  for (const { n, mostBits } of DEGREES) {
    const least = Math.max(leastBits, Math.floor(2 * m + Number(HIDING_BITS)));
    for (let bits = least; bits <= mostBits; bits++) {
      const parameters = withRing(ringOf(n, bits), m, terms);
      if (parameters) return parameters;
    }
  }
  const { n, mostBits } = DEGREES[DEGREES.length - 1]!;
  throw new TacitError(
    'HE_PARAMETERS',
    `expected a linear step that fits ring LWE of degree ${n} with a modulus of ${mostBits} bits, got ${terms} terms of ${m} bits`,
    { facts: { width: m, terms } },
  );
}

function withRing(ring: HeRing, m: number, terms: number): HeParameters | undefined {
  const most = 2n * (room(ring, m) - worstNoise(ring, m, terms));
  const floodBits = most.toString(2).length - DIGIT_BITS;
  if (most < 1n || floodBits < 1) return undefined;
  const parameters = {
    ring,
    m,
    floodDigit: Number(most >> BigInt(floodBits)),
    floodBits,
    aBits: m + A_BITS,
    bBits: m + B_BITS,
  };
  return floodBound(parameters) >= likelyNoise(ring, m, terms) << HIDING_BITS ? parameters : undefined;
}

/** F. */
export function floodBound({ floodDigit, floodBits }: Pick<HeParameters, 'floodDigit' | 'floodBits'>): bigint {
  return BigInt(floodDigit) << BigInt(floodBits - 1);
}

/** What noise and flooding may come to together, so that rounding to the message is right. */
function room(ring: HeRing, m: number): bigint {
  const half = 2 ** (A_BITS - 1);
  const roundingB = 2 ** (A_BITS - B_BITS - 1);
  // the rounding of a is uniform in [-1/2, 1/2] a coefficient, of variance 1/12; at most n of them meet a coefficient of s other than 0
  const roundingA = Math.ceil(TAIL * Math.sqrt(ring.n / 12));
  const units = half - roundingB - roundingA - 1;
  return (BigInt(units) * modulusOf(ring)) >> BigInt(m + A_BITS);
}

/** 12 sigma_v: the bound that v keeps but with probability 2^-102. */
export function likelyNoise({ n }: HeRing, m: number, terms: number): bigint {
  const products = (ETA / 2 + 1 / 4) * terms;
  const rerandomising = (n * (ETA ** 2 + ETA / 2)) / 2 ** (2 * m - 2);
  // scaled by 2^(m-1), in steps of 2^-20
  const scaled = Math.ceil(TAIL * Math.sqrt(products + rerandomising) * 2 ** 20 + 1);
  return ((BigInt(scaled) << BigInt(m - 1)) >> 20n) + 2n;
}

/** The bound that v cannot exceed. */
export function worstNoise({ n }: HeRing, m: number, terms: number): bigint {
  return ((BigInt(terms) * BigInt(2 * ETA + 1)) << BigInt(m)) / 4n + BigInt(2 * n * ETA + 1);
}
