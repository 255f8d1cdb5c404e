/** Help comes at once, without TensorFlow.js or the kernels, and promises nothing that is not there. The examples run in the other files. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { tacit } from './support/tacit.js';

/** The environment of a process in which imports that match fail. */
function without(what: RegExp): Record<string, string> {
  const hooks = `export async function resolve(specifier, context, next) {
    if (${what}.test(specifier)) throw new Error(specifier + ' was imported');
    return next(specifier, context);
  }`;
  const url = `data:text/javascript,${encodeURIComponent(hooks)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(url)});`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(register)}` };
}

const TFJS = /^@tensorflow/;
/** What a command is made of. */
const ANYTHING = /\/src\/(?!core\/)|models\//;
/** What only work needs. */
const HEAVY = /^@tensorflow|^ws$|^zod$|\/kernels\/|\/launch\.js$/;

const COMMANDS = ['demo', 'infer', 'prepare', 'plan', 'store', 'audit'];

describe('help', () => {
  test('of tacit names every command', async () => {
    const { code, stdout, stderr } = await tacit(['--help'], without(ANYTHING));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of [...COMMANDS, 'bench']) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  test.each(COMMANDS)('of %s names nothing that is not there', async (command) => {
    const { code, stdout, stderr } = await tacit([command, '--help'], without(HEAVY));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(/2\|3|keygen|doctor/i);
    expect(stdout).toMatch(/^Example:\n {2}\$ tacit /m);
  });

  test.each(['demo', 'infer', 'prepare'])('of %s, which starts parties, has their threads', async (command) => {
    const { stdout } = await tacit([command, '--help']);
    expect(stdout).toMatch(/--threads <n> .*default: cores - 1/s);
  });

  test.each(['list', 'verify', 'prune'])('of store %s has an example', async (command) => {
    const { code, stdout } = await tacit(['store', command, '--help'], without(HEAVY));
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Example:\\n {2}\\$ tacit store ${command}$`, 'm'));
  });

  test('of bench has its commands', async () => {
    const { code, stdout } = await tacit(['help', 'bench']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}micro /m);
  });

  test('a wrong call does not load TensorFlow.js', async () => {
    const wrong = await tacit(['infer', 'secureml', '--input', 'mnist:0-1', '--reveal', 'top:11'], without(TFJS));
    expect(wrong.code).toBe(2);
    // and the environment does what it says
    const control = spawnSync(process.execPath, ['-e', "import('@tensorflow/tfjs-core')"], {
      env: { ...process.env, ...without(TFJS) },
      encoding: 'utf8',
    });
    expect(control.stderr).toMatch(/@tensorflow\/tfjs-core was imported/);
  });

  test('--version is the package version', async () => {
    const { code, stdout } = await tacit(['--version'], without(ANYTHING));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
