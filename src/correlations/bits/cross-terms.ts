/**
 * What of a step's products of masks neither party has alone, as a list of correlated transfers.
 *
 * A mask is l_0 + l_1 mod 2, so a product x y of two has the cross terms x_1 y_0 and y_1 x_0. Either factor of a cross term may choose, and meets
 * the other: one transfer a share that chooses, whatever the number of cross terms that it is in. What a choice meets in one row is one bit, the sum of
 * the sender's factors; what it meets in a row of words is a word. So that few shares choose, they are a cover of all cross terms (cover.ts). A
 * share that is always zero (of what the other party knows) takes part in nothing, which is told by going through the circuit once, with shares as
 * sums of the masks that a party draws.
 *
 * Of words, with s(x) = 1 - 2 x_i of the sender i, j the receiver,
 *
 *     x   = x_i + x_j s(x)              x R = x_i R_i + x_j s(x) R_i, and R_j, by transfers the other way
 *     x y = x_i y_i + x_j s(x) y_i + y_j x_i s(y) + x_j y_j s(x) s(y)
 *
 * @module
 */
import type { Program } from '../../../circuits/program.js';
import { type BitsStep, EVALUATOR, GARBLER, otherOf, type Party } from '../../steps/two.js';
import { coverOf } from './cover.js';
import { carryBits, maskWidths } from './sizes.js';

/** A slot, read once the XORs of a level are done; behind the last level where the circuit is done. */
export interface Place {
  readonly level: number;
  readonly slot: number;
}

/** What a choice meets in a row of ANDs, counted over all levels: the sum of these. */
export interface BitUse {
  readonly row: number;
  readonly factors: readonly Place[];
}

/** A word of one party: the product of 1 - 2 x of `signs`, of `values`, and of R where `offset`. */
export interface WordFactor {
  readonly signs: readonly Place[];
  readonly values: readonly Place[];
  readonly offset: boolean;
}

/** A row of words of an output, and the bits of it that matter. */
export interface WordRow {
  readonly output: number;
  readonly row: number;
  readonly width: number;
}

export interface WordUse extends WordRow {
  readonly factor: WordFactor;
}

/** A transfer an instance: the receiver's share of a mask, or the product of two, and what it meets. */
export interface Choice {
  readonly places: readonly Place[];
  readonly bits: readonly BitUse[];
  readonly words: readonly WordUse[];
}

/** All of one direction. */
export interface CrossTerms {
  readonly choices: readonly Choice[];
  /** What the sender adds to rows of words by itself. */
  readonly own: readonly WordUse[];
}

/** By the party that is the sender. */
export type BothTerms = readonly [CrossTerms, CrossTerms];

/** Choices while they are found, by the receiver's share as a sum of what it draws. */
class Finding {
  readonly #choices = new Map<string, { places: readonly Place[]; bits: Map<number, Place[]>; words: WordUse[] }>();
  readonly own: WordUse[] = [];

  meetBit(share: bigint, place: Place, row: number, factor: Place): void {
    const { bits } = this.#choice(`${share}`, [place]);
    bits.set(row, [...(bits.get(row) ?? []), factor]);
  }

  meetWord(share: string, places: readonly Place[], use: WordUse): void {
    this.#choice(share, places).words.push(use);
  }

  #choice(share: string, places: readonly Place[]): { bits: Map<number, Place[]>; words: WordUse[] } {
    const known = this.#choices.get(share) ?? { places, bits: new Map<number, Place[]>(), words: [] };
    this.#choices.set(share, known);
    return known;
  }

  /** Those that choose alone. */
  get shares(): ReadonlySet<bigint> {
    return new Set([...this.#choices].flatMap(([share, { places }]) => (places.length === 1 ? BigInt(share) : [])));
  }

  get terms(): CrossTerms {
    const choices = [...this.#choices.values()].map(({ places, bits, words }) => ({
      places,
      bits: [...bits].map(([row, factors]) => ({ row, factors })),
      words,
    }));
    return { choices, own: this.own };
  }
}

const found = new WeakMap<BitsStep, BothTerms>();

/** The cross terms of a step; found once. */
export function crossTermsOf(step: BitsStep): BothTerms {
  const known = found.get(step) ?? findTerms(step);
  found.set(step, known);
  return known;
}

/** x_1 y_0 of a row: each party's share, and where it is read. */
interface CrossTerm {
  readonly row: number;
  readonly shares: readonly [bigint, bigint];
  readonly places: readonly [Place, Place];
}

function findTerms(step: BitsStep): BothTerms {
  const finding = [new Finding(), new Finding()] as const;
  const crossTerms: CrossTerm[] = [];
  const shares = goThrough(step.program, (level, row, [x, y], of) => {
    for (const [first, second] of [[x, y] as const, [y, x] as const]) {
      const own = [of(GARBLER, first), of(EVALUATOR, second)] as const;
      if (own.includes(0n)) continue;
      crossTerms.push({
        row,
        shares: own,
        places: [
          { level, slot: first },
          { level, slot: second },
        ],
      });
    }
  });
  for (let output = 0; output < step.outputs; output++) findWords(step, output, shares, finding);
  // words choose by these whatever the rows do
  const chosen = finding.map((own) => own.shares);
  const covering = coverOf(
    crossTerms.map((term) => term.shares),
    [chosen[EVALUATOR]!, chosen[GARBLER]!],
  );
  for (const { row, shares: own, places } of crossTerms) {
    const receiver = covering[EVALUATOR].has(own[EVALUATOR]) ? EVALUATOR : GARBLER;
    const sender = otherOf(receiver);
    finding[sender].meetBit(own[receiver], places[receiver], row, places[sender]);
  }
  return [finding[GARBLER].terms, finding[EVALUATOR].terms];
}

/** What the sender's share of a slot is. */
type Shares = (party: Party, slot: number) => bigint;

/** Goes through the gates with shares as sums of what a party draws: bit k stands for its k-th row. */
function goThrough(
  { ownerRows, helperRows, slots, levels }: Program,
  visit: (level: number, row: number, product: readonly [number, number], of: Shares) => void,
): Shares {
  const shares = [new Array<bigint>(slots).fill(0n), new Array<bigint>(slots).fill(0n)] as const;
  let drawn = 0n;
  const draw = (party: Party, slot: number): void => {
    shares[party][slot] = 1n << drawn++;
  };
  const of: Shares = (party, slot) => shares[party][slot]!;
  for (let slot = 0; slot < ownerRows; slot++) draw(GARBLER, slot);
  for (let slot = ownerRows; slot < ownerRows + helperRows; slot++) draw(EVALUATOR, slot);
  let row = -1;
  for (const [level, { xors, ands, outs }] of levels.entries()) {
    for (let i = 0; i < xors.length; i += 3) {
      const [a, b, out] = [xors[i]!, xors[i + 1]!, xors[i + 2]!];
      for (const own of shares) own[out] = own[a]! ^ own[b]!;
    }
    for (let i = 0; i < ands.length; i += 3) {
      if (ands[i + 2] === 0) row++;
      visit(level, row, [ands[i]! >> 1, ands[i + 1]! >> 1], of);
    }
    for (const slot of outs) {
      draw(GARBLER, slot);
      draw(EVALUATOR, slot);
    }
  }
  return of;
}

/** The rows of words of an output. */
function findWords(step: BitsStep, output: number, of: Shares, [forward, back]: readonly [Finding, Finding]): void {
  const widths = maskWidths(step, output);
  const level = step.program.levels.length;
  const place = (bit: number): Place => ({ level, slot: bit >> 1 });
  const factor = (signs: readonly Place[], values: readonly Place[] = [], offset = false): WordFactor => {
    return { signs, values, offset };
  };
  const meet = (finding: Finding, receiver: Party, places: readonly Place[], use: WordUse): void => {
    const shares = places.map(({ slot }) => of(receiver, slot));
    if (!shares.includes(0n)) finding.meetWord(shares.join(), places, use);
  };
  const bitRow = (row: number, bit: number): void => {
    const [x, at] = [place(bit), { output, row, width: widths[row]! }];
    if (at.width === 0) return;
    forward.own.push({ ...at, factor: factor([], [x]) });
    meet(forward, EVALUATOR, [x], { ...at, factor: factor([x]) });
  };
  const productRow = (row: number, first: number, second: number): void => {
    const [x, y, at] = [place(first), place(second), { output, row, width: widths[row]! }];
    if (at.width === 0) return;
    forward.own.push({ ...at, factor: factor([], [x, y]) });
    meet(forward, EVALUATOR, [x], { ...at, factor: factor([x], [y]) });
    meet(forward, EVALUATOR, [y], { ...at, factor: factor([y], [x]) });
    meet(forward, EVALUATOR, [x, y], { ...at, factor: factor([x, y]) });
  };
  /** Either party's R, times the mask. */
  const offsetRow = (row: number, bit: number): void => {
    const [x, at] = [place(bit), { output, row, width: widths[row]! }];
    for (const [finding, receiver] of [[forward, EVALUATOR] as const, [back, GARBLER] as const]) {
      finding.own.push({ ...at, factor: factor([], [x], true) });
      meet(finding, receiver, [x], { ...at, factor: factor([x], [], true) });
    }
  };
  if (step.finish === 'words') {
    for (const [row, { bit }] of step.program.words[output]!.terms.entries()) bitRow(row, bit);
    return;
  }
  const [keep, low, top, both] = carryBits(step);
  bitRow(0, keep);
  offsetRow(1, keep);
  bitRow(2, low);
  productRow(3, keep, low);
  bitRow(4, top);
  bitRow(5, both);
  productRow(6, top, both);
}
