/** Ctrl-C, a termination or a closed terminal ends a command in good order: its processes first, then itself. @module */
import { TacitError } from '../../src/core/errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work` with a signal that is aborted on interruption. @throws INTERRUPTED where work ends without having noticed */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of SIGNALS) process.on(signal, abort);
  try {
    const result = await work(controller.signal);
    if (controller.signal.aborted) {
      throw new TacitError('INTERRUPTED', 'expected to finish, was interrupted. Start again');
    }
    return result;
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}
