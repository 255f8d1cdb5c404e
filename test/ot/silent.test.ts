import { describe, expect, it, vi } from 'vitest';
import { expandInto } from '../../src/core/prg.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { bitOf } from '../../src/ot/extension.js';
import { correctionBytes } from '../../src/ot/silent/corrections.js';
import { treeBytes } from '../../src/ot/silent/layout.js';
import {
  baseTransfers,
  iterationBytes,
  ownTransfers,
  SILENT_SETS,
  type SilentSet,
  type SilentShape,
  shapeWith,
  silentHashes,
  silentShape,
  subsetBits,
  treesOf,
} from '../../src/ot/silent/parameters.js';
import { SilentReceiver } from '../../src/ot/silent/receiver.js';
import { SilentSender } from '../../src/ot/silent/sender.js';
import { pathOf, SilentStream, treeKey } from '../../src/ot/silent/stream.js';
import { codeKey, TreeWorkspace } from '../../src/ot/silent/workspace.js';
import { randomSeed, secretBytes } from '../../src/platform/random.js';
import { labelAt, plainIndices, plainLabels, plainTree } from './silent-plain.js';

const modules = [loadKernelModule(64 << 20), loadKernelModule(64 << 20)] as const;
/** Far too small for any security: what the code does with it is the same. */
const TINY: SilentSet = { logK: 6, depth: 4, trees: 60 };

function freshDelta(): Uint8Array {
  const delta = secretBytes(16, 'test/delta');
  delta[0]! |= 1;
  return delta;
}

/** Both sides, on transfers with random choices that a trusted hand made. */
function pair(shape: SilentShape): { sender: SilentSender; receiver: SilentReceiver } {
  const n = baseTransfers(shape);
  const delta = freshDelta();
  const q = secretBytes(16 * n, 'test/labels');
  const choices = secretBytes(correctionBytes(n), 'test/choices');
  const t = q.map((byte, at) => byte ^ (-bitOf(choices, at >> 4) & delta[at & 15]!));
  return {
    sender: new SilentSender(modules[0], shape, 'test', delta, q),
    receiver: new SilentReceiver(modules[1], shape, 'test', t, choices),
  };
}

/** Makes a bundle's iterations; their messages. */
async function provide({ sender, receiver }: ReturnType<typeof pair>): Promise<Uint8Array[]> {
  receiver.begin();
  const messages = await messagesOf(sender);
  for (const message of messages) await receiver.accept(message);
  return messages;
}

async function messagesOf(sender: SilentSender): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for await (const message of sender.provide()) messages.push(message);
  return messages;
}

async function extend({ sender, receiver }: ReturnType<typeof pair>, n: number, chosen: boolean) {
  const choices = new Uint8Array(correctionBytes(n));
  if (chosen) expandInto(choices, randomSeed('test/seed'), 'test');
  const given = choices.slice();
  const [t, q] = [new Uint8Array(16 * n), new Uint8Array(16 * n)];
  const { position } = receiver.state;
  const message = await receiver.extend(n, t, choices, chosen);
  await sender.extend(n, q, message, chosen);
  if (chosen) expect(choices).toEqual(given);
  return { n, position, choices, t, q, message };
}

/** How many labels are not apart by choice * Delta. */
function wrong(delta: Uint8Array, { n, choices, t, q }: Awaited<ReturnType<typeof extend>>): number {
  let bad = 0;
  for (let i = 0; i < n; i++) {
    const expected = labelAt(q, i) ^ (bitOf(choices, i) ? labelAt(delta, 0) : 0n);
    if (labelAt(t, i) !== expected) bad++;
  }
  return bad;
}

describe('parameters of silent transfers', () => {
  it('make what they are asked for, and the base of the next iteration', () => {
    for (const set of [TINY, ...SILENT_SETS]) {
      for (const count of [1, 2 ** set.depth, 2 ** set.depth + 1, 700_000, 5_000_000, 83_000_000]) {
        const shape = shapeWith(set, count);
        expect(shape.iterations * ownTransfers(shape)).toBeGreaterThanOrEqual(count);
        expect(shape.refill * 2 ** set.depth).toBeGreaterThanOrEqual(baseTransfers(shape));
        expect(treesOf(shape)).toBeLessThanOrEqual(set.trees);
      }
    }
  });

  it('send at most half a bit a transfer in bulk', () => {
    const shape = silentShape(8, 83_000_000)!;
    expect((8 * shape.iterations * iterationBytes(shape)) / 83_000_000).toBeLessThan(0.5);
    expect(shape.set.logK).toBe(19);
  });

  it('are of the small set for a small network, of none for none', () => {
    expect(silentShape(4, 10_000)!.set).toBe(SILENT_SETS[0]);
    expect(silentShape(4, 0)).toBeUndefined();
  });

  it('count a hash for each node on a path', () => {
    const shape = shapeWith(SILENT_SETS[1]!, 10_000_000);
    expect(silentHashes(shape)).toBe(shape.iterations * treesOf(shape) * 12);
  });
});

describe('silent transfers', () => {
  it("grow the trees and add up the code's entries as written word by word", async () => {
    const { logK, depth } = TINY;
    const n = 2 ** depth;
    const [delta, root, start] = [freshDelta(), secretBytes(16, 'test/root'), secretBytes(16, 'test/start')];
    const base = secretBytes(16 * 2 ** logK, 'test/labels');
    const key = treeKey(start, 3);
    const levels = plainTree(key, labelAt(root, 0), labelAt(delta, 0), depth);
    const leaves = levels[depth - 1]!;
    const sample = plainIndices(codeKey('test', 7), 3, n, logK);
    expect(sample.every((entries) => entries.length === 10)).toBe(true);
    const entries = Array.from({ length: 2 ** logK }, (_, i) => labelAt(base, i));
    const expected = plainLabels(leaves, entries, sample);

    const trees = new TreeWorkspace(modules[0], TINY, modules[0].memory.allocate(treeBytes(TINY)));
    const secret = modules[0].memory.allocate(base.length);
    const labels = modules[0].memory.allocate(16 * n);
    modules[0].memory.bytes.set(base, secret.pointer);
    const encoded = (noise?: number): Uint8Array => {
      trees.encode(codeKey('test', 7), 3, noise, secret.pointer, labels.pointer);
      return modules[0].memory.view(labels);
    };
    const sums: bigint[] = [];
    trees.grow(key, root, delta, (sum) => sums.push(labelAt(sum, 0)));
    expect(sums).toEqual(levels.map((level) => level.reduce((sum, node, i) => (i % 2 === 0 ? sum ^ node : sum), 0n)));
    const made = encoded().slice();
    expect(Array.from({ length: n }, (_, i) => labelAt(made, i))).toEqual(expected);

    // every path: all labels the same but one, which is apart by Delta
    const opened = new Uint8Array(16 * depth);
    for (let leaf = 0; leaf < n; leaf++) {
      const away = Uint8Array.from({ length: depth }, (_, level) => 1 - ((leaf >> (depth - 1 - level)) & 1));
      for (const [level, sum] of sums.entries()) {
        const known = sum ^ (away[level] ? labelAt(delta, 0) : 0n);
        for (let b = 0; b < 16; b++) opened[16 * level + b] = Number((known >> BigInt(8 * b)) & 255n);
      }
      const noise = trees.puncture(key, opened, away);
      expect(noise).toBe(leaf);
      const apart = encoded(noise);
      for (let i = 0; i < n; i++) {
        expect(labelAt(apart, i)).toBe(expected[i]! ^ (i === leaf ? labelAt(delta, 0) : 0n));
      }
    }
  });

  it.each([
    ['a tiny set', TINY, 1200],
    ['the small set', SILENT_SETS[0]!, 40_000],
    ['the big set', SILENT_SETS[1]!, 40_000],
  ])('are apart by choice * Delta, random and chosen, bundle after bundle: %s', async (_, set, count) => {
    const shape = shapeWith(set, count);
    const both = pair(shape);
    for (let bundle = 0; bundle < 2; bundle++) {
      const messages = await provide(both);
      expect(messages.map((message) => message.length)).toEqual(Array(shape.iterations).fill(iterationBytes(shape)));
      for (const n of [1, 7, 64, Math.floor(count / 3), Math.floor(count / 4)]) {
        for (const chosen of [false, true]) {
          if (chosen && n === Math.floor(count / 3)) continue;
          const made = await extend(both, n, chosen);
          expect(wrong(both.sender.delta, made)).toBe(0);
          expect(made.message.length).toBe(chosen ? Math.ceil(n / 8) : 0);
        }
      }
    }
    both.sender.dispose();
    both.receiver.dispose();
  });

  it('never give a label twice, in an iteration, in the next, or as what one spends', async () => {
    const shape = shapeWith(TINY, 1500);
    expect(shape.iterations).toBeGreaterThan(2);
    const spent = vi.spyOn(SilentStream.prototype, 'next');
    const both = pair(shape);
    const seen = new Set<bigint>();
    let made = 0;
    for (let bundle = 0; bundle < 3; bundle++) {
      spent.mockClear();
      const messages = await messagesOf(both.sender);
      for (const { value } of spent.mock.results) {
        const { base } = value as ReturnType<SilentStream['next']>;
        for (let i = 0; i < base.length / 16; i++) seen.add(labelAt(base, i));
        made += base.length / 16;
      }
      both.receiver.begin();
      for (const message of messages) await both.receiver.accept(message);
      const { q } = await extend(both, 1500, false);
      for (let i = 0; i < 1500; i++) seen.add(labelAt(q, i));
      made += 1500;
    }
    spent.mockRestore();
    expect(seen.size).toBe(made);
    // beyond what the plan asked for there is nothing
    const more = both.receiver.extend(ownTransfers(shape), undefined, new Uint8Array(1000), false);
    await expect(more).rejects.toThrow(RangeError);
  });

  it("add up entries of their iteration's secret, at places of its code", async () => {
    const { logK, depth } = TINY;
    const size = 2 ** depth;
    const shape = { ...shapeWith(TINY, 400), iterations: 2 };
    const spent = vi.spyOn(SilentStream.prototype, 'next');
    const q = secretBytes(16 * baseTransfers(shape), 'test/labels');
    const delta = freshDelta();
    const sender = new SilentSender(modules[0], shape, 'test', delta, q);
    const messages = await messagesOf(sender);
    const bases = spent.mock.results.map(({ value }) => (value as ReturnType<SilentStream['next']>).base);
    spent.mockRestore();
    const labels = new Uint8Array(16 * 2 * ownTransfers(shape));
    await sender.extend(2 * ownTransfers(shape), labels, new Uint8Array(), false);
    const [first] = pathOf(shape, shape.refill);
    for (const [i, message] of messages.entries()) {
      const base = bases[i]!;
      const root = labelAt(message, 1 + shape.refill * depth) ^ labelAt(base, first / 16);
      const leaves = plainTree(treeKey(message.subarray(0, 16), shape.refill), root, labelAt(delta, 0), depth)[
        depth - 1
      ]!;
      const entries = Array.from({ length: 2 ** logK }, (_, entry) => labelAt(base, entry));
      const expected = plainLabels(leaves, entries, plainIndices(codeKey('test', i), shape.refill, size, logK));
      const made = Array.from({ length: size }, (_, leaf) => labelAt(labels, i * ownTransfers(shape) + leaf));
      expect(made).toEqual(expected);
    }
    sender.dispose();
  });

  it('grow each tree from a root of its own, under a key of its own', async () => {
    const shape = shapeWith(TINY, 400);
    const n = baseTransfers(shape);
    const q = secretBytes(16 * n, 'test/labels');
    const sender = new SilentSender(modules[0], shape, 'test', freshDelta(), q);
    const paths = Array.from({ length: n }, (_, i) => labelAt(q, i)).slice(2 ** TINY.logK);
    const [message] = await messagesOf(sender);
    const roots = Array.from({ length: treesOf(shape) }, (_, tree) => {
      const first = tree * TINY.depth;
      return labelAt(message!, 1 + first) ^ paths[first]!;
    });
    expect(new Set(roots).size).toBe(treesOf(shape));
    const start = message!.subarray(0, 16);
    expect(new Set(roots.map((_, tree) => Buffer.from(treeKey(start, tree)).toString('hex'))).size).toBe(roots.length);
    expect(codeKey('a', 1)).not.toEqual(codeKey('a', 2));
    expect(codeKey('a', 1)).not.toEqual(codeKey('b', 1));
    sender.dispose();
  });

  it('grow no two trees of iterations, bundles and sessions from one root', async () => {
    const { grow } = TreeWorkspace.prototype;
    // a tree that is grown again for its labels has the root that it had
    const roots = new Set<string>();
    const grown = vi.spyOn(TreeWorkspace.prototype, 'grow').mockImplementation(function (this: TreeWorkspace, ...args) {
      roots.add(Buffer.from(args[1]).toString('hex'));
      return grow.apply(this, args);
    });
    const shape = { ...shapeWith(TINY, 400), iterations: 2 };
    let trees = 0;
    for (const session of ['one', 'two']) {
      const base = secretBytes(16 * baseTransfers(shape), 'test/labels');
      const sender = new SilentSender(modules[0], shape, session, freshDelta(), base);
      for (let bundle = 0; bundle < 2; bundle++) trees += (await messagesOf(sender)).length * treesOf(shape);
      sender.dispose();
    }
    grown.mockRestore();
    expect(roots.size).toBe(trees);
  });

  it('have secrets too long to solve within a subset of their entries', () => {
    for (const set of SILENT_SETS) {
      // a sparse system of s unknowns takes some s^2 operations on words
      const unknowns = 2 ** (set.logK - 1);
      expect(subsetBits(set) + 2 * Math.log2(unknowns)).toBeGreaterThan(140);
    }
    // what such a secret was before, and its noise
    expect(subsetBits({ logK: 16, depth: 10, trees: 850 })).toBeLessThan(64);
  });

  it('hide each sum of a tree under a label of its own', () => {
    const shape = shapeWith(TINY, 400);
    const paths = Array.from({ length: treesOf(shape) }, (_, tree) => pathOf(shape, tree));
    expect(paths[0]![0]).toBe(16 * 2 ** TINY.logK);
    for (const [tree, [first, end]] of paths.entries()) {
      expect(end - first).toBe(16 * TINY.depth);
      expect(first).toBe(tree === 0 ? first : paths[tree - 1]![1]);
    }
    expect(paths.at(-1)![1]).toBe(16 * baseTransfers(shape));
  });

  it('spend the base of an iteration once', async () => {
    const both = pair(shapeWith(TINY, 100));
    const [message] = await messagesOf(both.sender);
    await both.receiver.accept(message);
    const [again] = await messagesOf(both.sender);
    expect(again).not.toEqual(message);
  });

  it('send random bits: choices are hidden by those that the code makes', async () => {
    const both = pair(shapeWith(TINY, 1500));
    let ones = 0;
    let total = 0;
    for (let round = 0; round < 40; round++) {
      await provide(both);
      // choices that are all zero
      const n = 1000;
      const message = await both.receiver.extend(n, undefined, new Uint8Array(125), true);
      await both.sender.extend(n, new Uint8Array(16 * n), message, true);
      for (let i = 0; i < n; i++) ones += bitOf(message, i);
      total += n;
    }
    expect(Math.abs(ones - total / 2)).toBeLessThan(6 * Math.sqrt(total / 4));
  });

  it('send no bit behind the last choice', async () => {
    const both = pair(shapeWith(TINY, 400));
    await provide(both);
    for (let i = 0; i < 60; i++) {
      const message = await both.receiver.extend(5, undefined, Uint8Array.of(0xff), true);
      expect(message[0]! & 0xe0).toBe(0);
    }
  });

  it('give the labels of given choices again, from their place among those of the bundle', async () => {
    const both = pair(shapeWith(TINY, 1500));
    await provide(both);
    const made: Awaited<ReturnType<typeof extend>>[] = [];
    for (const n of [3, 700, 41]) made.push(await extend(both, n, true));
    for (const { n, position, choices, t } of made.reverse()) {
      const again = new Uint8Array(16 * n);
      await both.receiver.again(position, n, again, choices);
      expect(Buffer.compare(again, t)).toBe(0);
    }
  });

  it('refuse messages of another length', async () => {
    const { sender, receiver } = pair(shapeWith(TINY, 100));
    const [message] = await messagesOf(sender);
    await expect(receiver.accept(message!.subarray(1))).rejects.toThrow(/^silent transfers: expected \d+ bytes, got/);
    await expect(sender.extend(10, new Uint8Array(160), new Uint8Array(1), true)).rejects.toThrow(
      'silent transfers: expected 2 bytes, got 1',
    );
    await expect(sender.extend(10, new Uint8Array(160), new Uint8Array(2), false)).rejects.toThrow(
      'silent transfers: expected 0 bytes, got 2',
    );
  });
});
