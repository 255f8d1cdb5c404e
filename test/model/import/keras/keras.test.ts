/** Files that Keras 3.15 wrote, with what it predicts; those of .keras are deflated, which Keras leaves. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { evaluateFloat } from '../../../../src/model/float.js';
import { readHdf5 } from '../../../../src/model/import/keras/hdf5.js';
import { importKeras } from '../../../../src/model/import/keras/keras.js';
import { zipEntries } from '../../../../src/model/import/zip.js';
import { loadModel } from '../../../../src/model/load.js';

interface Expected {
  readonly input: readonly number[];
  /** Of the first output of `functional` after its tanh, which a graph's logits leave out. */
  readonly output: readonly number[];
}

const expected = JSON.parse(readFileSync(new URL('expected.json', import.meta.url), 'utf8')) as Record<
  string,
  Expected
>;

function bytesOf(name: string): Uint8Array {
  const bytes = readFileSync(new URL(name, import.meta.url));
  return Uint8Array.from(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

/** The file with texts replaced, each by one as long. */
function patched(name: string, ...changes: readonly (readonly [string, string])[]): Uint8Array {
  let text = Buffer.from(bytesOf(name)).toString('latin1');
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    expect(to).toHaveLength(from.length);
    text = text.replaceAll(from, to);
  }
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/** A stored archive. */
function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    // from the version on: checksum, sizes and the length of the name
    const fields = Buffer.alloc(26);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const offset = Buffer.alloc(14);
    offset.writeUInt32LE(at, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), content]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.alloc(2), fields, offset, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(at, 12);
  return Uint8Array.from(Buffer.concat([...locals, ...directory, Buffer.from('PK\x05\x06'), end]));
}

/** The parts of a .keras file, some of them changed; undefined leaves one out. */
function rezipped(name: string, changes: Readonly<Record<string, Uint8Array | undefined>>): Uint8Array {
  const parts = Object.fromEntries(zipEntries(bytesOf(name)).map((entry) => [entry.name, entry.read()]));
  const changed = Object.entries({ ...parts, ...changes }).filter(
    (part): part is [string, Uint8Array] => part[1] !== undefined,
  );
  return zip(Object.fromEntries(changed));
}

function configured(name: string, change: (text: string) => string): Uint8Array {
  const entry = zipEntries(bytesOf(name)).find((known) => known.name === 'config.json')!;
  const text = new TextDecoder().decode(entry.read());
  const changed = change(text);
  expect(changed).not.toBe(text);
  return rezipped(name, { 'config.json': new TextEncoder().encode(changed) });
}

describe('a Keras file', () => {
  it.each([
    ['sequential', 'sequential.keras'],
    ['functional', 'functional.keras'],
    ['functional', 'functional.h5.gz'],
    ['one-axis', 'one-axis.h5.gz'],
  ])('%s gives what Keras predicts, read from %s', async (name, file) => {
    const { input, output } = expected[name]!;
    const graph = await importKeras(bytesOf(file));
    const { logits } = await evaluateFloat(graph, 1, Float32Array.from(input));
    // the tanh at the end is left to the client
    const got = name === 'functional' ? logits.map((value, i) => (i < 2 ? Math.tanh(value) : value)) : logits;
    expect(got).toHaveLength(output.length);
    for (const [i, value] of output.entries()) expect(got[i]).toBeCloseTo(value, 5);
  });

  it('may name its inputs and outputs', async () => {
    const named = configured('functional.keras', (text) =>
      text.replace(/"input_layers": (\["image", 0, 0\])/, '"input_layers": {"photo": $1}'),
    );
    expect((await importKeras(named)).inputs).toEqual((await importKeras(bytesOf('functional.keras'))).inputs);
  });

  it('is found by its extension, and named after the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keras-'));
    try {
      await writeFile(join(folder, 'net.h5'), bytesOf('one-axis.h5.gz'));
      expect((await loadModel(join(folder, 'net.h5'))).name).toBe('net');
      await writeFile(join(folder, 'broken.keras'), bytesOf('sequential.keras').fill(7, 300, 600));
      await expect(loadModel(join(folder, 'broken.keras'))).rejects.toMatchObject({ code: 'BAD_MODEL' });
      await writeFile(join(folder, 'net.tflite'), 'TFL3');
      await expect(loadModel(join(folder, 'net.tflite'))).rejects.toMatchObject({
        code: 'BAD_MODEL',
        message: expect.stringMatching(/tflite.*Convert it to ONNX/),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each<[string, () => Uint8Array, string, RegExp]>([
    ['no HDF5 file', () => new Uint8Array(4096), 'BAD_MODEL', /a whole HDF5 file/],
    ['a cut one', () => bytesOf('one-axis.h5.gz').subarray(0, 9000), 'BAD_MODEL', /a whole HDF5 file/],
    ['no topology', () => patched('one-axis.h5.gz', ['model_config', 'model_konfig']), 'BAD_MODEL', /model_config/],
    [
      'no names of weights',
      () => patched('one-axis.h5.gz', ['weight_names', 'weight_namen']),
      'BAD_MODEL',
      /conv1d\/kernel/,
    ],
    [
      'a recurrent layer',
      () => patched('one-axis.h5.gz', ['"GlobalMaxPooling1D"', '"LSTM"              ']),
      'UNSUPPORTED_LAYER',
      /"LSTM"/,
    ],
    ['no weights', () => rezipped('sequential.keras', { 'model.weights.h5': undefined }), 'BAD_MODEL', /weights\.h5/],
    ['no metadata', () => rezipped('sequential.keras', { 'metadata.json': undefined }), 'BAD_MODEL', /metadata\.json/],
    [
      'the weights of another model',
      () => configured('sequential.keras', (text) => text.replace('"filters": 3', '"filters": 4')),
      'BAD_MODEL',
      /conv2d\/kernel of shape \[3,3,2,4\], got \[3,3,2,3\]/,
    ],
    [
      'more weights than a layer has',
      () => configured('sequential.keras', (text) => text.replace('"use_bias": true', '"use_bias": false')),
      'BAD_MODEL',
      /1 weights of layer conv2d, got more/,
    ],
    [
      'more layers than groups',
      () => configured('sequential.keras', (text) => text.replace('"class_name": "ReLU"', '"class_name": "PReLU"')),
      'BAD_MODEL',
      /weights at|HDF5/,
    ],
    [
      'a Lambda',
      () => configured('sequential.keras', (text) => text.replace('"ReLU"', '"Lambda"')),
      'UNSUPPORTED_LAYER',
      /"Lambda"/,
    ],
    [
      'code of others',
      () => configured('sequential.keras', (text) => text.replace('"Dropout"', '"mine>Dropout"')),
      'UNSUPPORTED_LAYER',
      /mine>Dropout/,
    ],
    [
      'an operation',
      () =>
        configured('functional.keras', (text) => text.replaceAll('"name": "add", "trainable": true', '"name": "add"')),
      'UNSUPPORTED_LAYER',
      /operation Add/,
    ],
    [
      'dropout that is used at inference',
      () => configured('functional.keras', (text) => text.replace('"kwargs": {}', '"kwargs": {"training": true}')),
      'UNSUPPORTED_LAYER',
      /training=True/,
    ],
  ])('with %s is refused in one line', async (_, make, code, message) => {
    const failure = await importKeras(make()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(String(failure)).not.toContain('\n');
  });

  it('leaves no file behind, and has none beside it', async () => {
    await importKeras(bytesOf('one-axis.h5.gz'));
    const { FS } = await import('h5wasm');
    expect(FS!.readdir('/dev').filter((name: string) => !FS!.isDir(FS!.lstat(`/dev/${name}`).mode))).toEqual([]);
    expect(FS!.analyzePath('/model', false).exists).toBe(false);
    await expect(readHdf5(bytesOf('one-axis.h5.gz'), (file) => file.weight('/model_weights'))).rejects.toMatchObject({
      code: 'BAD_MODEL',
    });
  });
});
