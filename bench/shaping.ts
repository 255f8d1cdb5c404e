/** Shaped links: what they add for a client, and how they are held against their nominal latency and rate, over the project's own transport. @module */

import { dial } from '../src/transport/dial.js';
import type { Link, NetworkProfile } from '../src/transport/link.js';
import { NETWORKS, shapeLink } from '../src/transport/shape.js';
import { listen } from '../src/transport/websocket.js';
import { median } from './measure.js';
import type { LinkCheck, LinkName } from './results.js';

const PINGS = 7;
/** The rate is measured with what the link carries in this time. */
const BURST_MS = 400;
const FRAME_BYTES = 64 * 1024;
const HOST = '127.0.0.1';
const TIMEOUT_MS = 10_000;

/** The profile of a link; undefined for loopback as it is. */
export function profileOf(link: LinkName): NetworkProfile | undefined {
  return link === 'none' ? undefined : NETWORKS[link];
}

/** Said of rows that `clientMs` is part of. */
export const TRANSFER_NOTE = "client's transfer computed";

/** What a client waits for its link: one upload and one download at the nominal rate, and a round trip. */
export function clientMs(link: LinkName, bytes: number): number {
  const profile = profileOf(link);
  return profile ? profile.roundTripMs + (8 * bytes) / (profile.megabits * 1e3) : 0;
}

/** Both ends of `pair` shaped, as parties do it: round trips of one byte, then a burst in one direction until its answer is back. */
export async function checkLink(
  profile: NetworkProfile,
  pair: readonly [Link, Link],
  burstMs: number = BURST_MS,
): Promise<LinkCheck> {
  const [left, right] = [shapeLink(pair[0], profile), shapeLink(pair[1], profile)];
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

/** LAN and WAN over a WebSocket on loopback, which is what parties on one machine talk over. */
export async function checkLinks(): Promise<LinkCheck[]> {
  return [await checkLink(NETWORKS.lan, await loopbackPair()), await checkLink(NETWORKS.wan, await loopbackPair())];
}

/** Both ends of a WebSocket in this process. */
async function loopbackPair(): Promise<[Link, Link]> {
  let came: (link: Link) => void = () => {};
  const accepted = new Promise<Link>((resolve) => {
    came = resolve;
  });
  const listener = await listen(HOST, 0, (link) => came(link));
  try {
    return [await dial(`ws://${HOST}:${listener.port}`, TIMEOUT_MS), await accepted];
  } finally {
    listener.close();
  }
}
