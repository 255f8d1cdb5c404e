import { createCipheriv } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { expandInto } from '../../src/core/prg.js';
import { Domain } from '../../src/gc/hash.js';
import { KernelMemory } from '../../src/kernels/memory.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { bitOf } from '../../src/ot/extension.js';
import {
  chosenOtBytes,
  type RandomChoices,
  type RandomPairs,
  randomOtBytes,
  receiveChosen,
  receiveRandom,
  sendChosen,
  sendRandom,
  type Wire,
} from '../../src/ot/random.js';
import { ReceiverSetup, SenderSetup } from '../../src/ot/setup.js';
import { BATCH } from '../../src/ot/sizes.js';
import { randomSeed } from '../../src/platform/random.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const K = 4;
const LABEL = 16;
const modules = [loadKernelModule(128 << 20), loadKernelModule(128 << 20)] as const;
const receiving = new ReceiverSetup(modules[1], K, 'test');
const sending = new SenderSetup(modules[0], K, 'test', receiving.first);
const { receiver, message } = receiving.finish(sending.message);
const sender = sending.finish(message);

/** One end of a wire that hands over whatever was sent, and keeps what it sent. */
interface End extends Wire {
  readonly sent: Uint8Array[];
}

function ends(): readonly [End, End] {
  const arrived: Uint8Array[][] = [[], []];
  const waiting: (((bytes: Uint8Array) => void) | undefined)[] = [];
  const end = (own: 0 | 1): End => {
    const sent: Uint8Array[] = [];
    return {
      sent,
      send: async (bytes) => {
        sent.push(bytes.slice());
        const other = waiting[1 - own];
        waiting[1 - own] = undefined;
        if (other) other(bytes);
        else arrived[1 - own]!.push(bytes);
      },
      receive: async () => arrived[own]!.shift() ?? new Promise((resolve) => (waiting[own] = resolve)),
    };
  };
  return [end(0), end(1)];
}

async function random(n: number, [left, right]: readonly [Wire, Wire]): Promise<[RandomPairs[], RandomChoices[]]> {
  const all = async <T>(batches: AsyncIterable<T>): Promise<T[]> => {
    const list: T[] = [];
    for await (const batch of batches) list.push(batch);
    return list;
  };
  return Promise.all([
    all(sendRandom(modules[0], sender, left, n)),
    all(receiveRandom(modules[1], receiver, right, n)),
  ]);
}

const keyAt = (keys: Uint8Array, i: number): string =>
  Buffer.from(keys.subarray(i * LABEL, (i + 1) * LABEL)).toString('latin1');
const bytesOf = ({ sent }: End): number => sent.reduce((sum, { length }) => sum + length, 0);

function uniform(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  expandInto(bytes, randomSeed('test/seed'), 'test');
  return bytes;
}

/** 255 degrees of freedom: beyond 400 once in 10^8. */
function expectUniform(bytes: Uint8Array): void {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]!++;
  const expected = bytes.length / 256;
  expect(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(400);
}

describe('random transfers', () => {
  it('give the receiver one key of each pair, batch by batch; pairs have nothing in common; every byte is predicted', async () => {
    const n = BATCH + 1001;
    const wires = ends();
    const [pairs, choices] = await random(n, wires);
    expect(pairs.map((batch) => batch.n)).toEqual([BATCH, 1001]);
    expect([bytesOf(wires[1]), bytesOf(wires[0])]).toEqual(randomOtBytes(K, n));
    const keys = new Set<string>();
    const differences = new Set<string>();
    let ones = 0;
    for (const [b, batch] of pairs.entries()) {
      const taken = choices[b]!;
      const [zero, one] = batch.keys;
      const wrong: number[] = [];
      for (let i = 0; i < batch.n; i++) {
        const x = bitOf(taken.choices, i);
        ones += x;
        if (keyAt(taken.keys, i) !== keyAt(batch.keys[x], i)) wrong.push(i);
        keys.add(keyAt(zero, i)).add(keyAt(one, i));
      }
      expect(wrong).toEqual([]);
      const apart = zero.map((byte, at) => byte ^ one[at]!);
      for (let i = 0; i < batch.n; i++) differences.add(keyAt(apart, i));
    }
    // in correlated transfers every difference is Delta
    expect(keys.size).toBe(2 * n);
    expect(differences.size).toBe(n);
    expect(Math.abs(ones - n / 2)).toBeLessThan(6.5 * Math.sqrt(n / 4));
    for (const part of [pairs[0]!.keys[0], pairs[0]!.keys[1], choices[0]!.keys]) expectUniform(part);
  });

  it('hash under start ^ counter ^ domain, a key for 2048 transfers', async () => {
    const extend = vi.spyOn(sender, 'extend');
    const wires = ends();
    const [[pairs]] = await random(2049, wires);
    const labels = extend.mock.calls[0]![1];
    extend.mockRestore();
    const last = 2048;
    const label = labels.slice(last * LABEL);
    // s(x_L || x_R) = (x_L xor x_R) || x_L, the left half being the upper one
    const s = Uint8Array.from(label, (_, i) => (i < 8 ? label[i + 8]! : label[i]! ^ label[i - 8]!));
    const key = wires[0].sent[0]!.slice();
    key[3] = key[3]! ^ 1;
    key[15] = key[15]! ^ Domain.transfer;
    const encrypted = createCipheriv('aes-128-ecb', key, null).update(s);
    expect(pairs!.keys[0].slice(last * LABEL)).toEqual(s.map((byte, i) => byte ^ encrypted[i]!));
  });
});

it('start points of hash keys are fresh, and labels do not stay in kernel memory', async () => {
  const { free } = KernelMemory.prototype;
  let cleared = 0;
  const spy = vi.spyOn(KernelMemory.prototype, 'free').mockImplementation(function (this: KernelMemory, block) {
    expect(this.bytes.subarray(block.pointer, block.pointer + block.bytes).every((byte) => byte === 0)).toBe(true);
    cleared++;
    free.call(this, block);
  });
  const starts = new Set<string>();
  for (let i = 0; i < 2; i++) {
    const wires = ends();
    await random(10, wires);
    starts.add(Buffer.from(wires[0].sent[0]!).toString('hex'));
  }
  spy.mockRestore();
  expect(starts.size).toBe(2);
  expect(cleared).toBe(4);
});

describe('chosen transfers', () => {
  it('give the receiver the message of its choice; what travels is uniform and predicted', async () => {
    const n = 20_003;
    const [[pairs], [choices]] = await random(n, ends());
    const wanted = uniform(Math.ceil(n / 8));
    const messages = [new Uint8Array(n * LABEL).fill(1), new Uint8Array(n * LABEL).fill(2)] as const;
    const wires = ends();
    const [, chosen] = await Promise.all([
      sendChosen(pairs!, wires[0], messages),
      receiveChosen(choices!, wires[1], wanted),
    ]);
    expect([bytesOf(wires[1]), bytesOf(wires[0])]).toEqual(chosenOtBytes(n));
    expect(chosen.every((byte, at) => byte === 1 + bitOf(wanted, Math.floor(at / LABEL)))).toBe(true);
    expectUniform(wires[0].sent[0]!);
    expectUniform(wires[1].sent[0]!);
  });
});

describe('a peer whose messages have another length', () => {
  const n = 100;
  const [toSender, toReceiver] = randomOtBytes(K, n);
  const [corrections, masked] = chosenOtBytes(n);
  const keys = (): Uint8Array => uniform(n * LABEL);
  const cases = {
    'corrections of the extension': [toSender, (wire: Wire) => sendRandom(modules[0], sender, wire, n).next()],
    'start of the keys': [toReceiver, (wire: Wire) => receiveRandom(modules[1], receiver, wire, n).next()],
    'corrections of choices': [
      corrections,
      (wire: Wire) => sendChosen({ n, keys: [keys(), keys()] }, wire, [keys(), keys()]),
    ],
    'masked messages': [
      masked,
      (wire: Wire) => receiveChosen({ n, choices: uniform(13), keys: keys() }, wire, uniform(13)),
    ],
  } as const;

  it.each(Object.entries(cases))('%s: BAD_FRAME', async (_, [expected, run]) => {
    for (const bytes of [0, expected - 1, expected + 1]) {
      const wire: Wire = { send: async () => {}, receive: async () => new Uint8Array(bytes) };
      await expect(run(wire)).rejects.toMatchObject({ code: 'BAD_FRAME' });
    }
  });

  it('is told from a caller that gives other lengths itself', async () => {
    const wire: Wire = { send: async () => {}, receive: async () => new Uint8Array() };
    await expect(sendChosen({ n, keys: [keys(), keys()] }, wire, [keys(), new Uint8Array(1)])).rejects.toThrow(
      'messages: expected 1600 bytes, got 1',
    );
    await expect(receiveChosen({ n, choices: uniform(13), keys: keys() }, wire, uniform(12))).rejects.toThrow(
      'choices: expected 13 bytes, got 12',
    );
  });
});
