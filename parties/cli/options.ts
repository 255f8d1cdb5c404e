/** The values of flags: each parser gives a value or throws a USAGE error that says what the flag takes. @module */
import { TacitError } from '../../src/core/errors.js';
import type { RingBits } from '../../src/core/ring.js';
import {
  isPreprocessing,
  isReveal,
  type Preprocessing,
  preprocessingChoice,
  type Reveal,
} from '../../src/core/trust.js';
import type { Layout } from '../../src/model/card.js';
import type { InputShape } from '../../src/model/import/importer.js';
import { TRANSFERS, type TransferKind } from '../../src/ot/kinds.js';
import { NONLINEAR, type Nonlinear } from '../../src/plan/compile.js';
import type { NetworkProfile } from '../../src/transport/link.js';
import { NETWORKS } from '../../src/transport/shape.js';

/** Of transfers: by which extension, or by that which serves --network better. */
export type TransferChoice = TransferKind | 'auto';
const TRANSFER_CHOICES: readonly TransferChoice[] = [...TRANSFERS, 'auto'];

const MAX_FLOAT32 = 3.4e38;
/** A shaped link that a person would wait for. */
const LEAST_MEGABITS = 0.01;

/** Reals [low, high]. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The range as inputs in single precision see it: 0.1 as a double lies below 0.1 in float32. */
export function float32Range({ low, high }: Range): Range {
  return { low: Math.fround(low), high: Math.fround(high) };
}

export interface FractionBits {
  readonly activation: number;
  readonly weight: number;
}

function wrong(flag: string, expected: string, came: string, advice: string): TacitError {
  return new TacitError('USAGE', `expected ${flag} ${expected}, got ${came}. ${advice}`);
}

/** A parser of whole numbers from `least` to `most` for `flag`. */
export function wholeNumber(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw wrong(flag, `from ${least} to ${most}`, text, `Give a whole number, for example ${flag} ${least}`);
    }
    return value;
  };
}

/** --timeout SECONDS */
export function parseSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 86_400)) {
    throw wrong('--timeout', 'above 0 and at most 86400 seconds', text, 'Give seconds, for example --timeout 30');
  }
  return value;
}

/** --parties 2|3 */
export function parseParties(text: string): 2 | 3 {
  if (text === '2' || text === '3') return Number(text) as 2 | 3;
  throw wrong('--parties', '2 or 3', text, 'Give for example --parties 3');
}

/** --preprocessing: only what is there. */
export function parsePreprocessing(text: string): Preprocessing {
  if (isPreprocessing(text)) return text;
  throw wrong('--preprocessing', preprocessingChoice(), text, 'Give for example --preprocessing ot');
}

/** --nonlinear gc|bits|auto */
export function parseNonlinear(text: string): Nonlinear {
  const known = NONLINEAR.find((name) => name === text);
  if (known !== undefined) return known;
  throw wrong('--nonlinear', 'gc, bits or auto', text, 'Give for example --nonlinear auto');
}

/** --transfers softspoken|silent|auto */
export function parseTransfers(text: string): TransferChoice {
  const known = TRANSFER_CHOICES.find((name) => name === text);
  if (known !== undefined) return known;
  throw wrong('--transfers', 'softspoken, silent or auto', text, 'Give for example --transfers auto');
}

/** --reveal logits|top:K|label; that K labels exist is checked once the model is known. */
export function parseReveal(text: string): Reveal {
  if (isReveal(text)) return text;
  throw wrong('--reveal', 'logits, top:K or label', text, 'Give for example --reveal top:3');
}

/** --ring 32|64|auto */
export function parseRing(text: string): RingBits | 'auto' {
  if (text === 'auto') return 'auto';
  if (text === '32' || text === '64') return Number(text) as RingBits;
  throw wrong('--ring', '32, 64 or auto', text, 'Give for example --ring 64');
}

/** --fraction-bits A,W */
export function parseFractionBits(text: string): FractionBits {
  const [, activation, weight] = /^(\d{1,2}),(\d{1,2})$/.exec(text) ?? [];
  const bits = { activation: Number(activation), weight: Number(weight) };
  if (!(bits.activation <= 32 && bits.weight <= 32)) {
    throw wrong(
      '--fraction-bits',
      'A,W with whole numbers from 0 to 32',
      text,
      'Give for example --fraction-bits 8,10',
    );
  }
  return bits;
}

/** --tolerance T or P%: above 0; 1 allows outputs that are as far off as they are large. */
export function parseTolerance(text: string): number {
  const [, number = '', percent] = /^([^%]*)(%)?$/.exec(text.trim()) ?? [];
  const value = number.trim() === '' ? Number.NaN : Number(number) / (percent === undefined ? 1 : 100);
  if (value > 0 && value <= MAX_FLOAT32) return value;
  throw wrong('--tolerance', 'above 0', text, 'Give for example --tolerance 0.02 or 2%');
}

/** --input-range LO,HI, which inputs in single precision can reach. */
export function parseRange(text: string): Range {
  const numbers = pair(text);
  if (!numbers || numbers[0] >= numbers[1] || numbers.some((bound) => Math.abs(bound) > MAX_FLOAT32)) {
    throw wrong(
      '--input-range',
      'LO,HI with LO < HI, both within float32',
      text,
      'Give for example --input-range -1,1',
    );
  }
  return { low: numbers[0], high: numbers[1] };
}

/** --scale S or S/T: what a byte of a pixel is multiplied by. */
export function parseScale(text: string): number {
  const [, over = '', under] = /^([^/]+)(?:\/([^/]+))?$/.exec(text) ?? [];
  const value = over.trim() === '' ? Number.NaN : Number(over) / Number(under ?? 1);
  if (!(value > 0 && value <= MAX_FLOAT32)) {
    throw wrong(
      '--scale',
      'a number above 0 or a fraction',
      text,
      'Give for example --scale 1 for pixels from 0 to 255',
    );
  }
  return value;
}

/** --mean M or M,M,M, one or one a channel. */
export function parseMean(text: string): readonly number[] {
  const values = numbersOf(text);
  if (!values || values.some((value) => Math.abs(value) > MAX_FLOAT32)) {
    throw wrong('--mean', 'a number, or one for each channel', text, 'Give for example --mean 0.485,0.456,0.406');
  }
  return values;
}

/** --std S or S,S,S, one or one a channel. */
export function parseStd(text: string): readonly number[] {
  const values = numbersOf(text);
  if (!values || values.some((value) => !(value > 0 && value <= MAX_FLOAT32))) {
    throw wrong('--std', 'a number above 0, or one for each channel', text, 'Give for example --std 0.229,0.224,0.225');
  }
  return values;
}

/** --input-shape [NAME=]E,E,..., one more of those that came before: `commander` hands them on. */
export function parseInputShape(text: string, before: readonly InputShape[] = []): readonly InputShape[] {
  const [, name, extents = ''] = /^(?:(.+)=)?([\d,]+)$/u.exec(text) ?? [];
  const shape = extents.split(',').map((extent) => (/^[1-9]\d{0,9}$/.test(extent) ? Number(extent) : Number.NaN));
  if (shape.some(Number.isNaN)) {
    throw wrong(
      '--input-shape',
      'H,W,C or NAME=H,W,C with extents from 1',
      text,
      'Give for example --input-shape 224,224,3',
    );
  }
  return [...before, { shape, ...(name === undefined ? {} : { name }) }];
}

/** --layout nchw|nhwc */
export function parseLayout(text: string): Layout {
  if (text === 'nchw' || text === 'nhwc') return text;
  throw wrong('--layout', 'nchw (channels first) or nhwc (channels last)', text, 'Give for example --layout nchw');
}

/** --network lan|wan|none|RTT_MS,MBIT; undefined for none. */
export function parseNetwork(text: string): NetworkProfile | undefined {
  if (text === 'none') return undefined;
  if (text === 'lan' || text === 'wan') return NETWORKS[text];
  const [roundTripMs, megabits] = pair(text) ?? [];
  if (!(roundTripMs! >= 0 && roundTripMs! <= 60_000 && megabits! >= LEAST_MEGABITS)) {
    throw wrong(
      '--network',
      `lan, wan, none or RTT_MS,MBIT (up to 60000, from ${LEAST_MEGABITS})`,
      text,
      'Give for example --network 20,1000',
    );
  }
  return { name: text, roundTripMs: roundTripMs!, megabits: megabits! };
}

/** Two finite numbers with a comma between them. */
function pair(text: string): readonly [number, number] | undefined {
  const numbers = numbersOf(text);
  return numbers?.length === 2 ? [numbers[0]!, numbers[1]!] : undefined;
}

/** Finite numbers with commas between them. */
function numbersOf(text: string): readonly number[] | undefined {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : undefined;
}
