import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from '../../src/transport/heartbeat.js';

const TIMEOUT_MS = 1000;

// a clock of its own: nothing here waits
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** A far end that answers pings until `stallsAt`; when the stall was told of. */
function toldAfter(stallsAt: number): number {
  const start = performance.now();
  let told = Number.POSITIVE_INFINITY;
  const ping = (): void => {
    if (performance.now() - start < stallsAt) heartbeat.hear();
  };
  const heartbeat = new Heartbeat(TIMEOUT_MS, ping, () => {
    told = performance.now() - start;
  });
  vi.advanceTimersByTime(stallsAt + 2 * TIMEOUT_MS);
  heartbeat.stop();
  return told;
}

describe('the heartbeat of a link', () => {
  it('tells of a stall within the timeout, whenever it begins', () => {
    for (let stallsAt = 0; stallsAt <= 2 * TIMEOUT_MS; stallsAt += 37) {
      const told = toldAfter(stallsAt);
      expect(told).toBeGreaterThan(stallsAt);
      expect(told - stallsAt).toBeLessThanOrEqual(TIMEOUT_MS);
    }
  });

  it('tells of a stall within the timeout after what came last, whenever that was', () => {
    for (let last = 0; last <= TIMEOUT_MS / 2; last += 37) {
      const start = performance.now();
      let told = Number.POSITIVE_INFINITY;
      const heartbeat = new Heartbeat(
        TIMEOUT_MS,
        () => {},
        () => {
          told = performance.now() - start;
        },
      );
      vi.advanceTimersByTime(last);
      heartbeat.hear();
      vi.advanceTimersByTime(2 * TIMEOUT_MS);
      heartbeat.stop();
      expect(told - last).toBeGreaterThan(TIMEOUT_MS / 2);
      expect(told - last).toBeLessThanOrEqual(TIMEOUT_MS);
    }
  });

  it('says nothing of a far end that answers, or sends by itself', () => {
    const stalled = vi.fn();
    const answering = new Heartbeat(TIMEOUT_MS, () => answering.hear(), stalled);
    const talking = new Heartbeat(TIMEOUT_MS, () => {}, stalled);
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(0.8 * TIMEOUT_MS);
      talking.hear();
    }
    answering.stop();
    talking.stop();
    expect(stalled).not.toHaveBeenCalled();
  });

  it('gives the far end another chance after this end was busy', () => {
    const stalled = vi.fn();
    const heartbeat = new Heartbeat(TIMEOUT_MS, () => {}, stalled);
    // the event loop does not turn: the clock goes on, no timer fires
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + 5 * TIMEOUT_MS);
    vi.advanceTimersToNextTimer();
    expect(stalled).not.toHaveBeenCalled();
    vi.advanceTimersToNextTimer();
    expect(stalled).toHaveBeenCalledOnce();
    clock.mockRestore();
    heartbeat.stop();
  });
});
