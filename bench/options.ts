/** The values of the benches' flags. @module */
import { TacitError } from '../src/core/errors.js';
import { MODES, type Mode } from './modes.js';
import type { LinkName } from './results.js';

/** A parser of whole numbers from `least` to `most` for `flag`. */
export function wholeNumber(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw wrong(
      flag,
      `from ${least} to ${most}`,
      text,
      `Give a whole number, for example ${flag} ${Math.max(least, 1)}`,
    );
  };
}

/** A part of the whole, 0 to 1. */
export function parsePart(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw wrong('--sample', 'from 0 to 1', text, 'Give for example --sample 0.1');
}

/** Names with commas between them. */
export function parseModels(text: string): string[] {
  return parseList('--models', text, 'secureml');
}

export function parseLinks(text: string): LinkName[] {
  return parseList('--links', text, 'none,wan').map((name) => {
    if (name === 'none' || name === 'lan' || name === 'wan') return name;
    throw wrong('--links', 'names of none, lan, wan', text, 'Give for example --links none,wan');
  });
}

/** Modes by their keys. */
export function parseModes(text: string): Mode[] {
  return parseList('--modes', text, 'dealer,3pc').map((name) => {
    const mode = MODES.find(({ key }) => key === name);
    if (mode !== undefined) return mode;
    const known = MODES.map(({ key }) => key).join(', ');
    throw wrong('--modes', `names of ${known}`, text, 'Give for example --modes dealer,3pc');
  });
}

const MOST_AT_ONCE = 1024;

export function parseBatches(text: string): number[] {
  return parseList('--batches', text, '1,16').map(wholeNumber('--batches', 1, MOST_AT_ONCE));
}

function parseList(flag: string, text: string, example: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return [...new Set(names)];
  throw wrong(flag, 'values with commas between them', text, `Give for example ${flag} ${example}`);
}

function wrong(flag: string, expected: string, came: string, advice: string): TacitError {
  return new TacitError('USAGE', `expected ${flag} ${expected}, got ${came.slice(0, 40)}. ${advice}`);
}
