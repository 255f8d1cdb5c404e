/**
 * Weight shards of a tfjs model: the manifest says which bytes are which weight.
 *
 * The shards of a group form one byte string, cut wherever the writer liked; its length must be exactly what the manifest
 * declares, and this is checked before anything is read or allocated.
 * @module
 */
import { TacitError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/ring.js';
import { halfToNumber } from '../half.js';
import { MOST_MODEL_BYTES } from '../limits.js';
import { quote } from '../quote.js';
import type { WeightGroup, WeightSpec } from './schema.js';

/**
 * Gives the bytes of shards by their paths in the manifest, which say that they are `bytes` together; throws BAD_MODEL where they are not,
 * and reads none then.
 */
export type ReadShards = (paths: readonly string[], bytes: number) => Promise<readonly Uint8Array[]>;

/** A type of stored numbers. */
interface Stored {
  readonly bytes: number;
  readonly read: (view: DataView, offset: number) => number;
}

const byte: Stored = { bytes: 1, read: (view, offset) => view.getUint8(offset) };

const STORED: ReadonlyMap<string, Stored> = new Map<string, Stored>([
  ['float32', { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) }],
  ['int32', { bytes: 4, read: (view, offset) => view.getInt32(offset, true) }],
  ['bool', byte],
  ['uint8', byte],
  ['uint16', { bytes: 2, read: (view, offset) => view.getUint16(offset, true) }],
  ['float16', { bytes: 2, read: (view, offset) => halfToNumber(view.getUint16(offset, true)) }],
]);

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** Whether the file means whole numbers. */
  readonly isInteger: boolean;
}

const INTEGERS = ['int32', 'uint8', 'uint16', 'bool'];

/** Finds weights by layer and kind. */
export class WeightTable {
  readonly #weights: ReadonlyMap<string, Weight>;
  /** Models around the layer, as `outer/inner/`. */
  readonly #scope: string;
  readonly #names: 'exact' | 'loose';
  /** Names by their last two parts, mostly `layer/kind`. */
  readonly #byTail: ReadonlyMap<string, readonly string[]>;

  /** @param names whether each is exactly `outer/inner/layer/kind`, or as a converter wrote it */
  constructor(
    weights: ReadonlyMap<string, Weight>,
    scope = '',
    names: 'exact' | 'loose' = 'loose',
    byTail: ReadonlyMap<string, readonly string[]> = namesByTail(weights.keys()),
  ) {
    this.#weights = weights;
    this.#scope = scope;
    this.#names = names;
    this.#byTail = byTail;
  }

  /** The table for the layers of a model inside this one. */
  within(model: string): WeightTable {
    return new WeightTable(this.#weights, `${this.#scope}${model}/`, this.#names, this.#byTail);
  }

  /** The weight `kind` of `layer`, whose shape must be `shape`; throws BAD_MODEL where it is missing or differs. */
  take(layer: string, kind: string, shape: readonly number[]): Float32Array {
    const found = this.#find(`${layer}/${kind}`);
    if (found === undefined) throw bad(`the weight ${layer}/${kind} among its weights`, 'none');
    if (found.shape.length !== shape.length || found.shape.some((extent, i) => extent !== shape[i])) {
      throw bad(`${layer}/${kind} of shape [${shape.join(',')}]`, `[${found.shape.join(',')}]`);
    }
    return found.values;
  }

  /** The shape of the weight `kind` of `layer`, or undefined. */
  shape(layer: string, kind: string): readonly number[] | undefined {
    return this.#find(`${layer}/${kind}`)?.shape;
  }

  // Converters may put scopes in front of the layer's name, or leave those of models inside models out.
  #find(name: string): Weight | undefined {
    const exact = this.#weights.get(`${this.#scope}${name}`);
    if (this.#names === 'exact') return exact;
    return exact ?? this.#only(`/${this.#scope}${name}`) ?? this.#weights.get(name) ?? this.#only(`/${name}`);
  }

  #only(ending: string): Weight | undefined {
    const found = this.#byTail.get(tailOf(ending))?.filter((key) => key.endsWith(ending)) ?? [];
    return found.length === 1 ? this.#weights.get(found[0]!) : undefined;
  }
}

function tailOf(name: string): string {
  return name.slice(name.lastIndexOf('/', name.lastIndexOf('/') - 1) + 1);
}

function namesByTail(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const byTail = new Map<string, string[]>();
  for (const name of names) {
    const tail = tailOf(name);
    const same = byTail.get(tail);
    if (same) same.push(name);
    else byTail.set(tail, [name]);
  }
  return byTail;
}

/** Reads all groups; throws BAD_MODEL on a missing, short or long shard and on a weight that is not finite. */
export async function readWeights(
  groups: readonly WeightGroup[],
  readShards: ReadShards,
): Promise<ReadonlyMap<string, Weight>> {
  const weights = new Map<string, Weight>();
  const sizes = groups.map((group) => group.weights.reduce((sum, spec) => sum + bytesOf(spec), 0));
  const all = sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (all > MOST_MODEL_BYTES) throw bad(`at most ${MOST_MODEL_BYTES} bytes of weights`, `${all}`);
  for (const [i, group] of groups.entries()) {
    const expected = sizes[i]!;
    const bytes = await readGroup(group.paths, expected, readShards);
    let offset = 0;
    for (const spec of group.weights) {
      const length = bytesOf(spec);
      if (weights.has(spec.name)) throw bad('every weight once in the manifest', `${spec.name} twice`);
      const values = decode(spec, bytes.subarray(offset, offset + length));
      weights.set(spec.name, { shape: spec.shape, values, isInteger: INTEGERS.includes(spec.dtype) });
      offset += length;
    }
  }
  return weights;
}

async function readGroup(paths: readonly string[], expected: number, readShards: ReadShards): Promise<Uint8Array> {
  for (const path of paths) {
    if (path.startsWith('/') || path.includes('\\') || path.split('/').includes('..')) {
      throw bad('shard paths below the model file', quote(path));
    }
  }
  const shards = await readShards(paths, expected);
  const total = shards.reduce((sum, shard) => sum + shard.length, 0);
  if (total !== expected) throw bad(`${expected} bytes in the shards ${paths.join(', ')}`, `${total}`);
  if (shards.length === 1) return shards[0]!;
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (const shard of shards) {
    bytes.set(shard, offset);
    offset += shard.length;
  }
  return bytes;
}

function storedOf({ name, dtype, quantization }: WeightSpec): Stored {
  const stored = STORED.get(quantization?.dtype ?? dtype);
  if (stored === undefined) throw bad(`weights of type ${[...STORED.keys()].join(', ')}`, `${name} of ${dtype}`);
  return stored;
}

function bytesOf(spec: WeightSpec): number {
  return sizeOf(spec.shape) * storedOf(spec).bytes;
}

/** Of what is quantised to float16 alone a scale says nothing. */
function decode(spec: WeightSpec, bytes: Uint8Array): Float32Array {
  const values = new Float32Array(sizeOf(spec.shape));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stored = storedOf(spec);
  const affine = spec.quantization !== undefined && spec.quantization.dtype !== 'float16';
  const { scale = 1, min = 0 } = affine ? spec.quantization : {};
  for (let i = 0; i < values.length; i++) {
    const value = stored.read(view, stored.bytes * i) * scale + min;
    if (!Number.isFinite(value)) throw bad(`finite weights in ${spec.name}`, `${value} at index ${i}`);
    values[i] = value;
  }
  return values;
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}
