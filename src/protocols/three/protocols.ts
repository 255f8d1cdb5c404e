/** The table of step protocols of three parties on replicated shares. @module */
import { once } from '../../core/once.js';
import type { InputStep, Move, Step } from '../../steps/three.js';
import type { Protocol } from '../protocol.js';
import type { Components, RunContext } from './context.js';
import { booleanMoves, resharedMoves } from './moves.js';

export type ComputingStep = Exclude<Step, InputStep>;

type Table = { readonly [S in ComputingStep as S['kind']]: Protocol<S, unknown, Move, RunContext, Components> };

export const PROTOCOLS: Table = {
  linear: { moves: (_, step) => resharedMoves(step), load: once(async () => (await import('./linear.js')).linear) },
  product: { moves: (_, step) => resharedMoves(step), load: once(async () => (await import('./product.js')).product) },
  boolean: { moves: (_, step) => booleanMoves(step), load: once(async () => (await import('./boolean.js')).boolean) },
  local: { moves: () => [], load: once(async () => (await import('./local.js')).local) },
};
