/** Files of arrays: every type that NumPy saves, archives, lists; hostile ones are one line and no memory. */
import { crc32, deflateRawSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { TensorProto_DataType as DataType, TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { formatLike } from '../../parties/cli/formats/formats.js';
import { readJson } from '../../parties/cli/formats/json.js';
import { readNpy, writeNpy } from '../../parties/cli/formats/npy.js';
import { readNpz, writeNpz } from '../../parties/cli/formats/npz.js';
import { readTensorProto } from '../../parties/cli/formats/tensor-proto.js';
import { TacitError } from '../../src/core/errors.js';

function npy(descr: string, shape: string, data: Uint8Array, fortran = false): Buffer {
  const order = fortran ? 'True' : 'False';
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const prefix = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  prefix.writeUInt16LE(header.length, 8);
  return Buffer.concat([prefix, Buffer.from(header, 'latin1'), data]);
}

function refusal(read: () => unknown): TacitError {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(TacitError);
    return error as TacitError;
  }
  throw new Error('expected a refusal, got an array');
}

describe('.npy', () => {
  it.each<readonly [string, readonly number[], readonly number[]]>([
    ['<f2', [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00], [1, -2, 2 ** -24]],
    ['>f2', [0x3c, 0x00, 0xc0, 0x00], [1, -2]],
    ['|b1', [0, 1, 1], [0, 1, 1]],
    ['|i1', [0xff, 5], [-1, 5]],
    ['|u1', [0xff, 5], [255, 5]],
    ['<i2', [0xfe, 0xff], [-2]],
    ['>i2', [0xff, 0xfe], [-2]],
    ['>u2', [0x01, 0x00], [256]],
    ['>i4', [0xff, 0xff, 0xff, 0xfd], [-3]],
    ['<u4', [0xff, 0xff, 0xff, 0xff], [2 ** 32 - 1]],
    ['<i8', [0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-4]],
    ['>u8', [0, 0, 0, 1, 0, 0, 0, 0], [2 ** 32]],
    ['>f4', [0x40, 0x48, 0xf5, 0xc3], [Math.fround(3.14)]],
    ['>f8', [0xbf, 0xf8, 0, 0, 0, 0, 0, 0], [-1.5]],
  ])('%s', (descr, bytes, values) => {
    const { shape, values: read } = readNpy(npy(descr, `(${values.length},)`, Uint8Array.from(bytes)), 'x');
    expect([shape, [...read]]).toEqual([[values.length], values]);
  });

  it('in Fortran order is read by its first index last', () => {
    const data = Uint8Array.of(0, 3, 1, 4, 2, 5);
    expect(readNpy(npy('|u1', '(2, 3)', data, true), 'x')).toEqual({
      shape: [2, 3],
      values: Float64Array.of(0, 1, 2, 3, 4, 5),
    });
    const { values } = readNpy(npy('|u1', '(2, 1, 3)', data, true), 'x');
    expect([...values]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each([
    ['(9999999999, 9999999999)', 'BAD_SHAPE'],
    ['(67108865,)', 'BAD_SHAPE'],
    [`(${'1,'.repeat(17)})`, 'BAD_SHAPE'],
    ['(5,)', 'BAD_INPUT'],
  ])('of shape %s and four bytes is refused', (shape, code) => {
    expect(refusal(() => readNpy(npy('|u1', shape, new Uint8Array(4)), 'x')).code).toBe(code);
  });

  it('cut anywhere, or with any byte changed, is refused or read', () => {
    const whole = Buffer.from(writeNpy({ shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }));
    for (let length = 0; length < whole.length; length++) refusal(() => readNpy(whole.subarray(0, length), 'x'));
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x55;
      try {
        readNpy(changed, 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(TacitError);
      }
    }
  });
});

const x = { shape: [2], values: Float64Array.of(1, 2) };
const y = { shape: [3], values: Float64Array.of(3, 4, 5) };
const one = [{ name: 'image', shape: [2] }];
const archive = (arrays: Readonly<Record<string, typeof x>>) => Buffer.from(writeNpz(new Map(Object.entries(arrays))));

/** The archive with its only entry deflated. @param claimed the size that its headers say it has */
function deflated(content: Uint8Array, claimed = content.length): Buffer {
  const stored = archive({ x });
  const name = Buffer.from('x.npy');
  const data = deflateRawSync(content);
  const local = Buffer.from(stored.subarray(0, 30));
  local.writeUInt16LE(8, 8);
  const directory = Buffer.from(stored.subarray(stored.indexOf(Buffer.from('PK\x01\x02')), stored.length));
  directory.writeUInt32LE(crc32(content), 16);
  directory.writeUInt16LE(8, 10);
  directory.writeUInt32LE(data.length, 20);
  directory.writeUInt32LE(claimed, 24);
  directory.writeUInt32LE(local.length + name.length + data.length, directory.length - 6);
  return Buffer.concat([local, name, data, directory]);
}

describe('.npz', () => {
  it('gives its only array, or the one of the name', () => {
    expect(readNpz(archive({ anything: x }), 'a', one)).toEqual(x);
    expect(readNpz(archive({ other: y, image: x }), 'a', one)).toEqual(x);
    expect(readNpz(archive({ other: y, input: x }), 'a', one)).toEqual(x);
    expect(readNpz(archive({ input: y, image: x }), 'a', one)).toEqual(x);
  });

  it('is refused where it leaves open which', () => {
    const error = refusal(() => readNpz(archive({ a: x, b: y }), 'f.npz', one));
    expect(error.message).toBe(
      'expected one array in f.npz, or one called image or input, got a, b. Save the array by itself',
    );
    expect(refusal(() => readNpz(archive({}), 'f.npz', one)).message).toMatch(/got no \.npy file/);
  });

  it('gives the inputs of a model of several, each by its name', () => {
    const two = [
      { name: 'x', shape: [1] },
      { name: 'y', shape: [1, 2] },
    ];
    const batch = { shape: [2, 2], values: Float64Array.of(10, 11, 20, 21) };
    const read = readNpz(archive({ y: batch, x }), 'f.npz', two);
    expect(read).toEqual({ shape: [2, 3], values: Float64Array.of(1, 10, 11, 2, 20, 21) });
    expect(refusal(() => readNpz(archive({ x, z: batch }), 'f.npz', two)).message).toMatch(
      /an array called y in f\.npz, got x, z/,
    );
    expect(refusal(() => readNpz(archive({ x, y }), 'f.npz', two)).code).toBe('BAD_SHAPE');
  });

  it('may be deflated, also as NumPy writes it, with a comment behind', () => {
    const bytes = deflated(writeNpy(x));
    expect(readNpz(bytes, 'f', one)).toEqual(x);
    const commented = Buffer.concat([bytes, Buffer.from('hello')]);
    commented.writeUInt16LE(5, bytes.length - 2);
    expect(readNpz(commented, 'f', one)).toEqual(x);
  });

  it('that unpacks to more than it says is refused, and so is one that says too much', () => {
    const bomb = Buffer.alloc(2 ** 24);
    expect(refusal(() => readNpz(deflated(bomb, 100), 'f', one)).code).toBe('BAD_INPUT');
    expect(refusal(() => readNpz(deflated(bomb, 2 ** 31), 'f', one)).message).toMatch(/expected arrays of at most/);
  });

  it('with another checksum is refused', () => {
    const bytes = archive({ x });
    bytes[bytes.indexOf(Buffer.from('PK\x01\x02')) - 1]! ^= 1;
    expect(refusal(() => readNpz(bytes, 'f', one)).code).toBe('BAD_INPUT');
  });

  it('cut anywhere, or with any byte changed, is refused or read', () => {
    const whole = archive({ x, input: x });
    for (let length = 0; length < whole.length; length++) refusal(() => readNpz(whole.subarray(0, length), 'f', one));
    for (let at = 0; at < whole.length; at++) {
      for (const bits of [0x01, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at]! ^= bits;
        try {
          readNpz(changed, 'f', one);
        } catch (error) {
          expect(error).toBeInstanceOf(TacitError);
        }
      }
    }
  });
});

describe('the format of what has no name', () => {
  it.each([
    ['npy', Buffer.from(writeNpy(x))],
    ['npz', archive({ x })],
    ['image', Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ['image', Buffer.of(0xff, 0xd8, 0xff)],
    ['json', Buffer.from(' [1]')],
    [undefined, Buffer.from('GIF89a')],
    [undefined, Buffer.alloc(0)],
  ])('%s is known by its first bytes', (format, bytes) => expect(formatLike(bytes)).toBe(format));
});

it('JSON may be a number, and is refused where rows differ', () => {
  expect(readJson(Buffer.from('3'), 'x')).toEqual({ shape: [], values: Float64Array.of(3) });
  expect(readJson(Buffer.from('[[1,2],[3,4]]'), 'x').shape).toEqual([2, 2]);
  for (const text of ['[[1,2],[3]]', '[1,[2]]', '[[1],2]', '{}', '[null]', '["1"]']) {
    expect(refusal(() => readJson(Buffer.from(text), 'x')).code).toMatch(/^BAD_(SHAPE|INPUT)$/);
  }
});

describe('an ONNX tensor', () => {
  const encode = (fields: Parameters<typeof create<typeof TensorProtoSchema>>[1]) =>
    toBinary(TensorProtoSchema, create(TensorProtoSchema, fields));
  const float = { dims: [1n, 2n], dataType: DataType.FLOAT };

  it('is read from raw data and from numbers of its type', () => {
    const raw = encode({ ...float, rawData: new Uint8Array(Float32Array.of(1.5, -2).buffer) });
    expect(readTensorProto(raw, 'x')).toEqual({ shape: [1, 2], values: Float32Array.of(1.5, -2) });
    expect(readTensorProto(encode({ ...float, floatData: [1.5, -2] }), 'x').values).toEqual(Float32Array.of(1.5, -2));
    const integers = encode({ dims: [2n], dataType: DataType.INT64, int64Data: [3n, -4n] });
    expect(readTensorProto(integers, 'x').values).toEqual(Float64Array.of(3, -4));
  });

  it.each([
    ['of fewer numbers', encode({ ...float, floatData: [1] }), 'BAD_INPUT'],
    ['of no numbers', encode({ ...float, floatData: [1, Number.NaN] }), 'BAD_INPUT'],
    ['of text', encode({ dims: [1n], dataType: DataType.STRING, stringData: [Buffer.from('a')] }), 'BAD_INPUT'],
    ['that is elsewhere', encode({ ...float, dataLocation: TensorProto_DataLocation.EXTERNAL }), 'BAD_INPUT'],
    ['that is vast', encode({ dims: [2n ** 40n, 2n ** 40n], dataType: DataType.FLOAT }), 'BAD_SHAPE'],
    ['that is none', Buffer.from('no tensor at all'), 'BAD_INPUT'],
  ])('%s is refused', (_, bytes, code) => expect(refusal(() => readTensorProto(bytes, 'x')).code).toBe(code));

  it('cut anywhere, or with any byte changed, is refused or read', () => {
    const whole = Buffer.from(encode({ ...float, name: 'input', floatData: [1.5, -2] }));
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0xff;
      for (const bytes of [whole.subarray(0, at), changed]) {
        try {
          readTensorProto(bytes, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(TacitError);
        }
      }
    }
  });
});
