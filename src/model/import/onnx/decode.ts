/**
 * The bytes of ONNX messages, decoded. What they hold is counted first: a message of two bytes becomes an object of hundreds.
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, encoded as https://protobuf.dev/programming-guides/encoding says.
 * @module
 */
import { type DescMessage, fromBinary, type MessageShape, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { TacitError } from '../../../core/errors.js';

/** Messages in messages: a model with a subgraph in a subgraph has 12. */
const MAX_DEPTH = 40;
/** Fields that a file may have, each a few hundred bytes at most when decoded: a large network has a hundred thousand. */
const MAX_FIELDS = 2 ** 22;
/** Packed bytes that count as a field: numbers of fixed length become doubles, others objects. */
const FIXED_BYTES = 256;
const VARINT_BYTES = 16;

/** @throws BAD_MODEL on bytes that are no such message, or one that is too large or too deep */
export function decodeMessage<T extends DescMessage>(schema: T, bytes: Uint8Array, what: string): MessageShape<T> {
  try {
    count(schema, new BinaryReader(bytes), bytes.length, { fields: 0, depth: 0 }, what);
    return fromBinary(schema, bytes, { readUnknownFields: false, recursionLimit: MAX_DEPTH });
  } catch (cause) {
    if (cause instanceof TacitError) throw cause;
    throw new TacitError('BAD_MODEL', `expected ${what}, got bytes that are none. Export the model again`, { cause });
  }
}

interface Counts {
  fields: number;
  depth: number;
}

/** Counts the fields of a message that ends at `end`. */
function count(schema: DescMessage, reader: BinaryReader, end: number, counts: Counts, what: string): void {
  if (++counts.depth > MAX_DEPTH) throw large(what, `messages at most ${MAX_DEPTH} deep`, 'deeper ones');
  const kinds = kindsOf(schema);
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    counts.fields++;
    if (wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number, MAX_DEPTH);
    } else {
      const stop = reader.uint32() + reader.pos;
      if (stop > end) throw new RangeError('premature EOF');
      const kind = kinds.get(number);
      if (typeof kind === 'number') counts.fields += (stop - reader.pos) / kind;
      else if (kind !== undefined) count(kind, reader, stop, counts, what);
      reader.pos = stop;
    }
    if (counts.fields > MAX_FIELDS) throw large(what, `at most ${MAX_FIELDS} fields`, 'more');
  }
  counts.depth--;
}

/** Of a field that holds a message its schema, of a list of numbers the packed bytes that count as a field. */
const kinds = new WeakMap<DescMessage, ReadonlyMap<number, DescMessage | number>>();

function kindsOf(schema: DescMessage): ReadonlyMap<number, DescMessage | number> {
  const known = kinds.get(schema);
  if (known !== undefined) return known;
  const made = new Map<number, DescMessage | number>();
  for (const field of schema.fields) {
    if (field.message !== undefined) made.set(field.number, field.message);
    else if (field.fieldKind === 'list' && field.scalar !== undefined)
      made.set(field.number, packedBytes(field.scalar));
  }
  kinds.set(schema, made);
  return made;
}

function packedBytes(scalar: ScalarType): number {
  return scalar === ScalarType.FLOAT || scalar === ScalarType.DOUBLE ? FIXED_BYTES : VARINT_BYTES;
}

function large(what: string, expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected} in ${what}, got ${came}. Store tensors as raw data`);
}
