/** What a network takes: the inputs of an ONNX graph that are no weights, with shapes that a caller may complete. @module */
import type { ValueInfoProto } from 'onnx-buf';
import { TacitError } from '../../../core/errors.js';
import { printable } from '../../../core/text.js';
import type { Port } from '../../ops/node.js';
import type { InputShape } from '../importer.js';
import { type DataType, isNumeric, typeName } from './constant.js';

export interface Input extends Port {
  readonly type: DataType;
}

/** An extent of the file, or the name of one that is open. */
type Extent = number | string;

/**
 * The inputs with full shapes. Of one whose first extent alone is open, that is the batch, and 1.
 *
 * @throws BAD_MODEL where other extents are open, and where a given shape does not fit
 */
export function inputsOf(declared: readonly ValueInfoProto[], given: readonly InputShape[]): readonly Input[] {
  const names = declared.map(({ name }) => name);
  for (const { name } of given) {
    const fits = name === undefined ? names.length === 1 : names.includes(name);
    if (!fits)
      throw bad(
        `the shape of one of the inputs ${names.map((each) => printable(each)).join(', ')}`,
        name ?? 'a shape without a name',
      );
  }
  return declared.map((info) =>
    inputOf(info, given.find(({ name }) => name === undefined || name === info.name)?.shape),
  );
}

function inputOf({ name, type }: ValueInfoProto, given: readonly number[] | undefined): Input {
  const what = `input ${printable(name)}`;
  if (type?.value.case !== 'tensorType') throw unsupported(`${what} to be a tensor`, type?.value.case ?? 'no type');
  const { elemType, shape } = type.value.value;
  if (!isNumeric(elemType)) throw unsupported(`${what} of numbers`, typeName(elemType));
  const extents = shape?.dim.map(
    ({ value }): Extent =>
      value.case === 'dimValue' && value.value > 0n ? Number(value.value) : String(value.value ?? ''),
  );
  const full = complete(what, extents, given);
  return { name: printable(name), shape: full, type: elemType };
}

function complete(
  what: string,
  extents: readonly Extent[] | undefined,
  given: readonly number[] | undefined,
): readonly number[] {
  const shown = `[${extents?.map((extent) => (typeof extent === 'number' ? extent : printable(extent) || '?')).join(',') ?? '...'}]`;
  if (given === undefined) {
    if (extents === undefined) throw open(what, shown);
    const [batch, ...rest] = extents;
    if (rest.some((extent) => typeof extent !== 'number')) throw open(what, shown);
    return extents.map((extent, axis) => (axis === 0 && typeof batch !== 'number' ? 1 : Number(extent)));
  }
  // the batch may be left out
  const full = given.length + 1 === extents?.length ? [1, ...given] : given;
  const fits =
    extents === undefined ||
    (full.length === extents.length &&
      extents.every((extent, axis) => typeof extent !== 'number' || extent === full[axis]));
  if (!fits) throw bad(`${what} of shape ${shown}`, `[${given.join(',')}]`);
  return full;
}

function open(what: string, shown: string): TacitError {
  return new TacitError('BAD_MODEL', `${what}: expected a fixed shape, got ${shown}`, {
    facts: { openShape: shown },
  });
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Check the shape`);
}

function unsupported(expected: string, came: string): TacitError {
  return new TacitError('UNSUPPORTED_LAYER', `expected ${expected}, got ${came}. Remove the input`);
}
