import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Progress, startProgress } from '../../parties/cli/progress.js';

const SHOW_CURSOR = '\x1b[?25h';

// the bar is drawn at times of its own
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => vi.useRealTimers());

/** A terminal (or none) and what was written to it since the last look. */
function terminal(isTTY: boolean): { stream: PassThrough & { isTTY: boolean }; written: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  return {
    stream,
    written: () => {
      vi.advanceTimersByTime(1000);
      return String(stream.read() ?? '');
    },
  };
}

function percentAfter(progress: Progress, written: () => string, update: Parameters<Progress['update']>): number {
  progress.update(...update);
  const text = written();
  expect(text).toContain(update[0]);
  return Number(/(\d+)%/.exec(text)![1]);
}

describe('the progress bar', () => {
  it('grows with offline and online work of every batch, and leaves the terminal as it was', () => {
    const { stream, written } = terminal(true);
    const progress = startProgress(2, false, 0.8, stream);
    expect(written()).toMatch(/░ 0% {2}starting the parties/);
    expect(percentAfter(progress, written, ['offline', 0, 0.5])).toBe(20);
    expect(percentAfter(progress, written, ['online', 0, 0.5])).toBe(45);
    expect(percentAfter(progress, written, ['online', 1, 0])).toBe(50);
    expect(percentAfter(progress, written, ['online', 2, 0])).toBe(100);
    progress.stop();
    expect(written()).toContain(SHOW_CURSOR);
    // once is enough
    progress.update('online', 2, 0);
    progress.stop();
    expect(written()).toBe('');
  });

  it('leaves the terminal as it was where the process ends before the work', () => {
    const before = process.listeners('exit');
    const { stream, written } = terminal(true);
    const progress = startProgress(1, false, 0.8, stream);
    const [end] = process.listeners('exit').filter((listener) => !before.includes(listener));
    end!.call(process, 130);
    expect(written()).toContain(SHOW_CURSOR);
    expect(process.listeners('exit')).toEqual(before);
    progress.stop();
    expect(written()).toBe('');
  });

  it.each([
    ['where nothing is to be shown', true, true],
    ['where the stream is no terminal', false, false],
  ])('is silent %s', (_, quiet, isTTY) => {
    const { stream, written } = terminal(isTTY);
    const progress = startProgress(1, quiet, 0.8, stream);
    progress.update('offline', 0, 0.5);
    progress.stop();
    expect(written()).toBe('');
  });
});
