/** Ctrl-C, a termination or a closed terminal ends a command in good order: its processes first, then itself. @module */
import { codeOf, TacitError } from '../../src/core/errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Has every signal end the process by `end`, except while `interruptible` work hears it. */
export function hearSignals(end: (error: TacitError) => void): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) end(interrupted(signal));
    });
  }
}

/** Runs `work` with a signal that is aborted on interruption. @throws INTERRUPTED where there was one, once work has ended */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals): void => controller.abort(interrupted(signal));
  for (const signal of SIGNALS) process.on(signal, abort);
  try {
    const result = await work(controller.signal);
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    if (controller.signal.aborted && codeOf(error) === 'INTERRUPTED') throw controller.signal.reason;
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}

function interrupted(signal: NodeJS.Signals): TacitError {
  return new TacitError('INTERRUPTED', 'expected to finish, was interrupted', { facts: { signal } });
}
