/**
 * What a party sees, all of it together: two messages under one mask are uniform each, and their difference is not. Nor is a message less what
 * the party itself has drawn, where that was its mask.
 *
 * Beside what it receives a party knows what it expands, and its shares of the tensors that a message is of: message plus share is the value less
 * its mask. Each two of these that have one length are joined, and compared with the same of the ideal world: the same own randomness and
 * shares, and messages of the simulator.
 * @module
 */
import { homogeneity, LEAST_BYTES } from './distinguisher.js';
import type { Message } from './sessions.js';

/** A message to the party: the real one, and the simulator's. */
export interface Seen extends Pick<Message, 'link' | 'phase' | 'bundle' | 'step'> {
  readonly real: Uint8Array;
  readonly ideal: Uint8Array;
  /** The party's shares of what the message is of. */
  readonly shares: readonly Uint8Array[];
}

interface Pair {
  readonly name: string;
  readonly real: Uint32Array;
  readonly ideal: Uint32Array;
}

const JOINED = {
  plus: (x: number, y: number): number => x + y,
  less: (x: number, y: number): number => x - y,
  xor: (x: number, y: number): number => x ^ y,
} as const;

function joined(how: keyof typeof JOINED, x: Uint32Array, y: Uint32Array): Uint32Array {
  return x.map((word, i) => JOINED[how](word, y[i]!));
}

const wordsOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer);

const isLikely = (real: Uint32Array, ideal: Uint32Array): boolean =>
  homogeneity(new Uint8Array(real.buffer), new Uint8Array(ideal.buffer));

/** What tells the real view from the ideal one. @param own what the party expanded */
export function jointly(seen: readonly Seen[], own: readonly Uint8Array[]): string[] {
  const views: Pair[] = [];
  for (const { link, phase, bundle, step, real, ideal, shares } of seen) {
    if (real.length < LEAST_BYTES || real.length % 4 !== 0) continue;
    const name = `${link} ${phase} ${bundle}, step ${step}`;
    const [truly, ideally] = [wordsOf(real), wordsOf(ideal)];
    views.push({ name, real: truly, ideal: ideally });
    for (const share of shares.filter(({ length }) => length === real.length)) {
      const opened = (words: Uint32Array): Uint32Array => joined('plus', words, wordsOf(share));
      views.push({ name: `${name}, and its own share`, real: opened(truly), ideal: opened(ideally) });
    }
  }
  const lengths = new Set(views.map(({ real }) => real.length));
  const drawn = own
    .filter(({ length }) => length % 4 === 0 && lengths.has(length / 4))
    .map((bytes, i): Pair => ({ name: `what it drew, ${i}`, real: wordsOf(bytes), ideal: wordsOf(bytes) }));
  const told: string[] = [];
  for (const [i, a] of views.entries()) {
    for (const b of [...views.slice(i + 1), ...drawn]) {
      if (a.real.length !== b.real.length) continue;
      for (const how of ['less', 'xor'] as const) {
        if (isLikely(joined(how, a.real, b.real), joined(how, a.ideal, b.ideal))) continue;
        told.push(`${a.name} ${how} ${b.name}`);
      }
    }
  }
  return told;
}
