/** Wrong calls, wrong inputs and wrong models: one line on stderr, one object on stdout, the right exit code. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { writeNpy } from '../../parties/cli/formats/npy.js';
import { tacitHere } from './support/here.js';
import { brokenModel, type Ended, scratchFolder, tacit } from './support/tacit.js';

const folder = scratchFolder();
const ONE = ['--input', 'mnist:0-1'];

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function json(name: string, value: unknown): string {
  return file(name, JSON.stringify(value));
}

function grid(height: number, width: number, value: number): number[][] {
  return Array.from({ length: height }, () => Array.from({ length: width }, () => value));
}

/** What it says to a person and to a machine is the same. @param by where the command runs: what is built, in a process of its own, for one of each kind */
async function expectError(
  args: readonly string[],
  code: string,
  exitCode: number,
  message: RegExp,
  by: (args: readonly string[]) => Promise<Ended> = tacitHere,
): Promise<void> {
  const result = await by([...args, '--json']);
  expect({ args, code: result.code, stderr: result.stderr }).toMatchObject({ code: exitCode });
  expect(result.stderr).toMatch(/^tacit: [^\n]*expected [^\n]+\. [^\n]+\n$/);
  expect(result.stderr).toMatch(message);
  const { error, ...rest } = JSON.parse(result.stdout);
  expect(rest).toEqual({});
  expect(error).toEqual({ code, message: result.stderr.slice('tacit: '.length).trimEnd() });
}

describe('wrong calls', () => {
  test.each<readonly [readonly string[], RegExp]>([
    [['infr'], /got infr \(did you mean infer\?\)/],
    [['plan'], /expected a MODEL, got none\. See tacit plan --help/],
    [['infer', 'secureml'], /--input <file\.\.\.>, got none/],
    [['infer', ...ONE, 'secureml'], /the argument MODEL, got none\. Give it before flags that take several values/],
    [['infer', 'secureml', ...ONE, '--inptu', 'x'], /got --inptu \(did you mean --input\?\)/],
    [['infer', 'secureml', 'lenet', ...ONE], /no more arguments/],
    [['infer', 'secureml', ...ONE, '--parties', '4'], /expected --parties 2 or 3/],
    [['infer', 'secureml', ...ONE, '--parties', '3', '--store', 'x'], /expected no --store with --parties 3/],
    [['infer', 'secureml', ...ONE, '--store', ''], /--store to name a folder, got an empty name/],
    [['prepare', 'secureml', '--count', '1', '--store', ''], /--store to name a folder, got an empty name/],
    [['store', 'list', '--store', ''], /--store to name a folder, got an empty name/],
    [['store', 'foo'], /no more arguments for tacit store list, or one of the commands list, verify, prune, got more/],
    [['help', 'foo'], /got none of them/],
    [['infer', 'secureml', ...ONE, '--parties', '3', '--background'], /expected no --background with --parties 3/],
    [['infer', 'secureml', ...ONE, '--preprocessing', 'she'], /expected --preprocessing dealer, ot or he, got she/],
    [
      ['infer', 'secureml', ...ONE, '--softspoken-k', '4'],
      /--softspoken-k of two parties without a dealer, got 4 with a dealer/,
    ],
    [
      ['plan', 'secureml', '--preprocessing', 'ot', '--transfers', 'loud'],
      /--transfers softspoken, silent or auto, got loud/,
    ],
    [
      ['plan', 'secureml', '--transfers', 'silent'],
      /--transfers of two parties without a dealer, got silent with a dealer/,
    ],
    [
      ['infer', 'secureml', ...ONE, '--preprocessing', 'ot', '--softspoken-k', '9'],
      /--softspoken-k from 1 to 8, got 9/,
    ],
    [['infer', 'secureml', ...ONE, '--nonlinear', 'yao'], /expected --nonlinear gc, bits or auto, got yao/],
    [
      ['infer', 'secureml', ...ONE, '--nonlinear', 'gc', '--parties', '3'],
      /expected no --nonlinear with --parties 3, got gc/,
    ],
    [['infer', 'secureml', ...ONE, '--reveal', 'all'], /logits, top:K or label, got all/],
    [['infer', 'secureml', ...ONE, '--reveal', 'top:11'], /K from 1 to 10, got top:11/],
    [['infer', 'secureml', ...ONE, '--ring', '16'], /32, 64 or auto, got 16/],
    [['infer', 'secureml', ...ONE, '--fraction-bits', '8'], /A,W .* got 8/],
    [['infer', 'secureml', ...ONE, '--tolerance', '0'], /--tolerance above 0, got 0/],
    [['infer', 'secureml', ...ONE, '--tolerance', '%'], /--tolerance above 0, got %/],
    [['infer', 'secureml', ...ONE, '--network', '3g'], /RTT_MS,MBIT .* got 3g/],
    [['infer', 'secureml', ...ONE, '--repeat', '0'], /--repeat from 1/],
    [['infer', 'secureml', ...ONE, '--timeout', '-1'], /--timeout above 0/],
    [['infer', 'secureml', ...ONE, '--output', 'x.txt'], /\.npy, \.npz or \.json, got x\.txt/],
    [['infer', 'secureml', ...ONE, '--output', '/nowhere/x.npy'], /to write \/nowhere\/x.npy, got ENOENT/],
    [['infer', 'secureml', '--input', 'mnist:7-7'], /FROM < TO <= 1000, got mnist:7-7/],
    [['infer', 'secureml', '--input', 'mnist:5-3'], /FROM < TO <= 1000, got mnist:5-3/],
    [['infer', 'secureml', '--input', 'nowhere/none.npy'], /to read nowhere\/none\.npy, got ENOENT/],
    [['infer', 'secureml', '--input', 'nowhere/input.txt'], /got nowhere\/input\.txt\. Convert the input/],
    [['bench', '--compare', 'nowhere/report.json'], /to read nowhere\/report\.json, got ENOENT/],
    [['bench', 'micro', '--out', '/dev/null/x'], /expected --out to be a folder, got \/dev\/null\/x/],
    [['plan', 'secureml', '--input-range', '1,0'], /LO < HI.* got 1,0/],
    [
      ['infer', 'secureml', '--input', 'random:1', '--scale', '1'],
      /an image among the inputs with --scale, .* got none/,
    ],
    [['infer', 'secureml', '--input', 'random:1', '--invert'], /an image among the inputs with --resize or --invert/],
    [['plan', 'secureml', '--resize'], /an image among the inputs with --resize or --invert, got none/],
    [['plan', 'secureml', '--input-shape', '28x28'], /--input-shape H,W,C .* got 28x28/],
    [
      ['plan', 'minionn-cifar', '--input-shape', '28,28,3'],
      /an input that minionn-cifar leaves open, got \[28,28,3\] for one of \[32,32,3\]/,
    ],
    [['plan', 'secureml', '--layout', 'hwc'], /--layout nchw .* got hwc/],
    [['infer', 'secureml', '--input', 'nowhere/*.png'], /files that match nowhere\/\*\.png, got none/],
    [['infer', 'secureml', ...ONE, '--labels', 'nowhere.txt'], /to read nowhere\.txt, got ENOENT/],
    [['plan', 'secureml', '--unproven'], /--calibrate with --unproven, got none/],
    [['plan', 'secureml', '--scale', '0'], /--scale a number above 0 or a fraction, got 0/],
    [['plan', 'secureml', '--mean', '1,x'], /--mean a number, or one for each channel, got 1,x/],
    [['plan', 'secureml', '--std', '1,0'], /--std a number above 0, or one for each channel, got 1,0/],
    [['demo', '--images', '0'], /from 1 to 1000, got 0/],
    [['prepare', 'secureml'], /--count <n>, got none/],
    [['prepare', 'secureml', '--count', '0'], /--count from 1/],
    [['prepare', 'secureml', '--count', '1', '--store', 'none'], /--store to name a folder, got none/],
    [['store', 'prnue'], /no more arguments .*got more \(did you mean prune\?\)/],
    [['store', 'lst'], /got more \(did you mean list\?\)/],
    [
      ['infer', 'secureml', '--inputs', 'x'],
      /expected an option of tacit infer, got --inputs \(did you mean --input\?\)/,
    ],
  ])('%j', async (args, message) => {
    await expectError(args, 'USAGE', 2, message);
  });

  test('an input piped by nobody', async () => {
    const args = ['infer', 'secureml', '--input', '-'];
    await expectError(args, 'USAGE', 2, /an input piped to -, got nothing/, tacit);
  });

  test('an output that cannot be written is refused before the run', async () => {
    const taken = join(folder, 'folder.npy');
    mkdirSync(taken);
    await expectError(['infer', 'secureml', ...ONE, '--output', taken], 'USAGE', 2, /expected a file to write/);
  });

  test('no command', async () => {
    const { code, stdout, stderr } = await tacit([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'tacit: expected one of the commands demo, infer, prepare, plan, store, audit, keygen, deployment, party, dealer, share, models, client, bench, got none of them. See tacit --help\n',
    );
  });

  test('an unknown model lists the zoo', async () => {
    const message =
      /expected a model file \(model\.json, \.keras, \.h5, \.onnx\) or one of secureml, minionn-mnist, lenet.* got alexnet/;
    await expectError(['infer', 'alexnet', ...ONE], 'UNKNOWN_MODEL', 2, message);
    await expectError(['plan', 'minionn-mnst'], 'UNKNOWN_MODEL', 2, /did you mean minionn-mnist\?/);
  });
});

/** A PNG whose image data is that of a smaller image: the header and all checksums are right. */
function withoutData(): Buffer {
  const [large, tiny] = [28, 2].map((size) => PNG.sync.write(new PNG({ width: size, height: size })));
  return Buffer.concat([large!.subarray(0, 33), tiny!.subarray(33)]);
}

describe('wrong inputs', () => {
  const nan = writeNpy({ shape: [28, 28], values: new Float32Array(784).fill(Number.NaN) });
  const small = PNG.sync.write(new PNG({ width: 20, height: 28 }));
  const whole = writeNpy({ shape: [28, 28], values: new Float32Array(784) });
  test.each<readonly [string, string, string, RegExp]>([
    ['shape', json('shape.json', grid(28, 27, 0)), 'BAD_SHAPE', /\[28,28,1\] or \[N,28,28,1\], got \[28,27\]/],
    [
      'two batch dimensions',
      json(
        'deep.json',
        [[grid(28, 28, 0)], [grid(28, 28, 0)]].map((x) => [x, x]),
      ),
      'BAD_SHAPE',
      /got \[2,2,1,28,28\]/,
    ],
    ['ragged lists', json('ragged.json', [[1, 2], [3]]), 'BAD_SHAPE', /lists of 2 at depth 2/],
    ['text', json('text.json', [['a']]), 'BAD_INPUT', /expected numbers in \S*\/text\.json, got a string/],
    ['broken JSON', file('broken.json', '[[1,'), 'BAD_INPUT', /JSON in \S*\/broken\.json/],
    ['not an .npy', file('fake.npy', 'hello, world'), 'BAD_INPUT', /an \.npy file in \S*\/fake\.npy/],
    [
      'a cut .npy',
      file('cut.npy', whole.subarray(0, 1000)),
      'BAD_INPUT',
      /3136 bytes of data in \S*\/cut\.npy, got 872/,
    ],
    [
      'complex .npy',
      file('complex.npy', Buffer.from(Buffer.from(whole).toString('latin1').replace('<f4', '<c8'), 'latin1')),
      'BAD_INPUT',
      /got the type <c8/,
    ],
    ['NaN', file('nan.npy', nan), 'BAD_VALUE', /finite in float32 in \S*\/nan\.npy, got another at index 0\./],
    [
      'beyond float32',
      json('vast.json', grid(28, 28, 1e39)),
      'BAD_VALUE',
      /finite in float32 in \S*\/vast\.json, got another/,
    ],
    ['outside the range', json('high.json', grid(28, 28, 1.5)), 'BAD_VALUE', /from 0 to 1 in \S*\/high\.json/],
    ['a broken image', file('broken.png', small.subarray(0, 60)), 'BAD_SHAPE', /28x28 pixels, got 20x28/],
    ['noise', file('noise.jpg', Buffer.from('no image at all')), 'BAD_INPUT', /another format/],
    [
      'a cut image',
      file('cut.png', PNG.sync.write(new PNG({ width: 28, height: 28 })).subarray(0, 50)),
      'BAD_INPUT',
      /does not decode/,
    ],
    ['an image without its data', file('hollow.png', withoutData()), 'BAD_INPUT', /does not decode/],
    [
      'lists in lists',
      file('nested.json', `${'['.repeat(5000)}${']'.repeat(5000)}`),
      'BAD_SHAPE',
      /at most 16 dimensions/,
    ],
    [
      'a transparent image',
      file('clear.png', PNG.sync.write(new PNG({ width: 28, height: 28 }))),
      'BAD_INPUT',
      /opaque/,
    ],
  ])('%s', async (_, path, code, message) => {
    await expectError(['infer', 'secureml', '--input', path], code, 1, message);
  });

  test.runIf(process.platform !== 'win32').each([
    ['a device', (path: string) => symlinkSync('/dev/zero', path)],
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
  ])('%s', async (name, make) => {
    const path = join(folder, `${name}.npy`);
    make(path);
    await expectError(['infer', 'secureml', '--input', path], 'USAGE', 2, /got a folder, a pipe or a device/);
  });

  test('an empty folder', async () => {
    const path = join(folder, 'empty');
    mkdirSync(path);
    await expectError(
      ['infer', 'secureml', '--input', path],
      'USAGE',
      2,
      /arrays or images in the folder \S*\/empty, got/,
    );
  });

  test('labels of other classes', async () => {
    const path = file('labels.txt', 'one\ntwo\n');
    const args = ['infer', 'secureml', ...ONE, '--labels', path];
    await expectError(args, 'BAD_INPUT', 1, /10 labels, one .*, got 2\./, tacit);
  });

  test('calibration inputs outside the range', async () => {
    const path = json('calibrate.json', grid(28, 28, -1));
    await expectError(['plan', 'secureml', '--calibrate', path], 'BAD_VALUE', 1, /in \S*\/calibrate\.json/);
  });
});

describe('wrong stores', () => {
  test('none', async () => {
    const path = join(folder, 'nowhere');
    await expectError(
      ['store', 'list', '--store', path],
      'BAD_INPUT',
      1,
      /below .*nowhere, got none\. Run tacit prepare/,
    );
  });

  test('a file in the way', async () => {
    const path = file('in-the-way', '');
    await expectError(['prepare', 'secureml', '--count', '1', '--store', path], 'BAD_INPUT', 1, /in-the-way/);
  });
});

describe('wrong models', () => {
  const huge = (bytes: Buffer): Buffer => {
    const floats = new Float32Array(Uint8Array.from(bytes).buffer).map((weight) => 1e12 * weight);
    return Buffer.from(floats.buffer);
  };
  test.each<readonly [string, string, string, RegExp]>([
    [
      'truncated weights',
      brokenModel(folder, 'cut', { weights: (bytes) => bytes.subarray(0, 1000) }),
      'BAD_MODEL',
      /473128 bytes .* got 1000/,
    ],
    [
      'broken topology',
      brokenModel(folder, 'broken', { topology: (text) => text.slice(0, 3000) }),
      'BAD_MODEL',
      /JSON in \S*\/model\.json/,
    ],
    ['not a model', brokenModel(folder, 'other', { topology: () => '{"a":1}' }), 'BAD_MODEL', /expected/],
    [
      'NaN among the weights',
      brokenModel(folder, 'nan', { weights: (bytes) => Buffer.alloc(bytes.length, 0xff) }),
      'BAD_MODEL',
      /finite/,
    ],
    [
      'an unsupported layer',
      brokenModel(folder, 'selu', {
        topology: (text) => text.replace('"activation": "relu"', '"activation": "maxout"'),
      }),
      'UNSUPPORTED_LAYER',
      /fc1_relu.* got maxout/,
    ],
    ['too wide for any ring', brokenModel(folder, 'huge', { weights: huge }), 'RANGE_OVERFLOW', /within 64 bits/],
    ['another format', file('model.tflite', ''), 'BAD_MODEL', /got \S*\/model\.tflite/],
  ])('%s', async (_, path, code, message) => {
    await expectError(['infer', path, ...ONE], code, 1, message);
  });

  test('fraction bits that miss the tolerance', async () => {
    const args = ['plan', 'secureml', '--fraction-bits', '8,2'];
    await expectError(args, 'PRECISION', 1, /layer fc\d: expected outputs within 2 % .* a greater --tolerance T/);
  });

  test('another shape than that of the file', async () => {
    const args = ['plan', 'secureml', '--input-shape', '32,32,1'];
    await expectError(args, 'BAD_VALUE', 1, /a shape of \[28,28,1\], got \[32,32,1\]\. Check the shape/);
  });

  test('fraction bits that a 32-bit ring cannot hold', async () => {
    const args = ['plan', 'secureml', '--ring', '32', '--fraction-bits', '16,16'];
    await expectError(args, 'RANGE_OVERFLOW', 1, /layer fc1/);
  });
});

describe('stack traces', () => {
  test('with --debug alone', async () => {
    const { code, stdout, stderr } = await tacit(['infer', 'secureml', '--input', 'none.npy', '--debug']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^tacit: expected to read none\.npy.*\n/);
    expect(stderr).toMatch(/\n {4}at /);
    expect(stderr).toMatch(/caused by: .*ENOENT/);
  });
});
