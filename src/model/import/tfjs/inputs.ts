/** The shapes of a model's inputs: what the file says, and what the user says where the file leaves it open. @module */
import { TacitError } from '../../../core/errors.js';
import type { Port } from '../../ops/node.js';
import type { ImportOptions, InputShape } from '../importer.js';
import type { NetworkInput, OpenShape } from './topology.js';

/** @throws BAD_MODEL where an extent stays open, BAD_VALUE where a given shape does not fit */
export function inputShapes(inputs: readonly NetworkInput[], { inputShapes: given = [] }: ImportOptions): Port[] {
  for (const { name } of given) {
    if (name === undefined ? inputs.length !== 1 : !inputs.some((input) => input.name === name)) {
      const names = inputs.map((input) => input.name).join(', ');
      throw new TacitError(
        'BAD_VALUE',
        `expected a shape for an input of ${names}, got one for ${name ?? 'no name'}. Check the name`,
      );
    }
  }
  return inputs.map((input) => {
    const wanted = given.find(({ name }) => name === undefined || name === input.name);
    return { name: input.name, shape: shapeOf(input, wanted) };
  });
}

function shapeOf({ name, shape }: NetworkInput, given: InputShape | undefined): readonly number[] {
  if (given !== undefined) {
    const fits = shape === undefined || agrees(shape, given.shape);
    if (fits) return given.shape;
    throw new TacitError(
      'BAD_VALUE',
      `input ${name}: expected a shape of ${show(shape)}, got ${show(given.shape)}. Check the shape`,
    );
  }
  if (shape?.every((extent) => extent !== null)) return shape as readonly number[];
  const openShape = shape === undefined ? '[...]' : show(shape);
  throw new TacitError('BAD_MODEL', `input ${name}: expected a fixed shape, got ${openShape}`, {
    facts: { openShape },
  });
}

function agrees(shape: OpenShape, given: readonly number[]): boolean {
  return shape.length === given.length && shape.every((extent, i) => extent === null || extent === given[i]);
}

function show(shape: OpenShape): string {
  return `[${shape.map((extent) => extent ?? '?').join(',')}]`;
}
