/**
 * Rates from short windows. A machine with other work on it slows everything for seconds at a time, so the windows of all
 * probes take turns (A B C A B C ...): a slow moment hits both sides of a ratio, and the median forgets it.
 * @module
 */

/** Something whose rate is measured. */
export interface Probe<Name extends string = string> {
  readonly name: Name;
  /** Works for about `seconds`, once at least; returns units a second. */
  window(seconds: number): number | Promise<number>;
}

/** The windows of one probe, in units a second. */
export interface Samples {
  readonly median: number;
  readonly best: number;
  readonly windows: readonly number[];
}

/** The rate of `work`, which returns the units it did, repeated for about `seconds`. */
export function rateOf(seconds: number, work: () => number): number {
  const start = performance.now();
  const end = start + seconds * 1000;
  let units = 0;
  let now = start;
  do {
    units += work();
    now = performance.now();
  } while (now < end);
  return (units / (now - start)) * 1000;
}

/** As rateOf, for work that waits; `finish` is waited for within the time. */
export async function asyncRateOf(
  seconds: number,
  work: () => Promise<number>,
  finish: () => Promise<void> = async () => {},
): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let units = 0;
  do units += await work();
  while (performance.now() < end);
  await finish();
  return (units / (performance.now() - start)) * 1000;
}

/** The middle value; the mean of both middle ones where there are two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median and best of rates. */
export function samplesOf(windows: readonly number[]): Samples {
  return { median: median(windows), best: Math.max(...windows), windows };
}

/**
 * Measures all probes in turn: `rounds` windows each of seconds / rounds, after one of half the time that warms up (code, buffers of sockets).
 * @param seconds for each probe
 */
export async function interleave<Name extends string>(
  probes: readonly Probe<Name>[],
  seconds: number,
  rounds: number,
  onRound: (round: number) => void = () => {},
): Promise<Map<Name, Samples>> {
  const windows = new Map<Name, number[]>(probes.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    onRound(round);
    for (const probe of probes) {
      const rate = await probe.window(round === 0 ? seconds / 2 : seconds / rounds);
      if (round > 0) windows.get(probe.name)!.push(rate);
    }
  }
  return new Map([...windows].map(([name, rates]) => [name, samplesOf(rates)]));
}
