/** What the rates of one run must be to each other, whatever the machine. @module */
import { median, type Samples } from './measure.js';

/** factor * over / under, at least `least`. */
export interface RatioRule {
  readonly over: string;
  readonly factor: number;
  readonly under: string;
  readonly least: number;
  /** What it says, in words for a person. */
  readonly meaning: string;
}

/** A garbled AND is four AES blocks, an evaluated one two. */
export const RATIO_RULES: Readonly<Record<string, RatioRule>> = {
  garbleToAes: {
    over: 'garbleAnds',
    factor: 4,
    under: 'aesBlocks',
    least: 0.4,
    meaning: 'AES blocks of garbling to raw AES',
  },
  evaluateToAes: {
    over: 'evaluateAnds',
    factor: 2,
    under: 'aesBlocks',
    least: 0.4,
    meaning: 'AES blocks of evaluating to raw AES',
  },
  nttToAes: {
    over: 'ntt',
    factor: 4096,
    under: 'aesBlocks',
    least: 0.6,
    meaning: 'coefficients of transforms to raw AES blocks',
  },
  heMacsToAes: {
    over: 'heMacs',
    factor: 1,
    under: 'aesBlocks',
    least: 2,
    meaning: 'products of residues to raw AES blocks',
  },
  streamedToGarble: {
    over: 'streamedAnds',
    factor: 1,
    under: 'garbleAnds',
    least: 0.5,
    meaning: 'ANDs streamed to ANDs garbled',
  },
  ring32ToFloat: {
    over: 'ring32Macs',
    factor: 1,
    under: 'tfjsFloatMacs',
    least: 1,
    meaning: '32-bit ring to tfjs in single precision',
  },
  ring64ToRing32: {
    over: 'ring64Macs',
    factor: 1,
    under: 'ring32Macs',
    least: 0.25,
    meaning: '64-bit ring to 32-bit ring',
  },
  booleanToPrg: {
    over: 'binaryAnds',
    factor: 0.25,
    under: 'prgBytes',
    least: 0.4,
    meaning: 'zero shares of reshared ANDs, two bits each, to the generator',
  },
  booleanToStream: {
    over: 'binaryAnds',
    factor: 1,
    under: 'andXorBits',
    least: 0.05,
    meaning: 'reshared ANDs to plain AND and XOR',
  },
  linkToTcp: { over: 'linkBytes', factor: 1, under: 'tcpBytes', least: 0.6, meaning: 'WebSocket link to plain TCP' },
  roundToTcp: {
    over: 'rounds',
    factor: 1,
    under: 'tcpRounds',
    least: 0.5,
    meaning: 'small messages over a channel to plain TCP',
  },
};

export interface Ratio {
  readonly value: number;
  readonly least: number;
  readonly pass: boolean;
  readonly is: string;
}

/** The ratios whose both rates were measured: the median over windows that stood next to each other in time. */
export function ratiosOf(samples: ReadonlyMap<string, Samples>): Record<string, Ratio> {
  const ratios: Record<string, Ratio> = {};
  for (const [name, { over, factor, under, least }] of Object.entries(RATIO_RULES)) {
    const upper = samples.get(over);
    const lower = samples.get(under);
    if (upper === undefined || lower === undefined) continue;
    const exact = median(upper.windows.map((rate, i) => (factor * rate) / lower.windows[i]!));
    const is = `${factor === 1 ? '' : `${factor} * `}${over} / ${under}`;
    ratios[name] = { value: Number(exact.toFixed(3)), least, pass: exact >= least, is };
  }
  return ratios;
}
