/** A signal ends the command with one line and its exit code, from the first moment on. */
import { describe, expect, test } from 'vitest';
import { interruptible } from '../../parties/cli/interrupt.js';
import { TacitError } from '../../src/core/errors.js';
import { ended, start } from './support/tacit.js';

/** The environment of a command that gets `signal` as soon as it hears signals, before it has loaded what it does. */
function signalledAtOnce(signal: NodeJS.Signals): Record<string, string> {
  // what the command listens for right after signals
  const preload = `if (process.argv[1].endsWith('main.js')) process.once('newListener', function early(event) {
    if (event === 'uncaughtException') process.kill(process.pid, ${JSON.stringify(signal)});
    else process.once('newListener', early);
  });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` };
}

describe('a signal before the commands are loaded', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s: exit code %i', async (signal, code) => {
    const args = ['infer', 'secureml', '--input', 'mnist:0-1', '--json'];
    const result = await ended(start(args, signalledAtOnce(signal)));
    expect(result).toEqual({
      code,
      stdout: `${JSON.stringify({ error: { code: 'INTERRUPTED', message: 'expected to finish, was interrupted. Start again' } })}\n`,
      stderr: 'tacit: expected to finish, was interrupted. Start again\n',
    });
  });
});

describe('interruptible work', () => {
  /** Work that goes on until the signal, then ends by `end`. */
  function until<T>(signal: AbortSignal, end: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        try {
          resolve(end());
        } catch (error) {
          reject(error);
        }
      });
      process.emit('SIGTERM', 'SIGTERM');
    });
  }

  const interrupted = expect.objectContaining({ code: 'INTERRUPTED', facts: { signal: 'SIGTERM' } });

  test('is interrupted whether it notices or not', async () => {
    await expect(interruptible((signal) => until(signal, () => 1))).rejects.toEqual(interrupted);
    const notice = (): never => {
      throw new TacitError('INTERRUPTED', 'expected more, got a signal');
    };
    await expect(interruptible((signal) => until(signal, notice))).rejects.toEqual(interrupted);
  });

  test('keeps a failure of its own', async () => {
    const failure = new TacitError('STORE_FULL', 'expected room, got none');
    const broken = (): never => {
      throw failure;
    };
    await expect(interruptible((signal) => until(signal, broken))).rejects.toBe(failure);
  });

  test('leaves no listener', async () => {
    const before = process.listenerCount('SIGINT');
    await expect(interruptible(async () => 2)).resolves.toBe(2);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
