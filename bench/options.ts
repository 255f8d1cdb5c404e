/** The values of the benches' flags. @module */
import { TacitError } from '../src/core/errors.js';
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
export function parseList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return [...new Set(names)];
  throw wrong('--models', 'names with commas between them', text, 'Give for example --models secureml');
}

export function parseLinks(text: string): LinkName[] {
  return parseList(text).map((name) => {
    if (name === 'none' || name === 'lan' || name === 'wan') return name;
    throw wrong('--links', 'names of none, lan, wan', text, 'Give for example --links none,wan');
  });
}

function wrong(flag: string, expected: string, came: string, advice: string): TacitError {
  return new TacitError('USAGE', `expected ${flag} ${expected}, got ${came.slice(0, 40)}. ${advice}`);
}
