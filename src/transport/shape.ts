/** Shaped links: a nominal latency and rate on top of any link, for measurements. @module */
import { soon } from '#platform';
import type { Link, NetworkProfile } from './link.js';

/** 0.3 ms and 3 Gbit/s, 80 ms and 200 Mbit/s: the LAN and WAN of the literature (Cheetah, CrypTFlow2; NETWORKS of the benches). */
export const NETWORKS: Readonly<Record<'lan' | 'wan', NetworkProfile>> = {
  lan: { name: 'lan', roundTripMs: 0.3, megabits: 3000 },
  wan: { name: 'wan', roundTripMs: 80, megabits: 200 },
};

/** Sending is let through this far ahead of the shaped clock. */
const AHEAD_MS = 20;

/** Timers come up to so much late, which is several times the latency of a LAN: the rest is waited for turn by turn of the event loop. */
const TIMER_MS = 2;

/**
 * Delays what is sent over `link` to `profile`: a message leaves when the wire is free, takes bytes / rate, and arrives half a
 * round trip later. Shape one direction at its sender; two shaped ends make a shaped link.
 */
export function shapeLink(link: Link, profile: NetworkProfile): Link {
  const bytesPerMs = (profile.megabits * 1e6) / 8 / 1000;
  const latencyMs = profile.roundTripMs / 2;
  const queue: { due: number; bytes: Uint8Array<ArrayBuffer>; done: (() => void) | undefined }[] = [];
  let wireFree = 0;
  let scheduled = false;
  let closing = false;
  const schedule = (): void => {
    scheduled = true;
    const wait = queue[0]!.due - performance.now();
    if (wait > TIMER_MS) setTimeout(() => void pump(), wait - TIMER_MS);
    else soon(() => void pump());
  };
  const pump = async (): Promise<void> => {
    while (queue.length > 0 && queue[0]!.due <= performance.now()) {
      const { bytes, done } = queue.shift()!;
      await link.send(bytes, done);
    }
    scheduled = false;
    if (queue.length > 0) schedule();
    else if (closing) link.close();
  };
  return {
    onMessage: (receive) => link.onMessage(receive),
    onClose: (closed) => link.onClose(closed),
    pause: () => link.pause(),
    resume: () => link.resume(),
    send: async (bytes, done) => {
      const now = performance.now();
      wireFree = Math.max(now, wireFree) + bytes.length / bytesPerMs;
      queue.push({ due: wireFree + latencyMs, bytes, done });
      if (!scheduled) schedule();
      const wait = wireFree - now - AHEAD_MS;
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    },
    close: () => {
      closing = true;
      if (queue.length === 0) link.close();
    },
  };
}
