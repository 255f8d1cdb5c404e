/** From a spec to its circuit: the one entry that the rest of Tacit uses. @module */

import { TacitError } from '../src/core/errors.js';
import { MOST_CIRCUIT_BITS, MOST_CIRCUIT_VALUES } from '../src/core/linear-map.js';
import { fixedActivationOf } from '../src/model/ops/activations/activations.js';
import { buildActivation } from './activation.js';
import type { Circuit } from './circuit.js';
import type { ActivationSpec, CircuitSpec, TopKSpec } from './spec.js';
import { buildTopK } from './topk.js';

/** Widths of inputs and outputs are those of a ring element at most. */
const MAX_WIDTH = 64;
/** What a step saturates at is exact in doubles. */
const MOST_SATURATE_BITS = 53;
/** Of every activation's specification, beside its parameters. */
const FIELDS = ['kind', 'values', 'width', 'shift', 'saturateBits', 'activation', 'outBits'];

/** Builds the circuit of a spec. Throws as validateSpec, and UNSUPPORTED_LAYER where the circuit has too many wires. */
export function buildCircuit(spec: CircuitSpec): Circuit {
  validateSpec(spec);
  return spec.kind === 'topk' ? buildTopK(spec) : buildActivation(spec);
}

/** Throws RangeError (expected, got) where a field of the spec is missing or out of range, UNSUPPORTED_LAYER where its circuit would be too large. */
export function validateSpec(spec: CircuitSpec): void {
  const { kind } = spec;
  if (kind !== 'activation' && kind !== 'topk') fail('kind', "'activation' or 'topk'", kind);
  expectInteger('values', spec.values, 1, MOST_CIRCUIT_VALUES);
  expectInteger('width', spec.width, 1, MAX_WIDTH);
  expectInteger('outBits', spec.outBits, 1, MAX_WIDTH);
  if (spec.kind === 'topk') validateTopK(spec);
  else validateActivation(spec);
  if (spec.values * spec.width > MOST_CIRCUIT_BITS) {
    throw new TacitError(
      'UNSUPPORTED_LAYER',
      `expected at most ${MOST_CIRCUIT_BITS} bits in one circuit, got ${spec.values} values of ${spec.width}. Use smaller windows, or reveal logits`,
    );
  }
}

function validateTopK(spec: TopKSpec): void {
  expectInteger('count', spec.count, 1, spec.values);
}

function validateActivation(spec: ActivationSpec): void {
  expectInteger('shift', spec.shift, 0, spec.width - 1);
  if (spec.saturateBits !== undefined) expectInteger('saturateBits', spec.saturateBits, 1, MOST_SATURATE_BITS);
  const { parameters, fixedFault } = fixedActivationOf(spec.activation);
  const known: readonly string[] = [...FIELDS, ...parameters];
  const unknown = Object.keys(spec).find((field) => !known.includes(field));
  if (unknown !== undefined) fail(unknown, `absent with ${spec.activation}`, 'a value');
  const fault = fixedFault(spec);
  if (fault !== undefined) fail(fault.field, fault.expected, fault.came);
}

function expectInteger(field: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    fail(field, `an integer from ${least} to ${most}`, value);
  }
}

function fail(field: string, expected: string, got: unknown): never {
  throw new RangeError(`circuit spec: expected ${field} to be ${expected}, got ${String(got)}`);
}
