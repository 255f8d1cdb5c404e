/** The table of step protocols of two parties on additive shares. @module */
import { once } from '../../core/once.js';
import type { Costing } from '../../correlations/source.js';
import type { InputStep, Move, Step } from '../../steps/two.js';
import type { Protocol } from '../protocol.js';
import type { RunContext } from './context.js';
import { bitsMoves, garbledMoves, linearMoves, productMoves } from './moves.js';

export type ComputingStep = Exclude<Step, InputStep>;

type Table = {
  readonly [S in ComputingStep as S['kind']]: Protocol<S, Costing, Move, RunContext, Uint32Array>;
};

export const PROTOCOLS: Table = {
  linear: { moves: linearMoves, load: once(async () => (await import('./linear.js')).linear) },
  product: { moves: productMoves, load: once(async () => (await import('./product.js')).product) },
  garbled: { moves: garbledMoves, load: once(async () => (await import('./garbled.js')).garbled) },
  bits: { moves: bitsMoves, load: once(async () => (await import('./bits/bits.js')).bits) },
  local: { moves: () => [], load: once(async () => (await import('./local.js')).local) },
};
