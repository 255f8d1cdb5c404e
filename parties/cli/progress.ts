/** A progress bar on stderr, where that is a terminal. @module */
import { SingleBar } from 'cli-progress';

/** Of the time of a batch, about this part is offline work. */
const OFFLINE_PART = 0.85;

export interface Progress {
  readonly update: (phase: 'offline' | 'online', batch: number, fraction: number) => void;
  readonly stop: () => void;
}

/**
 * Shows how many of `batches` are done; silent with `quiet` and where the stream is no terminal.
 * @param offlinePart of the time of a batch
 */
export function startProgress(
  batches: number,
  quiet: boolean,
  offlinePart: number = OFFLINE_PART,
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean } = process.stderr,
): Progress {
  if (quiet || !stream.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {phase}',
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    stream,
  });
  bar.start(1000, 0, { phase: 'starting the parties' });
  const stop = (): void => {
    process.off('exit', stop);
    bar.update({ phase: '' });
    bar.stop();
  };
  // a command that a signal ends leaves the terminal its cursor
  process.on('exit', stop);
  return {
    update: (phase, batch, fraction) => {
      const part = phase === 'offline' ? offlinePart * fraction : offlinePart + (1 - offlinePart) * fraction;
      const done = (batch + (fraction === 0 ? 0 : part)) / batches;
      bar.update(Math.round(1000 * Math.min(1, done)), { phase });
    },
    stop,
  };
}
