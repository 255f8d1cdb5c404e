/** Shaped links held against their nominal latency and rate, over the project's own transport. @module */
import type { Link, NetworkProfile } from '../src/transport/link.js';
import { memoryLinks } from '../src/transport/memory.js';
import { NETWORKS, shapeLink } from '../src/transport/shape.js';
import { median } from './measure.js';
import type { LinkCheck } from './results.js';

const PINGS = 7;
/** The rate is measured with what the link carries in this time. */
const BURST_MS = 400;
const FRAME_BYTES = 64 * 1024;

/** Both ends shaped, as parties do it: round trips of one byte, then a burst in one direction until its answer is back. */
export async function checkLink(profile: NetworkProfile, burstMs: number = BURST_MS): Promise<LinkCheck> {
  const [left, right] = memoryLinks().map((link) => shapeLink(link, profile)) as [Link, Link];
  const answer = new Uint8Array(1);
  let awaited = 1;
  right.onMessage((bytes) => {
    awaited -= bytes.length;
    if (awaited <= 0) void right.send(answer);
  });
  let answered = (): void => {};
  left.onMessage(() => answered());
  const exchange = async (frames: number, frameBytes: number): Promise<number> => {
    awaited = frames * frameBytes;
    const start = performance.now();
    const back = new Promise<void>((resolve) => {
      answered = resolve;
    });
    for (let i = 0; i < frames; i++) await left.send(new Uint8Array(frameBytes));
    await back;
    return performance.now() - start;
  };
  const trips: number[] = [];
  for (let i = 0; i < PINGS; i++) trips.push(await exchange(1, 1));
  const roundTripMs = median(trips);
  const frames = Math.max(1, Math.round((profile.megabits * 1e3 * burstMs) / 8 / FRAME_BYTES));
  const burst = await exchange(frames, FRAME_BYTES);
  left.close();
  const { name, roundTripMs: nominalMs, megabits: nominal } = profile;
  // what the burst took beyond the nominal round trip: a late timer counts against the link
  const megabits = (8 * frames * FRAME_BYTES) / 1e3 / Math.max(burst - nominalMs, 1e-3);
  return { name, nominal: { roundTripMs: nominalMs, megabits: nominal }, measured: { roundTripMs, megabits } };
}

export async function checkLinks(): Promise<LinkCheck[]> {
  return [await checkLink(NETWORKS.lan), await checkLink(NETWORKS.wan)];
}
